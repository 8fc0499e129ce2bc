claim='mod_ratelimit: naive, fixed and corrected, side by side'
text='A proxied response of 655,360 bytes at 60 KiB/s (chunk 12,288 bytes) with an initial burst of 120
KiB, in 40 brigades of 16 KiB that are all there at once. Naive has no sleep between brigades: 16,384
bytes in each 200 ms, 4/3 of the limit. Fixed keeps to the limit, but what it holds of the first three
brigades is taken off the burst: 36,864 bytes in the first interval instead of the 135,168 of
corrected. Bytes of the first three intervals, and how many intervals have bytes. Nothing else limits,
so the rows are those of group - in intervals of 200 ms.'
commands='
shapesim trace synth --direction write --packet 16384 --rate 655360kB/s --duration 1ms -o trace.pcap
for variant in naive fixed corrected; do
    shapesim run trace.pcap --replay open -q -o $variant \
        --via ratelimit=60,initial-burst=120,brigade=16384,variant=$variant
done'
figures='naive+fixed+corrected:totals'
expected='143360 16384 16384 in 33, 36864 12288 12288 in 52, 135168 12288 12288 in 44'
measure() {
    local variant
    for variant in naive fixed corrected; do
        columns $variant/ticks.csv written_bytes |
            awk '$1 > 0 { n++; if (n <= 3) printf "%d ", $1 } END { print "in " n }'
    done | paste -sd , | sed 's/,/, /g'
}
