claim='per-flow limits lose the lateness of their timer'
text='Not in the book. The timer of a per-flow limit is set anew, one tick from now, each time: a
process that wakes d late gets T/(T + d) of its rate, if burst equals rate. Percent of the rate over
2000 ticks of 100 ms for d = 0, 1, 5, 20 ms; then for 20 ms with a burst of twice the rate.'
commands='gallery_native tick-late'
expected='100.00 99.05 95.25 83.35 100.00'
