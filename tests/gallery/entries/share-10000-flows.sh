claim='10,000 flows: 10,000/64 of them write 64 B a tick'
text='The book: with 10,000 members and 10,000 bytes per tick, 10,000/SHARE of them write SHARE
bytes each, the others nothing. With a share of 64 that is 156.25: 157 in the first tick, the
overdraft then makes it 156 three times in four. Flows that write in each of ten ticks, the lowest
level, and bytes in ten ticks.'
commands='
shapesim trace synth --flows 10000 --rate 8kB/s --duration 10ms --direction write -o trace.pcap
shapesim run trace.pcap --rate 10000B/tick --tick 1s --max-time 9999ms --flow-ticks all -q -o out'
figures='out:service'
expected='157 156 156 156 157 156 156 156 157 156 flows, low -48, 100032 B'
measure() {
    printf '%s flows, low %s, %s B\n' \
        "$(columns out/flow_ticks.csv tick written_bytes |
            awk '$2 == 64 { flows[$1]++ } END { for (i = 0; i < 10; i++) print flows[i] }' | one_line)" \
        "$(lowest out/ticks.csv write_bucket_end_bytes)" "$(total out/ticks.csv written_bytes)"
}
