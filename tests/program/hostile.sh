#!/usr/bin/env bash
# Captures and results from people who mean no good: whatever they hold, memory and time stay bounded,
# what is left out is counted, and what cannot be read is refused in one line.
. "$(dirname "$0")/lib.sh"
: "${HOSTILE:?path of the program that makes such captures}"

# bounded MEGABYTES STATUS COMMAND...: takes no more memory than that, and no more than a minute
bounded() {
    local megabytes=$1 status=$2
    shift 2
    if grep -q __asan_init "$SHAPESIM"; then
        ASAN_OPTIONS=hard_rss_limit_mb=$megabytes:quarantine_size_mb=1 \
            expect_status "$status" timeout 60 "$@"
    else
        # shellcheck disable=SC2016
        expect_status "$status" bash -c 'ulimit -v $1; shift; exec timeout 60 "$@"' \
            bounded $((megabytes * 1024)) "$@"
    fi
}

# skipped REASON: how many packets, by the summary of the run in `run` (or any other number of it)
skipped() { sed -n "s/^ *\"$1\": \\([0-9]*\\),*\$/\\1/p" run/summary.json; }

# hostile KIND COUNT: writes it to a.pcap
hostile() { "$HOSTILE" "$@" >a.pcap || fail "no capture: $*"; }

# replay MEGABYTES OPTION...: a.pcap to `run`, whose files agree
replay() {
    local megabytes=$1
    shift
    rm -rf run
    bounded "$megabytes" 0 "$SHAPESIM" run -q a.pcap --rate 1mbit --tick 100ms "$@" -o run || return
    cp err warnings
    check run
}

# refused MEGABYTES REGEX OPTION...: a.pcap, in one line
refused() {
    local megabytes=$1 regex=$2
    shift 2
    rm -rf run
    bounded "$megabytes" 1 "$SHAPESIM" run -q a.pcap --rate 1mbit --tick 100ms "$@" -o run
    expect_equal "lines on standard error" 1 "$(wc -l <err)"
    expect_match "refused" "^shapesim: .*($regex)" err
    [ -e run ] && fail "a directory was left"
}

# --- flows ----------------------------------------------------------------------------------------

# 200,000 of them would take a gigabyte.
hostile flows 200000
replay 300 --max-flows 1000
expect_equal "packets beyond --max-flows" 199000 "$(skipped beyond_max_flows)"
expect_equal "flows" 1001 "$(wc -l <run/flows.csv)"
expect_match "the warning" "^shapesim: warning: 199000 packets came when 1000 flows were open .* raise --max-flows" \
    warnings
bounded 300 0 "$SHAPESIM" trace info a.pcap --max-flows 1000
expect_match "trace info" "^skipped    199000 packets: beyond_max_flows" out

for most in 1 7; do
    hostile flows $most
    replay 300 --max-flows $most
    expect_equal "$most flows, and as many allowed" 0 "$(skipped beyond_max_flows)"
    expect_equal "warnings of $most flows" "" "$(cat warnings)"
    hostile flows $((most + 1))
    replay 300 --max-flows $most
    expect_equal "one more than $most" 1 "$(skipped beyond_max_flows)"
    expect_equal "flows, of one more than $most" "$most" "$(columns run/flows.csv flow | wc -l)"
    expect_match "one more than $most" "warning: 1 packets came when $most flows were open" warnings
done
# From a pipe, and in the first pass for the largest: the same flows.
mv run first
bounded 300 0 "$SHAPESIM" run -q - --rate 1mbit --tick 100ms --max-flows 7 -o run <a.pcap
expect_same "flows from a file and from a pipe" first/flows.csv run/flows.csv

# Reset at the instant of their opening, they are closed and not yet gone.
hostile resets 100000
refused 300 'at 0.000000 s .* 2000 flows are open or have closed .*--max-flows' --max-flows 1000
bounded 300 0 "$SHAPESIM" trace info a.pcap --flows none
expect_match "flows that were reset" "^flows      100000$" out

# A forged count of them does not pass.
hostile flows 3
replay 300 --max-flows 3
sed -i 's/"beyond_max_flows": 0/"beyond_max_flows": 1/; s/^    "packets": 3,/    "packets": 4,/' run/summary.json
sed -i 's/--max-flows 3/--max-flows 4/; s/"max_flows": 3/"max_flows": 4/' run/summary.json
expect_status 1 "$SHAPESIM" verify run
expect_match "a forged count" 'beyond_max_flows: 1, but only 3 flows were ever open, and --max-flows allows 4' err

# --- packets --------------------------------------------------------------------------------------

hostile fragments 200000
replay 300
expect_equal "fragments" 200000 "$(columns run/flows.csv packets)"

hostile lengths 100000 # packets of 4 GB
refused 300 'none of the 100000 packets is whole IP \(0 not IP, 100000 malformed\)'

hostile tags 20000 # tags and extension headers without end
refused 300 'none of the 40000 packets is whole IP \(0 not IP, 40000 malformed\)'

hostile years 10000
refused 300 '--idle-ticks skip.*--max-gap 10s'
replay 300 --idle-ticks skip
expect_equal "times that run backwards" 4999 "$(skipped backward_timestamps)"
expect_equal "starts of flows of years" "$(list 0.000000 2147483647.000000)" "$(columns run/flows.csv start_s)"
replay 300 --max-gap 10s
expect_equal "starts with silences shortened" 0.000000 "$(columns run/flows.csv start_s)"
# Times after the year 2191 count as 2191.
hostile ages 10000
replay 300 --idle-ticks skip
expect_equal "times that run backwards, of ages" 4999 "$(skipped backward_timestamps)"
expect_equal "starts of flows of ages" "$(list 0.000000 6999999999.584320)" "$(columns run/flows.csv start_s)"

# --- files ----------------------------------------------------------------------------------------

while read -r kind count status regex; do
    hostile "$kind" "$count"
    if [ "$status" -eq 0 ]; then
        replay 300
        expect_equal "packets of $kind $count" "$regex" "$(skipped replayed_packets)"
    else
        refused 300 "$regex"
    fi
done <<'END'
interfaces 100000 0 1
sections 20000 0 20000
options 1000000 0 1
options 3000000 1 a.pcap: .*block size 24000020 > maximum
block 4294967280 1 a.pcap: packet 2 is damaged .*block size 4294967280
block 8 1 a.pcap: packet 2 is damaged
snaplen 4294967295 0 1
snaplen 0 0 1
record 4294967295 1 a.pcap: packet 1 is damaged
END

# 64 MB of packets of nothing, from 64 kB.
if command -v gzip >/dev/null; then
    { "$HOSTILE" flows 0; head -c 64000000 /dev/zero; } | gzip -c >a.pcap
    refused 300 'the 4000000 packets are cut before their ports'
fi

# --- results --------------------------------------------------------------------------------------

# forged WHAT REGEX: the run in `run` is refused, in one line that a terminal can show
forged() {
    expect_status 1 "$SHAPESIM" verify --no-hashes run
    expect_equal "$1: lines" 1 "$(wc -l <err)"
    expect_match "$1" "$2" err
    grep -q '[[:cntrl:]]' out err && fail "$1: control characters"
}
hostile flows 3
replay 300 --flow-ticks 1
cp -r run good
sed -i "s/\"shapesim run /&'/" run/summary.json
forged "a quote that does not end" 'summary.json: command: cannot be read'
rm -r run && cp -r good run
sed -i 's/"end": "/&\\u001b]0;mine\\u0007\\n/' run/summary.json
forged "orders to a terminal" "summary.json: end: '\?\]0;mine\?\?drained' is neither"
rm -r run && cp -r good run
sed -i 's/^    "packets": 3,/    "packets": 9223372036854775807,/' run/summary.json
forged "a number that cannot be added to" 'summary.json: a whole number is beyond 9999999999999999'
rm -r run && cp -r good run
sed -i '2s/\([^,]*\),\([^,]*\)$/1000000,1000000/' run/flow_ticks.csv
forged "more delivered than was offered" 'flow_ticks.csv: row 1'
finish
