claim='shapesim: buckets may start empty or full'
text='libevent starts a bucket with one tick of traffic (see bucket-start). At 1000 B per tick,
burst 2000, what passes in ticks 0 and 1 when the bucket starts at 0, at 1500, with one tick of
traffic and with a whole burst: the level, then the rate. A level above the burst is refused.'
commands='
shapesim trace synth --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
for level in 0 1500 tick burst; do
    shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --max-time 199ms -q -o $level \
        --initial-tokens $level
done
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --initial-tokens 2001 || echo refused $?'
expected='0 1000, 1500 1000, 1000 1000, 2000 1000, refused 2'
measure() {
    local level
    { for level in 0 1500 tick burst; do ticks 0 1 $level/ticks.csv read_bytes; done; cat printed; } |
        paste -sd , | sed 's/,/, /g'
}
