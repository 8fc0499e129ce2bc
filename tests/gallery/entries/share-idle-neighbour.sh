claim='"chosen randomly": idle neighbours decide'
text='The book: which members write first is chosen randomly each tick. Only where to start in the
list is: a member that follows a run of idle ones starts first far more often. Ten members, two of
them active, one grant a tick (min-share = rate), 10,000 ticks, four seeds. The expected shares are
d/10, d being the distance in the list to the active member before: 4000 to 36,000 of the grants for
members 1 and 2 (the newest stands first in the list), 20,000 each for members 1 and 6. The grants
they got.'
commands='
shapesim trace synth --flows 10 --rate 8kB/s --duration 100s --direction write -o trace.pcap
for neighbour in 2 6; do
    for seed in 1 2 3 4; do
        shapesim run trace.pcap --filter "host 198.18.0.1 or host 198.18.0.$neighbour or tcp[tcpflags] & tcp-syn != 0" \
            --rate 64B/tick --tick 10ms --max-time 99999ms --seed $seed --flow-ticks none -q -o $neighbour-$seed
    done
done'
figures='2-1:fairness 6-1:fairness'
expected='3961 36039, 19840 20160'
measure() {
    local neighbour seed
    for neighbour in 2 6; do
        for seed in 1 2 3 4; do columns $neighbour-$seed/flows.csv flow written_bytes; done |
            awk -v n=$neighbour '{ grants[$1] += $2 / 64 } END { print grants[1], grants[n] }'
    done | paste -sd , | sed 's/,/, /'
}
