claim='filters act in their order'
text='PR 62568 was mod_ratelimit in the wrong place, before the chunked encoding. 36,864 bytes with 100 more before each 12,288: above the limiter they count to its chunks of
12,288 and make a fourth piece, below it each of the three pieces leaves with its own.'
commands='
shapesim trace synth --direction write --packet 36864 --rate 368640B/s --duration 100ms -o trace.pcap
shapesim run trace.pcap --via overhead=100:12288 --via ratelimit=60 -q -o above
shapesim run trace.pcap --via ratelimit=60 --via overhead=100:12288 -q -o below'
figures='above:rate below:rate'
expected='12288 12288 12288 300, 12388 12388 12388'
measure() {
    printf '%s, %s\n' "$(columns above/ticks.csv written_bytes | one_line)" \
        "$(columns below/ticks.csv written_bytes | one_line)"
}
