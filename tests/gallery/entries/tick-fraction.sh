claim='fractions of a ms make the rate too high'
text='The book: all fractions of a millisecond are ignored. Not all: the timer keeps them, the count
of ticks drops them, so the rate is too high by their ratio. Achieved to configured rate with ticks
of 1, 1.5, 1.999, 2.5 and 10.5 ms. shapesim refuses fractions.'
commands='
gallery_native tick-fraction
shapesim run trace.pcap --rate 1kB/s --tick 1500us || echo refused $?'
expected='1.000 1.500 1.999 1.250 1.050 refused 2'
measure() { one_line <printed; }
