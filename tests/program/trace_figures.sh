#!/usr/bin/env bash
# What `trace info` says of a trace before it is shaped, on a trace small enough for paper.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

# Flow 0 carries 1000 B at 0, 0.5 ms and 1 s; flow 1 carries 500 B at 20 ms.
"$PACKETS" 0,0,r,1000 500,0,r,1000 20000,1,r,500 1000000,0,r,1000 >four.pcap
expect_status 0 "$SHAPESIM" trace info four.pcap --json
figures() { jq -cr "$1" out; }

# 2000 B in the first millisecond, 500 B more in the first 100 ms; 3500 B need more than a second.
expect_equal "peaks" "$(list '1 2000' '10 2000' '100 2500' '1000 2500')" \
    "$(figures '.initiator.peaks[] | "\(.window_ms) \(.bytes)"')"
# Flow 0 is open for all of the second, flow 1 for 0.98 s of it.
expect_equal "open flows" "1.98 2" "$(figures '"\(.mean_open_flows) \(.most_open_flows)"')"
expect_equal "flows by size" "$(list '1000 1 500' '10000 1 3000')" \
    "$(figures '.flows_by_size[] | select(.flows > 0) | "\(.below_bytes) \(.flows) \(.bytes)"')"

# The mean is 35 B in a tick of 10 ms: rates from 2 B a tick on. sigma(r) is the largest of 2000 (tick 0),
# 2500 - 2r (ticks 0 to 2) and 3500 - 100r (ticks 0 to 100).
expect_equal "sigma" "$(list '200 3300' '500 3000' '1000 2500' '2000 2460' '5000 2400' '10000 2300' \
    '20000 2100' '50000 2000' '100000 2000' '200000 2000' '500000 2000' '1000000 2000')" \
    "$(figures '.initiator.sigma[] | "\(.rate_bytes_per_s) \(.sigma_bytes)"')"
# At 50 B a tick: 2400 less 50 for each tick of delay, but a tick's worth at least.
expect_equal "bursts for delays" "$(list '10 2350' '100 1900' '1000 50')" \
    "$(figures '.initiator.sigma[4].with_delay[] | "\(.delay_ms) \(.burst_bytes)"')"

# The table says the same.
expect_status 0 "$SHAPESIM" trace info four.pcap
expect_match "peaks in the table" '^initiator  *2 MB/s  *200 kB/s  *25 kB/s  *2.5 kB/s$' out
expect_match "open flows in the table" '^open flows 1.98 in the mean, 2 at most$' out
expect_match "a rate in the table" '^ *5 kB/s  *2.4 kB  *2.35 kB  *1.9 kB  *50 B$' out

finish
