claim='300 B per tick of 0.1 s are 3000 B/s'
text='The book: rates are bytes per tick; with a tick of a tenth of a second and a rate of 300 the
mean is 3000 bytes per second. So it is, in every single second.'
commands='
shapesim trace synth --rate 1mbit --duration 10s -o trace.pcap
shapesim run trace.pcap --rate 300B/tick --tick 100ms --max-time 10s -q -o out'
figures='out:passed'
expected='3000 3000 3000 3000 3000 3000 3000 3000 3000 3000'
measure() {
    columns out/ticks.csv tick read_bytes |
        awk '{ second[int($1 / 10)] += $2 } END { for (i = 0; i < 10; i++) print second[i] }' | one_line
}
