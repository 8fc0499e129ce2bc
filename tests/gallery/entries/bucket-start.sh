claim='N.1 ticks can carry N + 1 ticks of traffic'
text='The book: buckets start with one tick of traffic, so N.1 ticks can carry N + 1 ticks of it.
1.01 s at 300 bytes per 0.1 s, that is 10.1 ticks, carry 11 x 300 bytes. (They start with `rate`,
not with `burst`: a burst of 900 changes nothing.)'
commands='
shapesim trace synth --rate 1mbit --duration 2s -o trace.pcap
shapesim run trace.pcap --rate 300B/tick --tick 100ms --max-time 1010ms -q -o out
shapesim run trace.pcap --rate 300B/tick --tick 100ms --burst 900 --max-time 1010ms -q -o deep'
expected='3300 3300'
measure() { printf '%s %s\n' "$(total out/flows.csv read_bytes)" "$(total deep/flows.csv read_bytes)"; }
