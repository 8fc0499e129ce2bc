claim='what is taken from a flow is waited for by that flow alone'
text='The book: decrement the buckets of one bufferevent for what it moved by other ways; a negative value gives
back. Two flows with limits of their own, 1000 B per tick and a burst of 2000, in a group of 3000. In the middle of
tick 2 the bucket to write of flow 1 stands at 0, and 2500 are taken from it: it writes nothing in ticks 3 and 4,
and 500 in tick 5. From the bucket of flow 2 -400 are taken: they pass at once. The bucket of the group is not touched.
Bytes that each has written in ticks 0 to 6, and the lowest level of the bucket of the group.'
commands='
shapesim trace synth --flows 2 --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 3000B/tick --tick 100ms --flow-rate 1000B/tick --flow-burst 2000 --flow-tick 100ms \
    --flow-ticks all --max-time 700ms --replay open -q -o out \
    --at 250ms:flow=1,decrement-write=2500 --at 250ms:flow=2,decrement-write=-400'
figures='out:rate'
expected='1000 1000 1000 0 0 500 1000, 1000 1000 1400 1000 1000 1000 1000, 600'
measure() {
    local flow
    for flow in 1 2; do
        columns out/flow_ticks.csv tick flow written_bytes |
            awk -v flow=$flow '$1 <= 6 && $2 == flow { print $3 }' | one_line
    done >written
    lowest out/ticks.csv write_bucket_end_bytes >>written
    paste -sd , written | sed 's/,/, /g'
}
