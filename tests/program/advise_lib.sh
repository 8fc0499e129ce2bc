# What advise finds against brute force, for tests/program/advise.sh and tests/bench/advise.
# shellcheck shell=bash

# brute_force DIR TRACE TICKS PEAK STEPS ARGUMENT...: sweeps rates from PEAK (bytes in 10 ms) downwards, STEPS of them
# 1 % apart, for each of the TICKS ("10 20", in ms), with bursts of what the rate brings in 100 ms. Prints the least
# rate in bytes per second above all that fail, of the tick with which it is least, and the number of runs.
brute_force() {
    local directory=$1 trace=$2 ticks=$3 peak=$4 steps=$5 axes
    mapfile -t axes < <(awk -v ticks="$ticks" -v peak="$peak" -v steps="$steps" 'BEGIN {
        n = split(ticks, tick, " ")
        for (t = 1; t <= n; t++)
            for (i = 0; i < steps; i++) {
                rate = int(peak / 1.01 ^ i * tick[t] / 10)
                if (rate < 1 || seen[t, rate]++)
                    continue
                rates = rates "," rate "B/tick"
                bursts = bursts "," (tick[t] > 100 ? rate : int(rate * 100 / tick[t])) "B"
                times = times "," tick[t] "ms"
            }
        print "write-rate=" substr(rates, 2)
        print "write-burst=" substr(bursts, 2)
        print "tick=" substr(times, 2)
    }')
    "$SHAPESIM" sweep -q --json -o "$directory" "$trace" --flow-ticks none --exchanges none --link --min-share 64 \
        --vary "${axes[0]}" --vary "${axes[1]}" --vary "${axes[2]}" "${@:6}" >brute.json || return 1
    jq -r '[.ranking[] | {tick: (.setting.tick | rtrimstr("ms") | tonumber), ok: .eligible,
            rate: (.setting["write-rate"] | rtrimstr("B/tick") | tonumber)} | .rate *= 1000 / .tick] | length as $runs
        | group_by(.tick) | map((map(select(.ok | not).rate) | max // 0) as $fails
            | map(select(.ok and .rate > $fails).rate) | min) | "\(min | round) \($runs)"' brute.json
}
