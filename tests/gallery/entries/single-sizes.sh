claim='2.1.12 reads 4096 bytes at once, whatever is set'
text='bufferevent_set_max_single_read() can lower what one callback reads, not raise it above 4096;
bufferevent_set_max_single_write() does both. Two flows with 60,000 bytes each, in a tick of 20,000
with a min-share as large, so that nothing else keeps the first from taking all. With the default of
16,384, with 100,000, 4096 and 1000 set. Reads: three of 4096 against two (the fifth overdraws by
480), unless 1000 make it ten each. Writes: 16,384 each (overdrawn by 12,768), all 20,000 for the
first, then as reads. Bytes of the two flows, and runs in which sockets differ from pairs in
anything.'
commands='
for direction in read write; do
    shapesim trace synth --flows 2 --direction $direction --packet 60000 --rate 60kB/s --duration 1s -o $direction.pcap
    for transport in pair socket; do
        for size in 16384 100000 4096 1000; do
            shapesim run $direction.pcap --rate 20000B/tick --min-share 20000 --tick 10ms --max-time 5ms \
                --transport $transport --max-single-$direction $size -q -o $transport-$direction-$size
        done
    done
done'
expected='read 12288/8192 12288/8192 12288/8192 10000/10000,
write 16384/16384 20000/0 12288/8192 10000/10000, sockets differ in 0 of 8'
measure() {
    local run sockets=0 differ=0
    printf 'read'
    for run in read-{16384,100000,4096,1000}; do
        printf ' %s' "$(columns pair-$run/flow_ticks.csv read_bytes | paste -sd /)"
    done
    printf ',\nwrite'
    for run in write-{16384,100000,4096,1000}; do
        printf ' %s' "$(columns pair-$run/flow_ticks.csv written_bytes | paste -sd /)"
    done
    for run in {read,write}-{16384,100000,4096,1000}; do
        sockets=$((sockets + 1))
        cmp -s {pair,socket}-$run/flow_ticks.csv || differ=$((differ + 1))
    done
    printf ', sockets differ in %d of %d\n' $differ $sockets
}
