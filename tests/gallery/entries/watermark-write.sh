claim='above a high mark the application waits, and nothing is lost'
text='1000 bytes each 100 ms against 500 B per tick of 100 ms. With --write-high 1500 the application
stops when more than that waits, and continues when all is written (--write-low 0): packets 0 to 2 are
offered, then two each in ticks 5, 9 and 13, the last in 17. Packets held, most bytes held at once (5 to
9 at 0.9 s), longest hold; largest backlog without and with the mark; end, which is the same.'
commands='
shapesim trace synth --direction write --packet 1000 --rate 10kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 500B/tick --tick 100ms --replay open -q -o free
shapesim run trace.pcap --rate 500B/tick --tick 100ms --write-high 1500 --replay open -q -o high'
figures='free:backlog high:backlog'
expected='7 5000 0.800000, 5500 2500, 1.900000 1.900000'
measure() {
    printf '%s, %s, %s\n' "$(columns high/application.csv held_packets max_held_bytes max_held_s)" \
        "$(columns free/flows.csv max_write_backlog_bytes) $(columns high/flows.csv max_write_backlog_bytes)" \
        "$(columns free/flows.csv end_s) $(columns high/flows.csv end_s)"
}
