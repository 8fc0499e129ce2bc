claim='totals fall at a reset, and only there'
text='The book: the totals of a group count what passed since they were last reset. A flow writes
1000 bytes at the start of each tick; the totals are reset at 250 and at 550 ms, and 500 bytes are
taken by hand at 350 ms. These are not counted, but leave 500 for tick 4. Totals of libevent at the
ends of ticks 0 to 7, then the bytes of the flow, which shapesim counts through.'
commands='
shapesim trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --tick 100ms --max-time 799ms -q -o out \
    --at 250ms:group=all,reset-totals --at 350ms:group=all,decrement-write=500 \
    --at 550ms:group=all,reset-totals'
expected='1000 2000 0 1000 1500 0 1000 2000, 7500'
measure() {
    printf '%s, %s\n' "$(ticks 0 7 out/ticks.csv total_written_bytes)" "$(total out/flows.csv written_bytes)"
}
