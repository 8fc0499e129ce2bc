#!/usr/bin/env bash
# The rate that advise finds is the one that a fine sweep finds; its directory is a sweep's, and what is
# there is not run again.
. "$(dirname "$0")/lib.sh"
traces=$(cd "$here/../.." && pwd)/traces
cp "$traces"/{web,bulk,interactive}.pcap .

# advise DIR ARGUMENT...
advise() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" advise -q -o "$directory" "$@"
}

# advice DIR FILTER: what jq makes of its advise.json
advice() { jq -cr "$2" "$1/advise.json"; }

# --- against brute force ----------------------------------------------------------------------------

# as_brute_force TRACE DEMAND ARGUMENT...: what advise finds, rates around it in steps of 1 % find, too. The
# bursts of both are what the rate brings in 100 ms.
as_brute_force() {
    local name=${1%.pcap} found rates bursts least
    advise "$name" "$1" --want "$2" --flow-ticks none --limit direction=write "${@:3}"
    found=$(advice "$name" .setting.rate_bytes_per_tick)
    rates=$(awk -v rate="$found" 'BEGIN {
        for (step = -25; step <= 25; step++) printf "%s%dB/tick", (step > -25 ? "," : ""), rate * 1.01 ^ step }')
    bursts=$(sed -E 's,([0-9]+)B/tick,\10B,g' <<<"$rates")
    expect_status 0 "$SHAPESIM" sweep -q --json -o "$name-brute" "$1" --want "$2" --flow-ticks none --link \
        --tick 10ms --min-share 64 --vary "write-rate=$rates" --vary "write-burst=$bursts" "${@:3}"
    least=$(jq '[.ranking[] | {rate: (.setting["write-rate"] | rtrimstr("B/tick") | tonumber), ok: .eligible}]
        | (map(select(.ok | not).rate) | max) as $fails | map(select(.ok and .rate > $fails).rate) | min' out)
    expect_equal "$1: $found is within 2 % of $least" true "$(jq -n "$found / $least | . >= 0.98 and . <= 1.02")"
}

as_brute_force web.pcap 'p99<=50ms'
as_brute_force bulk.pcap 'p99<=200ms'
as_brute_force interactive.pcap 'p90<=30ms'
finish
