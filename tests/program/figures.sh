#!/usr/bin/env bash
# Fairness, burst and throughput figures: known beforehand in small runs, worked out anew from
# flow_ticks.csv for captures.
. "$(dirname "$0")/lib.sh"

# figure DIR DIRECTION KEY: of the first group
figure() {
    awk -v direction="\"$2\": {" -v key="\"$3\":" '
        index($0, direction) { inside = 1 }
        inside && $1 == key { sub(/,$/, "", $2); print $2; exit }' "$1/summary.json"
}

# --- throughput, by hand ---------------------------------------------------------------------------

# 10,000 bytes at once, 1000 a tick: the bucket is empty from each refill to the next, ten times less
# the last, and a grant takes all of it.
{ capture_header; udp 0 1 1000 2 53 10000; } >steady.pcap
run steady steady.pcap --rate 1000B/tick --tick 100ms
expect_equal "achieved, effective, configured" "10000.0 10000.0 10000.0" \
    "$(for key in achieved effective configured; do figure steady read ${key}_bytes_per_s; done | paste -sd' ')"
expect_equal "lost, suspended, grants" "0 0.9 10 1000.0" \
    "$(for key in lost_tokens_bytes suspended_s grants bytes_per_grant; do figure steady read $key; done |
        paste -sd' ')"
expect_equal "nothing written: all but the first tick's worth is lost" 9000 \
    "$(figure steady write lost_tokens_bytes)"

# The bucket starts at 1000 - 1 and grows to 5000: of the fifth refill 999 bytes are lost, of five
# more all. At 1 s it is emptied in two grants of at most 4096, then tick by tick.
{ capture_header; udp 0 1 1000 2 53 1; udp 1000000 1 1000 2 53 10000; } >later.pcap
run later later.pcap --rate 1000B/tick --burst 5000 --tick 100ms
expect_equal "lost, suspended, grants" "5999 0.5 8" \
    "$(for key in lost_tokens_bytes suspended_s grants; do figure later read $key; done | paste -sd' ')"
run skipped later.pcap --rate 1000B/tick --burst 5000 --tick 100ms --idle-ticks skip
for key in lost_tokens_bytes suspended_s grants achieved_bytes_per_s; do
    expect_equal "$key where idle ticks are skipped" "$(figure later read $key)" \
        "$(figure skipped read $key)"
done
for file in fairness.csv burst.csv flows.csv; do
    expect_same "idle ticks skipped" later/$file skipped/$file
done

# A decrement to below 0 suspends, the refill that reaches the min-share of 500 releases: the bucket
# is at -700, 300, 1000 (1300 is cut).
expect_status 0 "$SHAPESIM" run -q later.pcap --rate 1000B/tick --tick 100ms --min-share 500 \
    --max-time 800ms --at 250ms:group=all,decrement-read=1700 -o event
expect_equal "suspended by an event" 0.15 "$(figure event read suspended_s)"

# --- fairness, by hand -----------------------------------------------------------------------------

# Two flows with 3000 bytes each, 2000 bytes a tick in grants of what libevent allows: half of the
# bucket and half of what is left, and so on down to the min-share of 64.
{ capture_header; udp 0 1 1000 2 53 3000; udp 0 3 1000 2 53 3000; } >two.pcap
run two two.pcap --rate 2000B/tick --tick 100ms
expect_equal "windows of the run" "3 2 2 6000 1.000000000" \
    "$(columns two/fairness.csv window_ticks flows limited_flows bytes jain | tail -n 1)"

# Ten members, two of them active, one grant a tick: the second is its neighbour in the list after
# eight idle ones. The bias is the quotient of what the two got per contended tick.
expect_status 0 "$SHAPESIM" trace synth --flows 10 --rate 8kB/s --duration 10s --direction write -o street.pcap
run street street.pcap --filter 'host 198.18.0.1 or host 198.18.0.2 or tcp[tcpflags] & tcp-syn != 0' \
    --rate 64B/tick --tick 10ms --max-time 9999ms
expect_equal "contended all the time, by two" "1000 1000 2 8.0" \
    "$(columns street/flows.csv write_contended_ticks | head -n 2 | paste -sd' ') \
$(figure street write contending_flows) $(figure street write idle_members_mean)"
expect_equal "idle-neighbour bias" "$(columns street/flows.csv flow write_contended_bytes | sort -n |
        awk '$2 > 0 { bytes[++n] = $2 } END { printf "%.9f\n", bytes[2] / bytes[1] }')" \
    "$(printf '%.9f' "$(figure street write idle_neighbour_bias)")"

run alone steady.pcap --rate 1000B/tick --tick 100ms
expect_equal "a flow alone" "0" "$(columns alone/fairness.csv jain | wc -l)"
expect_equal "no windows" null "$(figure alone read jain_run)"
run free two.pcap
expect_equal "no limits, nothing measured" ",,,,,,," "$(tail -n 1 free/flows.csv | cut -d, -f24-31)"
expect_equal "no limits, no rows" 1 "$(wc -l <free/burst.csv)"

# --- from flow_ticks.csv ---------------------------------------------------------------------------

# figures DIR WHAT TICK_US READ_RATE WRITE_RATE [NAMED_US]
figures() {
    awk -v what="$2" -v tick_us="$3" -v read_rate="$4" -v write_rate="$5" -v named_us="${6-}" \
        -v weights="$(columns "$1/flows.csv" flow weight | tr ' ' : | paste -sd' ')" \
        -v ticks="$(columns "$1/ticks.csv" tick | wc -l)" -f "$here/figures.awk" "$1/flow_ticks.csv"
}

# agrees DIR TICK_US READ_RATE WRITE_RATE [NAMED_US]
agrees() {
    expect_equal "$1: fairness.csv" "$(figures "$1" fairness "$2" "$3" "$4" "${5-}")" \
        "$(grep ',read,' "$1/fairness.csv"; grep ',write,' "$1/fairness.csv")"
    # a flow that was open in no tick carried nothing
    expect_equal "$1: flows.csv" "$(figures "$1" flows "$2" "$3" "$4" | sort -n)" \
        "$(tail -n +2 "$1/flows.csv" | cut -d, -f1,24-31 | sort -n)"
    expect_equal "$1: burst.csv" "$(figures "$1" burst "$2" "$3" "$4")" "$(grep '^all,,' "$1/burst.csv")"
}

traces=$here/../../traces
run web "$traces/web.pcap" --rate 10mbit --tick 10ms
agrees web 10000 12500 12500
expect_match "several scales were judged" ',100,[0-9]+,' web/fairness.csv
run bulk "$traces/bulk.pcap" --write-rate 3mbit --tick 20ms --burst 64KiB --min-share 1500 --shape initiator
agrees bulk 20000 0 7500
expect_status 0 "$SHAPESIM" trace synth --source pareto --flows 12 --duration 3s --rate 200kbit \
    --direction both --spread 1s -o pareto.pcap
run pareto pareto.pcap --rate 100kB/s --tick 20ms --flow-rate 30kB/s --flow-tick 40ms
agrees pareto 20000 2000 2000

# Weights, ticks of which no window in time is a whole number, and windows that were asked for.
run weighted "$traces/web.pcap" --rate 8mbit --tick 30ms --scheduler drr --weight '4:src portrange 1024-45000' \
    --weight '7:src portrange 45001-55000' --fairness-window 70ms --fairness-window 1111us
agrees weighted 30000 30000 30000 "70000 1111"
expect_equal "weights are in force" "1 4 7" "$(columns weighted/flows.csv weight | sort -nu | paste -sd' ')"

# Every flow's streams add up to the group's peaks and have a curve of their own.
expect_equal "flows with a curve" "$(columns pareto/flows.csv flow | sort -n)" \
    "$(awk -F, '$2 != "" && $5 == "longest" && $3 == "read" && $4 == "offered" { print $2 }' pareto/burst.csv)"
expect_equal "the flows' effective rate: 1200 bytes in 40 ms" 600 \
    "$(awk -F, '$2 == 1 && $3 == "read" && $4 == "offered" && $5 == "sigma" { print $6 }' pareto/burst.csv |
        sed -n 6p)"

# Curves of flows are kept until the run has ended, so their number is bounded.
expect_status 0 "$SHAPESIM" trace synth --flows 1030 --rate 8kB/s --packet 1000 --duration 1s \
    --protocol udp -o crowd.pcap
run crowd crowd.pcap --rate 10MB/s --tick 100ms
expect_equal "flows with a curve, without" "1024 6" \
    "$(awk -F, '$5 == "longest" && $4 == "offered" && $2 != ""' crowd/burst.csv | wc -l) \
$(sed -n 's/.*"recorded_flows_without_burst": \([0-9]*\).*/\1/p' crowd/summary.json)"
finish
