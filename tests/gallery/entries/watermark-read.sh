claim='a high mark on the input makes small reads, and fair ones'
text='Two flows share 8000 B per tick, min-share 1000. The first reads the half, 4000, the other half of
what is left, 2000, then 1000 and 1000: 5000 and 3000. With a mark of 1000 they take turns.'
commands='
shapesim trace synth --flows 2 --packet 16000 --rate 16kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 8000B/tick --tick 100ms --min-share 1000 -q -o free
shapesim run trace.pcap --rate 8000B/tick --tick 100ms --min-share 1000 --read-high 1000 -q -o high'
figures='free:service high:service'
expected='5000 3000, 4000 4000'
measure() {
    printf '%s, %s\n' "$(columns free/flow_ticks.csv read_bytes | head -n 2 | one_line)" \
        "$(columns high/flow_ticks.csv read_bytes | head -n 2 | one_line)"
}
