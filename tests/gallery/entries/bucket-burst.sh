claim='tokens beyond the burst are lost'
text='The book: what a refill adds beyond the burst size is lost. 2000 bytes arrive each second, 300
tokens each tick of 0.1 s: 3000 tokens a second would carry them at once. With a burst of 900 only
900 pass at once, the rest follows at the rate, and of the ten ticks of a second five end in
silence.'
commands='
shapesim trace synth --packet 2000 --rate 2kB/s --duration 5s -o trace.pcap
shapesim run trace.pcap --rate 300B/tick --burst 900 --tick 100ms -q -o out'
figures='out:level out:burst'
expected='900 300 300 300 200 0 0 0 0 0 900 300'
measure() { ticks 10 21 out/ticks.csv read_bytes; }
