claim='of per-flow limit and group limit the lower applies'
text='The book: when a bufferevent has a limit of its own and is in a group, the lower one applies.
Bytes per tick of one flow with 300 of its own in a group of 500, with 500 in one of 300.'
commands='
shapesim trace synth --rate 1mbit --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 500B/tick --flow-rate 300B/tick --tick 100ms --max-time 5s -q -o own
shapesim run trace.pcap --rate 300B/tick --flow-rate 500B/tick --tick 100ms --max-time 5s -q -o group'
expected='300 300'
measure() {
    printf "%s %s\n" "$(columns own/ticks.csv read_bytes | sort -u | one_line)" \
        "$(columns group/ticks.csv read_bytes | sort -u | one_line)"
}
