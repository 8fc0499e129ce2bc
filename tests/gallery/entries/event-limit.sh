claim='a new rate counts from the next refill on'
text='The book: change the limit of a group with bufferevent_rate_limit_group_set_cfg(). If nothing
but rate and burst change, that works on a live group. 1000 B per tick, then 500 as tick 3 has
begun, then 3000 (and a burst of as much) as tick 6 has: these two ticks were refilled at the old
rate, and what is in the bucket stays. Bytes written in ticks 0 to 8.'
commands='
shapesim trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --max-time 900ms -q -o out \
    --at 300ms:group=all,rate=500B/tick --at 600ms:group=all,rate=3000B/tick,burst=3000'
expected='1000 1000 1000 1000 500 500 500 3000 3000'
measure() { ticks 0 8 out/ticks.csv written_bytes; }
