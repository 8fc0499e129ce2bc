#!/usr/bin/env bash
# shellcheck disable=SC2016 # backquotes and dollars of the document
# The script of sim/README.md that reads a sweep's files with DuckDB, and its figure.
. "$(dirname "$0")/../program/lib.sh"

root=$(cd "$here/../.." && pwd)
command -v node >/dev/null || skip "no node"
node -e "require('@duckdb/node-api')" 2>/dev/null ||
    skip "no DuckDB for Node (npm install @duckdb/node-api, and NODE_PATH)"
command -v gnuplot >/dev/null || skip "no gnuplot"

mkdir programs && ln -s "$SHAPESIM" programs/shapesim
PATH=$scratch/programs:$PATH
cp "$root/traces/web.pcap" .
expect_status 0 bash -c "$(sed -n 's/^    \(shapesim sweep .* -o shares --compress\)$/\1/p' "$root/sim/README.md")"
sed -n '/^```js$/,/^```$/p' "$root/sim/README.md" | sed '1d;$d' >notebook.js
expect_status 0 node notebook.js
expect_equal "what it says of a sweep" 6 "$(grep -cE "'(grants_per_mb|delay_p99_s)'" out)"
expect_equal "what it says of flows" 5 "$(grep -cE "'(64|512|4096)' .*'[0-9.]+' .* -?[0-9]" out)"
expect_match "the figure" '^</svg>' grants.svg
# What it computed, by other means.
mean() {
    awk -F, -v OFS=, -v of="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["min-share"] == of && $at["direction"] == "write" && $at["metric"] == "grants_per_mb" { sum += $NF; n++ }
        END { printf "%.6f\n", sum / n }' shares/sweep-long.csv
}
for share in 64 512 4096; do
    expect_equal "grants at $share" "$(mean $share)" \
        "$(awk -F, -v of=$share '$1 == of { printf "%.6f\n", $2 }' grants.csv)"
done

finish
