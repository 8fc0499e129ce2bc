#!/usr/bin/env bash
# Runs whose every number is known beforehand.
. "$(dirname "$0")/lib.sh"

# --- one flow, 10,000 bytes at once ---------------------------------------------------------------

{ capture_header; udp 0 1 1000 2 53 10000; } >read.pcap
{ capture_header; udp 0 1 1000 2 53 0; udp 0 2 53 1 1000 10000; } >write.pcap

ten=$(repeat 10 1000)
run read read.pcap --rate 1000B/tick --burst 1000 --tick 100ms
expect_equal "10 ticks of 1000 read" "$ten" "$(columns read/ticks.csv read_bytes)"
run write write.pcap --rate 1000B/tick --burst 1000 --tick 100ms
expect_equal "10 ticks of 1000 written" "$ten" "$(columns write/ticks.csv written_bytes)"
expect_equal "end, delays" "0.900000 0.900000 0.900000 0.900000" \
    "$(columns write/flows.csv end_s write_delay_p50_s write_delay_p99_s write_delay_max_s)"
run per-second read.pcap --rate 80kbit --tick 100ms
expect_same "80kbit is 1000 bytes per 100 ms" read/ticks.csv per-second/ticks.csv

# One tick's worth is there at the start, another comes at every later tick's start: N.1 ticks carry
# N + 1. A larger burst changes nothing, since no token is ever saved up.
for n in 0 1 2 5 9; do
    for burst in 1000 5000; do
        run "$n-$burst" read.pcap --rate 1000B/tick --burst $burst --tick 100ms \
            --max-time $((100 * n + 10))ms
        expect_equal "bytes in $n.1 ticks, burst $burst" $((1000 * (n + 1))) \
            "$(columns "$n-$burst/flows.csv" read_bytes)"
    done
done
run at-once read.pcap --rate 10000B/tick --tick 100ms
expect_equal "a bucket that holds all" 10000 "$(columns at-once/ticks.csv read_bytes)"

# --- what a silence saves up ----------------------------------------------------------------------

{ capture_header; udp 0 1 1000 2 53 1; udp 1000000 1 1000 2 53 10000; } >later.pcap
run saved later.pcap --rate 1000B/tick --burst 5000 --tick 100ms
expect_equal "the burst, then the rate" "$(list 1 "$(repeat 9 0)" 5000 "$(repeat 5 1000)")" \
    "$(columns saved/ticks.csv read_bytes)"
expect_equal "the bucket fills up" "$(list 1000 1999 2999 3999 4999 "$(repeat 6 5000)" "$(repeat 5 1000)")" \
    "$(columns saved/ticks.csv read_bucket_start_bytes)"

# --- per-flow limits, one direction only ------------------------------------------------------------

run own read.pcap --flow-rate 1000B/tick --flow-tick 100ms
expect_equal "a per-flow limit" "$ten" "$(columns own/ticks.csv read_bytes)"
expect_equal "no group, no bucket" " " "$(columns own/ticks.csv read_bucket_start_bytes \
    read_bucket_end_bytes | sort -u)"
expect_equal "the per-flow bucket" 0 "$(columns own/flow_ticks.csv read_bucket_bytes | sort -u)"

run lower read.pcap --rate 1000B/tick --tick 100ms --flow-rate 2000B/tick
expect_equal "the group's limit is the lower one" "$ten" "$(columns lower/ticks.csv read_bytes)"
run lower-own read.pcap --rate 2000B/tick --tick 100ms --flow-rate 1000B/tick
expect_equal "the per-flow limit is the lower one" "$ten" "$(columns lower-own/ticks.csv read_bytes)"

{ capture_header; udp 0 1 1000 2 53 10000; udp 0 2 53 1 1000 10000; } >both.pcap
run read-alone both.pcap --read-rate 1000B/tick --tick 100ms
expect_equal "reading is limited" "$ten" "$(columns read-alone/ticks.csv read_bytes)"
expect_equal "writing is not" "$(list 10000 "$(repeat 9 0)")" \
    "$(columns read-alone/ticks.csv written_bytes)"
run write-alone both.pcap --write-rate 1000B/tick --tick 100ms
expect_equal "writing is limited" "$ten" "$(columns write-alone/ticks.csv written_bytes)"
expect_equal "reading is not" "$(list 10000 "$(repeat 9 0)")" \
    "$(columns write-alone/ticks.csv read_bytes)"
run apart both.pcap --rate 1000B/tick --write-rate 2000B/tick --tick 100ms
expect_equal "each direction its own rate" "$(list "$(repeat 5 '1000 2000')" "$(repeat 5 '1000 0')")" \
    "$(columns apart/ticks.csv read_bytes written_bytes)"

# --- an hour of silence ---------------------------------------------------------------------------

{ capture_header; udp 0 1 1000 2 53 100; udp 3600000000 1 1000 2 53 200; } >hour.pcap
run hour hour.pcap --rate 1mbit --tick 100ms
expect_equal "rows of an hour" "$(seq 0 36000)" "$(columns hour/ticks.csv tick)"
expect_equal "bytes of an hour" "$(list '0 100' '36000 200')" \
    "$(columns hour/ticks.csv tick read_bytes | awk '$2 > 0')"
# The flow is idle for 300 s, and closed in the tick that begins then.
expect_equal "rows of its flows" "$(list 3001 1)" \
    "$(columns hour/flow_ticks.csv flow | uniq -c | awk '{ print $1 }')"

# --- many flows -----------------------------------------------------------------------------------

# Ten flows offer 125,000 bytes per second to a group of 62,500: after 60 s of it the last byte leaves
# in tick 1200 of 6250 bytes each, counted from 1.
expect_status 0 "$SHAPESIM" trace synth --flows 10 --rate 12500B/s --duration 60s --protocol udp \
    -o ten.pcap
run ten ten.pcap --rate 62500B/s --tick 100ms
expect_equal "ticks" 1200 "$(columns ten/ticks.csv tick | wc -l)"
expect_equal "the last byte" "7500000 0" \
    "$(columns ten/ticks.csv total_read_bytes read_backlog_bytes | tail -n 1)"

# Ten thousand backlogged flows under 10,000 bytes per tick: each grant is the min-share of 64, and 157
# or 156 of them fit into a tick, as the bucket is overdrawn by 48 or less and pays that back.
expect_status 0 "$SHAPESIM" trace synth --flows 10000 --rate 100kB/s --duration 10ms --protocol udp \
    -o many.pcap
expect_status 0 "$SHAPESIM" run -q many.pcap --rate 10000B/tick --tick 100ms --max-time 999ms -o many
check many
expect_equal "min-shares per tick" "$(list 157 156 156 156 157 156 156 156 157 156)" \
    "$(columns many/ticks.csv read_bytes | awk '{ print $1 / 64 }')"
expect_equal "bucket" "$(list -48 -32 -16 0 -48 -32 -16 0 -48 -32)" \
    "$(columns many/ticks.csv read_bucket_end_bytes)"

# Their memory: a figure to read, and a bound where no sanitizer adds its own.
if command -v /usr/bin/time >/dev/null; then
    /usr/bin/time -f %M -o one.kib "$SHAPESIM" run -q read.pcap --rate 1mbit
    /usr/bin/time -f %M -o many.kib "$SHAPESIM" run -q many.pcap --rate 10000B/tick --tick 100ms \
        --max-time 999ms 2>err
    grown=$(($(tail -n 1 many.kib) - $(tail -n 1 one.kib)))
    printf '10,000 open flows take %d KiB more than one\n' $grown
    if ! ldd "$SHAPESIM" | grep -qE 'lib(asan|ubsan|tsan)'; then
        [ $grown -lt 102400 ] || fail "10,000 open flows take $grown KiB"
    fi
fi
finish
