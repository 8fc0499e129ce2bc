claim='who leaves a group is limited no more'
text='bufferevent_remove_from_rate_limit_group(): 50,000 bytes each 100 ms against 1000 B per tick. At
250 ms three ticks of 1000 are out, and 147,000 wait: they pass at once, as does what comes later.
Bytes in ticks 0 to 3 of the group, bytes outside it, longest delay.'
commands='
shapesim trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --at 250ms:flow=1,leave -q -o out'
figures='out:level out:delay'
expected='1000 1000 1000 0, 497000, 0.250000'
measure() {
    printf '%s, %d, %s\n' "$(ticks 0 3 out/ticks.csv written_bytes)" \
        "$(($(columns out/flows.csv written_bytes) - $(total out/ticks.csv written_bytes)))" \
        "$(columns out/flows.csv write_delay_max_s)"
}
