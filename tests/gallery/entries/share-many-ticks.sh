claim='fair over many ticks'
text='The book: group limits try to be fair on aggregate. Ten flows, 40,000 B per tick, all of them
backlogged from tick 1 on: the fairness index of Jain of what they got in tick 1, in ticks 1 to 10,
1 to 100 and 1 to 1000.'
commands='
shapesim trace synth --flows 10 --rate 10MB/s --duration 500ms --direction write -o trace.pcap
shapesim run trace.pcap --rate 40000B/tick --tick 10ms --max-time 10s --flow-ticks all -q -o out'
figures='out:fairness'
expected='0.91992 0.98949 0.99908 0.99991'
measure() {
    columns out/flow_ticks.csv tick flow written_bytes | awk '
        $1 > 0 && $1 <= 1000 { if ($1 <= 1) a[$2] += $3; if ($1 <= 10) b[$2] += $3; if ($1 <= 100) c[$2] += $3; d[$2] += $3 }
        function j(x, i, s, q, n) { for (i in x) { s += x[i]; q += x[i] * x[i]; n++ } return s * s / (n * q) }
        END { printf "%.5f %.5f %.5f %.5f\n", j(a), j(b), j(c), j(d) }'
}
