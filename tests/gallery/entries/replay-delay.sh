claim='shapesim: a small packet delay is no proof'
text='Two connections whose ends send 1000 bytes each 8 ms and react to each other: 250 kB/s to write
against a limit of 200 kB/s. Open, packets pile up until they wait for 2.6 s. In closed loop a packet is
due only after what it reacts to, and then waits for 2 ms at most: the delay tells of no overload. But what
was captured until 9.992 s is there at 12.49 s, and a packet comes up to 2.5 s after it was captured.
The p99 of the delay, and of delivered less captured time (behind), and the completion of the slower flow.'
commands='
shapesim trace synth --flows 2 --packet 1000 --rate 125kB/s --direction both --duration 10s -o trace.pcap
for replay in open closed; do
    shapesim run trace.pcap --write-rate 200kB/s --tick 10ms --replay $replay -q -o $replay
done'
figures='open:delay closed:delay'
expected='captured 9.992000, open 2.621439 2.621439 12.490000, closed 0.002 2.490367 12.490000'
measure() {
    local replay
    printf 'captured %s' "$(columns open/flows.csv captured_completion_s | sort -n | tail -n 1)"
    for replay in open closed; do
        printf ', %s %s %s %s' $replay "$(summary $replay delay_p99_s | cut -d ' ' -f 2)" \
            "$(summary $replay behind_p99_s | cut -d ' ' -f 2)" \
            "$(columns $replay/flows.csv completion_s | sort -n | tail -n 1)"
    done
    printf '\n'
}
