claim='a filter times out with nothing to write'
text='Issue #67. 5000 bytes at once against 1000 B/s, --write-timeout 300ms: while the bucket holds a
flow its writing is suspended, and no timeout comes. A filter has passed all on at once and knows no
bucket: it times out each 300 ms, 16 times in the 5 s until the flow is gone. Read timeouts of a flow
that reads at 0, 1, 2, 3, 4 s and closes at 5 s: three in each second.'
commands='
shapesim trace synth --direction write --packet 5000 --rate 5kB/s --duration 1s -o write.pcap
shapesim trace synth --packet 1000 --rate 1kB/s --duration 5s -o read.pcap
shapesim run write.pcap --rate 1000B/tick --write-timeout 300ms -q -o bucket
shapesim run write.pcap --rate 1000B/tick --write-timeout 300ms --via overhead=4:5000 --replay open -q -o filter
shapesim run read.pcap --rate 1MB/s --tick 100ms --read-timeout 300ms -q -o read'
expected='0 16 15'
measure() {
    printf '%d %d %d\n' "$(columns bucket/application.csv write_timeouts)" \
        "$(columns filter/application.csv write_timeouts)" "$(columns read/application.csv read_timeouts)"
}
