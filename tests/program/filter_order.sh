#!/usr/bin/env bash
# Filters above a TLS end whose input is full all the time (--read-high): bytes come out in the order
# in which they went in, each once. The CRC-32 of what went in and came out says so.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

"$PACKETS" 0,0,r,1000 10,0,r,1000 >read.pcap
"$PACKETS" 0,0,r,1000 0,0,w,3000 5,0,r,1,F 10,1,w,20000 20,0,w,17 30000,1,r,65495 >both.pcap

# in_order DIR: of each flow, direction and filter
in_order() {
    expect_equal "$1: what came out as it went in" "" \
        "$(columns "$1/filters.csv" flow direction filter sent_before_bytes received_after_bytes \
            sent_crc32 received_crc32 | awk '$4 != $5 || $6 != $7')"
}

chains=('--via ratelimit=256' '--via overhead=3:100' '--via deflate=6' '--via overhead=1:1'
    '--via deflate=0 --via overhead=300:7 --via ratelimit=128'
    '--via ratelimit=512,flush=packet --via deflate=9 --via overhead=40:1460')
try() {
    local trace=$1 chain=$2 high options
    for high in 1 10 100 700; do
        for options in '' '--rate 1mbit --tick 10ms'; do
            # shellcheck disable=SC2086
            timeout 60 "$SHAPESIM" run -q "$trace.pcap" -o run --force $chain --payload random --read-high $high \
                --transport tls $options 2>err || { fail "$trace $chain $high $options: $(tail -n 1 err)"; continue; }
            in_order run
        done
    done
}
for chain in "${chains[@]}"; do
    try read "$chain"
    try both "$chain"
done

# 2000 bytes are 20 segments and their headers of 3; nothing else of the run depends on the mark.
for high in 1 700; do
    run read-$high read.pcap --rate 1mbit --tick 10ms --via overhead=3:100 --payload text \
        --read-high $high --transport tls
    expect_equal "$high: before and after" "2000 2060 2060 2000" \
        "$(columns read-$high/filters.csv direction sent_before_bytes sent_after_bytes received_before_bytes \
            received_after_bytes | awk '$1 == "read" { print $2, $3, $4, $5 }')"
done
finish
