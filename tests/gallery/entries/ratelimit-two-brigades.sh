claim='mod_ratelimit up to 2.4.33 does not sleep between brigades'
text='The worked example of the httpd developer guide, twice: two brigades of 38,400 bytes at 60 KiB/s, 1 ms apart.
Up to 2.4.33 the 1536 bytes at the end of the first and the first piece of the second leave together,
13,824 in one interval. The fixed variant, and the corrected one, hold the 1536 and put them before the second:
12,288 in each interval, and 3072 when the stream ends. Bytes written in each 200 ms.'
commands='
shapesim trace synth --direction write --packet 38400 --rate 38400kB/s --duration 2ms -o trace.pcap
for variant in naive fixed corrected; do
    shapesim run trace.pcap --replay open -q -o $variant \
        --via ratelimit=60,variant=$variant,brigade=38400
done'
figures='naive+fixed+corrected:totals'
expected='12288 12288 12288 13824 12288 12288 1536, 12288 12288 12288 12288 12288 12288 3072, 12288 12288 12288 12288 12288 12288 3072'
measure() {
    local variant
    for variant in naive fixed corrected; do columns $variant/ticks.csv written_bytes | one_line; done |
        paste -sd , | sed 's/,/, /g'
}
