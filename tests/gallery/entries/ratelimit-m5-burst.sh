claim='mod_ratelimit spends its burst on what it holds'
text='The fixed variant takes the bytes that it holds off the burst, again with each brigade. Limit 60
(chunk 12 KiB), burst 120 KiB, brigades of b KiB: 45 held leave 75, so the first piece is 12 + 75 = 87
KiB; 60 leave 60; of 1 KiB, 1 + 2 + ... + 15 = 120, nothing is left; 133 is more than a piece and loses
nothing. The corrected variant has 132 KiB whatever the brigades. KiB of the first 200 ms.'
commands='
shapesim trace synth --direction write --packet 1024 --rate 204800kB/s --duration 1ms -o trace.pcap
for variant in fixed corrected; do
    for brigade in 1024 46080 61440 136192; do
        shapesim run trace.pcap -q -o $variant-$brigade \
            --via ratelimit=60,initial-burst=120,variant=$variant,brigade=$brigade
    done
done'
figures='fixed-1024+fixed-46080+fixed-61440+corrected-1024:totals'
expected='12 87 72 132, 132 132 132 132'
measure() {
    local variant
    for variant in fixed corrected; do
        for brigade in 1024 46080 61440 136192; do
            echo $(($(columns $variant-$brigade/ticks.csv written_bytes | head -n 1) / 1024))
        done | one_line
    done | paste -sd , | sed 's/,/, /'
}
