claim='min-share decides how many flows a tick serves'
text='Ten flows with more than enough to write at 1000 B per tick. With the default of 64 a first
pass gives them 100, 90, 81, 72, 65 and five times 64, which is 728: all ten are served, and what is
left goes round again. From 350 ms on the min-share is 500: ticks 0 to 3 have overdrawn by 19, so
two flows take 500 each of the 981, and each tick is like that. Flows served in ticks 0 to 7.'
commands='
shapesim trace synth --flows 10 --direction write --packet 50000 --rate 50kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --tick 100ms --max-time 799ms -q -o out \
    --at 350ms:group=all,min-share=500'
figures='out:rate'
expected='10 10 10 10 2 2 2 2'
measure() {
    columns out/flow_ticks.csv tick written_bytes |
        awk '$2 > 0 { flows[$1]++ } END { for (i = 0; i < 8; i++) print flows[i] }' | one_line
}
