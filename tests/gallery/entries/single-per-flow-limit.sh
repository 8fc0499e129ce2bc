claim='a per-flow limit overrides --max-single-read and -write'
text='What read-sizes shows of one socket, in a replay. As in single-sizes, but 100 at once are set:
two flows take turns and get 10,000 each of 20,000. Now each has a limit of 15,000 B per tick of its
own, which could only make it less: but the 100 are forgotten. Writes: 15,000 at once, twice, 10,000
more than the group allows. Reads: the 4096 of 2.1.12 are all that is left, three times against two.
Bytes of the two flows, and runs in which sockets differ from pairs in anything.'
commands='
for direction in read write; do
    shapesim trace synth --flows 2 --direction $direction --packet 60000 --rate 60kB/s --duration 1s -o $direction.pcap
    for transport in pair socket; do
        set -- $direction.pcap --rate 20000B/tick --min-share 20000 --tick 10ms --max-time 5ms \
            --transport $transport --max-single-$direction 100 -q
        shapesim run "$@" -o $transport-$direction-group
        shapesim run "$@" --flow-rate 15000B/tick -o $transport-$direction-own
    done
done'
expected='read 10000/10000 12288/8192, write 10000/10000 15000/15000, sockets differ in 0 of 4'
measure() {
    local run sockets=0 differ=0
    printf 'read %s %s, write %s %s' \
        "$(columns pair-read-group/flow_ticks.csv read_bytes | paste -sd /)" \
        "$(columns pair-read-own/flow_ticks.csv read_bytes | paste -sd /)" \
        "$(columns pair-write-group/flow_ticks.csv written_bytes | paste -sd /)" \
        "$(columns pair-write-own/flow_ticks.csv written_bytes | paste -sd /)"
    for run in {read,write}-{group,own}; do
        sockets=$((sockets + 1))
        cmp -s {pair,socket}-$run/flow_ticks.csv || differ=$((differ + 1))
    done
    printf ', sockets differ in %d of %d\n' $differ $sockets
}
