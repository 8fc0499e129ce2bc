claim='unfair within a tick: shares fall from 1 to 1/e'
text='The book: group limits try to be fair on aggregate, but can be unfair on very small
timescales. Each of n members may have 1/n of what is left when its turn comes. Ten members, 40,000
B, one pass: what each writes, and the fairness index of Jain: (2 - 1/n)(1 - q^n)/(1 + q^n) with q =
1 - 1/n is 0.91757 before rounding to bytes. In a whole tick passes follow until the bucket is empty, each in the
same order: in a run the first of ten flows writes 6114 and the last 2407.'
commands='
gallery_native share-one-pass
shapesim trace synth --flows 10 --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 40000B/tick --tick 1s --max-time 5ms --replay open -q -o out --flow-ticks all'
figures='out:service'
expected='4000 3600 3240 2916 2624 2362 2125 1913 1722 1549 J 0.91754
6114 5510 4965 4475 4033 3636 3278 2958 2668 2407'
measure() {
    cat printed
    columns out/flow_ticks.csv written_bytes | one_line
}
