claim='another per-flow limit is a new bucket'
text='bufferevent_set_rate_limit() with another tick on a live bufferevent fills its bucket or stops it
for years, as the number of its last tick stays (see tick-changed); shapesim takes the old limit away
first. 300 B per 100 ms from 250 ms on, then 50 B per 10 ms from 550 ms on: a new bucket of 50 and four
refills in tick 5, 500 in each tick from then on. Bytes in ticks 0 to 7.'
commands='
shapesim trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms -q -o out \
    --at 250ms:flow=1,rate=300B/tick,tick=100ms --at 550ms:flow=1,rate=50B/tick,tick=10ms'
expected='1000 1000 1000 300 300 550 500 500'
measure() { ticks 0 7 out/ticks.csv written_bytes; }
