claim='shapesim: other schedulers make idle neighbours even'
text='The scenario of share-idle-neighbour on the same bucket: members 1 and 2 of ten wait, one grant a
tick, 10,000 ticks, four seeds; but with each of the schedulers that shapesim puts in the place of
that of libevent. A random start among those that wait, or a random order, makes the two equal on
average; round robin, DRR and SFQ make them equal. The grants that members 1 and 2 got.'
commands='
shapesim trace synth --flows 10 --rate 8kB/s --duration 100s --direction write -o trace.pcap
for scheduler in libevent active-share shuffle round-robin drr sfq; do
    for seed in 1 2 3 4; do
        shapesim run trace.pcap --filter "host 198.18.0.1 or host 198.18.0.2 or tcp[tcpflags] & tcp-syn != 0" \
            --rate 64B/tick --tick 10ms --max-time 99999ms --seed $seed --scheduler $scheduler --flow-ticks none -q -o $scheduler-$seed
    done
done'
figures='libevent-1:fairness round-robin-1:fairness'
expected='libevent 3961 36039
active-share 19931 20069
shuffle 19917 20083
round-robin 20000 20000
drr 20000 20000
sfq 20000 20000'
measure() {
    local scheduler seed
    for scheduler in libevent active-share shuffle round-robin drr sfq; do
        for seed in 1 2 3 4; do columns $scheduler-$seed/flows.csv flow written_bytes; done |
            awk -v name=$scheduler '{ grants[$1] += $2 / 64 } END { print name, grants[1], grants[2] }'
    done
}
