#!/usr/bin/env bash
# The setting that advise finds is the one that a fine sweep finds, with a tenth of its runs; its
# directory is a sweep's, and what is there is not run again.
. "$(dirname "$0")/lib.sh"
traces=$(cd "$here/../.." && pwd)/traces
cp "$traces"/{web,interactive}.pcap .

# advise DIR ARGUMENT...: with its result in the file DIR/advise.json
advise() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" advise -q -o "$directory" "$@"
}

# advice DIR FILTER: what jq makes of it
advice() { jq -cr "$2" "$1/advise.json"; }

# brute DIR FROM TO FACTOR TRACE DEMAND ARGUMENT...: the least of these rates from which on all meet it
brute() {
    local directory=$1 rates
    rates=$(awk -v rate="$2" -v to="$3" -v factor="$4" '
        BEGIN { for (; rate <= to; rate *= factor) printf "%s%dB/tick", comma, rate + !comma * 0, comma = "," }' \
        </dev/null)
    expect_status 0 "$SHAPESIM" sweep -q --json -o "$directory" "$5" --want "$6" \
        --vary "write-rate=$rates" "${@:7}"
    jq '[.ranking[] | {rate: (.setting["write-rate"] | rtrimstr("B/tick") | tonumber), ok: .eligible}]
        | (map(select(.ok | not).rate) | max) as $fails | map(select(.ok and .rate > $fails).rate) | min' out
}

# --- against brute force ----------------------------------------------------------------------------

# found WHAT DIR LEAST: the rate that advise found is within 2 % of what brute force found
found() {
    expect_equal "$1: within 2 %" true "$(jq --argjson least "$3" \
        '.setting.rate_bytes_per_tick / $least | . >= 0.98 and . <= 1.02' "$2/advise.json")"
}
