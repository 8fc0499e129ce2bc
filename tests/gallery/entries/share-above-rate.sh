claim='a rate below the min-share still flows'
text='Early versions stopped for ever at rates below the min-share. Now it is cut to the rate: with
10 B per tick and the default of 64, 10 bytes flow in each tick.'
commands='
shapesim trace synth --rate 8kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 10B/tick --tick 100ms --max-time 9999ms -q -o out'
expected='10 in each of 100 ticks'
measure() { columns out/ticks.csv read_bytes | uniq -c | awk '{ print $2 " in each of " $1 " ticks" }'; }
