claim='who joins another group spends its bucket at once'
text='At 250 ms a flow that waits for tokens moves to a group of 3000 B per tick, whose bucket is full:
3000 pass in the same tick, besides the 1000 of its first group. Bytes of both in ticks 0 to 3.'
commands='
shapesim trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --at 250ms:flow=1,join=other \
    --group name=other,match=udp,rate=3000B/tick,tick=100ms -q -o out'
figures='out:level out:passed'
expected='1000 1000 1000 0, 0 0 3000 3000'
measure() {
    local group
    for group in all other; do
        columns out/ticks.csv group written_bytes | sed -n "s/^$group //p" | head -n 4 | one_line
    done | paste -sd , | sed 's/,/, /'
}
