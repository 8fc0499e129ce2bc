claim='a new tick length fills the bucket, or stops it'
text='The book: change the limit of a group with bufferevent_rate_limit_group_set_cfg(). If that
changes the length of a tick, the bucket still remembers the number of its last tick in the old
length. A group of 1000 B per s, burst 10,000, gets 1000 B per 100 ms: bytes in the 5 ticks before,
in the tick after, in the 1000 after that. At a wall time of 1.6e9 s a full burst, at 1.7e9 s
nothing, for six years: the new number is more than 2^31 above the old one and is taken for one of
the past until it wraps. shapesim refuses it.'
commands='
gallery_native tick-changed
shapesim run trace.pcap --rate 1000B/tick --at 5s:group=all,tick=100ms || echo refused $?'
expected='5000 10000 1000000, 5000 0 0 refused 2'
measure() { one_line <printed; }
