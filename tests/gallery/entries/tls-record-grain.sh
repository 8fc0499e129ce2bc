claim='TLS passes whole records, however small the bucket'
text='Not in the book. Under TLS a limit is asked before a record and charged for the whole of it:
16384 bytes and 22 of its own. Three records wait from tick 100 on at 1000 B per tick, and the write
bucket stands at 1000. The first takes it to 1000 - 16406 = -15406; 16 refills make that 594, and
the second passes; then 188, and the third. Between two of them 15 ticks carry nothing. The bucket
at the start and at the end of each tick in which anything is written.'
commands='
shapesim trace synth --direction write --packet 49152 --rate 49152B/s --duration 2s -o trace.pcap
shapesim run trace.pcap --transport tls --rate 1000B/tick --tick 10ms -q -o out'
expected='tick 100: 1000 -15406, tick 116: 594 -15812, tick 132: 188 -16218'
measure() {
    columns out/ticks.csv tick written_bytes write_bucket_start_bytes write_bucket_end_bytes |
        awk '$1 >= 100 && $2 > 0 { print "tick " $1 ": " $3 " " $4 }' | paste -sd , | sed 's/,/, /g'
}
