claim='filters that keep to a high mark make small writes, and fair ones'
text='The book: a filter that ignores its dst_limit might violate high watermarks; those of shapesim keep to it. Two flows write
16000 bytes each behind a header and share 8000 B per tick, min-share 1000. What the first tick gives them, without a mark
below the filters, and with one of 1000: then they take turns, as with a mark on the input (see watermark-read). With
TLS a record is written whole. Two packets of 5000 at 2000 B per tick, without and with a mark of 700: how deep the
bucket is overdrawn, and bytes that are written for records. With it no write is more than 700 and a record of 22, so that the
bucket is overdrawn by less than that.'
commands='
shapesim trace synth --direction write --flows 2 --packet 16000 --rate 16kB/s --duration 1s -o two.pcap
shapesim trace synth --direction write --packet 5000 --rate 50kB/s --duration 200ms -o five.pcap
shared="two.pcap --rate 8000B/tick --tick 100ms --min-share 1000 --via overhead=40:16000 -q"
shapesim run $shared -o free
shapesim run $shared --filter-high 1000 -o high
records="five.pcap --rate 2000B/tick --tick 100ms --via overhead=40:5000 --transport tls -q"
shapesim run $records -o tls-free
shapesim run $records --filter-high 700 -o tls-high'
figures='free:service high:service tls-free:level tls-high:level'
expected='5000 3000, 4000 4000; TLS -4689 +44 -669 +352'
measure() {
    local mark
    printf '%s, %s; TLS' "$(columns free/flow_ticks.csv written_bytes | head -n 2 | one_line)" \
        "$(columns high/flow_ticks.csv written_bytes | head -n 2 | one_line)"
    for mark in free high; do
        printf ' %s +%s' "$(lowest tls-$mark/ticks.csv write_bucket_end_bytes)" \
            "$(summary tls-$mark record_overhead_bytes | cut -d ' ' -f 2)"
    done
    printf '\n'
}
