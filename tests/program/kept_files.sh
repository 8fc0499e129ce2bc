#!/usr/bin/env bash
# --files and --compress: what a run keeps is what it would have written, and who reads it says what is missing.
. "$(dirname "$0")/lib.sh"

traces=$(cd "$here/../../traces" && pwd)
command -v zstd >/dev/null || skip "no zstd"
# shellcheck disable=SC2054 # commas of the options
options=(run -q "$traces/web.pcap" --rate 4mbit --burst 64KiB --tick 20ms --via deflate --write-high 100kB
    --at 1s:group=all,rate=2mbit)
expect_status 0 "$SHAPESIM" "${options[@]}" -o all
tables=$(cd all && ls -- *.csv)

# settings DIR: summary.json without what says which files there are
settings() {
    sed -E 's/ --(files [a-z]+|compress)//g; /^ *"(files|compress)": ("|true)/d
        /^  "files": \{\}/d; /^  "files": \{$/,/^  \}/d' "$1/summary.json"
}

# --- compressed -----------------------------------------------------------------------------------

for directory in packed again; do
    expect_status 0 "$SHAPESIM" "${options[@]}" --compress -o $directory
done
expect_same "compressed again" packed again
expect_equal "its files" "$(sed 's/$/.zst/' <<<"$tables")" "$(cd packed && ls -- *.csv*)"
mkdir unpacked
for table in $tables; do
    zstd -dcq "packed/$table.zst" >"unpacked/$table" || fail "$table.zst: zstd cannot read it"
    expect_same "$table" "all/$table" "unpacked/$table"
done
expect_equal "summary.json" "$(settings all)" "$(settings packed)"
expect_equal "the hash of what is stored" "$(sed -n 's/^ *"flows.csv.zst": "\(.*\)",*$/\1/p' packed/summary.json)" \
    "$(xxhsum -H2 <packed/flows.csv.zst | cut -c1-32)"
expect_status 0 "$SHAPESIM" verify packed
expect_equal "nothing is left out" 0 "$(grep -c 'not checked' out)"
expect_status 0 "$SHAPESIM" verify all --against packed
expect_match "rows" '^--against  *[0-9]+ rows are the same' out

# Damage is found, and named.
cp -r packed damaged
head -c 1000 packed/flows.csv.zst >damaged/flows.csv.zst
expect_status 1 "$SHAPESIM" verify damaged --no-hashes
expect_match "cut" "^shapesim: flows.csv: header: cannot be read .*the file ends too early" err
printf 'flow,group\n' >damaged/flows.csv.zst
expect_status 1 "$SHAPESIM" verify damaged --no-hashes
rm damaged/flows.csv.zst
expect_status 1 "$SHAPESIM" verify damaged --no-hashes
expect_match "missing" '^shapesim: damaged/flows.csv: No such file or directory' err
cp all/flows.csv damaged/flows.csv
expect_status 1 "$SHAPESIM" verify damaged
expect_match "another one" 'flows.csv: not among the files of summary.json' out

# A run takes the place of another, whichever is compressed.
for option in '' --compress ''; do
    expect_status 0 "$SHAPESIM" "${options[@]}" $option -o replaced --force
done
expect_same "in turns" all replaced
expect_status 0 "$SHAPESIM" "${options[@]}" --compress -o replaced --force
expect_same "compressed in its place" packed replaced

# --- fewer files ----------------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" "${options[@]}" --files tables -o tables
expect_equal "without those of ticks" "$(grep -v ticks <<<"$tables")" "$(cd tables && ls -- *.csv)"
for table in $(cd tables && ls -- *.csv); do
    expect_same "$table" "all/$table" "tables/$table"
done
expect_status 0 "$SHAPESIM" "${options[@]}" --files summary --compress -o summary
expect_equal "alone" summary.json "$(ls summary)"
for directory in tables summary; do
    expect_equal "summary.json of $directory" "$(settings all)" "$(settings $directory)"
done
expect_status 0 "$SHAPESIM" verify tables --want 'p99<=1h'
expect_equal "not checked" 13 \
    "$(grep -c '^    not checked: the run has not kept ticks.csv and flow_ticks.csv (--files tables)$' out)"
expect_match "checked" '^offered = delivered \+ backlog  *[0-9]+ compared .* holds$' out
expect_match "a demand" '^--want p99<=1h .* holds$' out
expect_status 0 "$SHAPESIM" verify summary --want 'p99<=1h'
expect_match "not checked" '^    not checked: the run has not kept flows.csv \(--files summary\)$' out
expect_match "a demand" '^--want p99<=1h .* holds$' out
expect_status 1 "$SHAPESIM" verify summary --want 'grants<=0'
expect_status 1 "$SHAPESIM" report summary
expect_match "no page" '^shapesim: summary: the run has not kept flows.csv \(--files summary\), which' err
# What it has kept must be there, and be right.
rm tables/flows.csv
expect_status 1 "$SHAPESIM" verify tables
expect_match "missing" 'flows.csv: No such file or directory' err

# --- a sweep --------------------------------------------------------------------------------------

# shellcheck disable=SC2054
sweep=(sweep -q "$traces/dns.pcap" --rate 100kbit --vary tick=10ms,20ms)
run=runs/dns.pcap_tick=10ms_seed=1
for kept in '' '--files all' '--files summary' '--compress --files all'; do
    # shellcheck disable=SC2086 # words
    expect_status 0 "$SHAPESIM" "${sweep[@]}" $kept -o "swept${kept// /}"
done
expect_equal "by default" no "$([ -e "swept/$run/ticks.csv" ] && echo yes || echo no)"
expect_equal "a table" yes "$([ -e "swept/$run/flows.csv" ] && echo yes || echo no)"
expect_equal "all" yes "$([ -e "swept--filesall/$run/ticks.csv" ] && echo yes || echo no)"
expect_equal "compressed" yes "$([ -e "swept--compress--filesall/$run/ticks.csv.zst" ] && echo yes || echo no)"
for kept in --filesall --filessummary --compress--filesall; do
    expect_same "the tables of $kept" swept/sweep.csv "swept$kept/sweep.csv"
    expect_status 0 "$SHAPESIM" verify "swept$kept"
done
expect_status 2 "$SHAPESIM" "${sweep[@]}" --files nothing -o none

finish
