#!/usr/bin/env bash
# Names and texts of files come from strangers: whatever they hold, no terminal takes orders from
# what is printed, and no spreadsheet from what is written.
. "$(dirname "$0")/lib.sh"
use_a_gnuplot_that_draws_nothing

expect_status 0 "$SHAPESIM" trace synth --flows 2 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms)

# --- what is printed ------------------------------------------------------------------------------

evil=$'a\e]0;owned\a\n\x7f\xc2\x9b31mb'
plain='a?]0;owned?????31mb'
cp t.pcap "$evil.pcap"

# printed WHAT COMMAND...: as with plain names, after those of the command were made plain
printed() {
    local what=$1
    shift
    "$@" >out 2>err
    expect_equal "$what: control characters" 0 "$(cat out err | tr -d '\n' | LC_ALL=C grep -c '[[:cntrl:]]')"
    expect_equal "$what: control characters of C1" 0 "$(cat out err | LC_ALL=C grep -c $'\xc2[\x80-\x9f]')"
    expect_match "$what: the name" "${plain//\?/[?]}" <(cat out err)
}
printed 'trace info' "$SHAPESIM" trace info "$evil.pcap"
expect_equal 'trace info: the file' "file       $plain.pcap" "$(head -n 1 out)"
printed 'run' "$SHAPESIM" run "$evil.pcap" "${limits[@]}"
expect_equal 'run: the trace' "trace   $plain.pcap: 4 packets" \
    "$(head -n 1 out | sed 's/: [0-9]* packets.*/: 4 packets/')"
printed 'run -o' "$SHAPESIM" run t.pcap "${limits[@]}" -o "$evil"
expect_match 'run -o: the files' "^${plain//\?/[?]}: ticks.csv, .*, summary.json\$" out
printed 'run --atomic' "$SHAPESIM" run t.pcap "${limits[@]}" -o "$evil.whole" --atomic
printed 'report' "$SHAPESIM" report "$evil" --format svg
printed 'sweep' "$SHAPESIM" sweep "$evil.pcap" t.pcap "${limits[@]}" --vary min-share=1 -o "$evil.sweep"
expect_status 0 "$SHAPESIM" sweep t.pcap "${limits[@]}" --vary $'filter=tcp\nor udp,udp\tor tcp' -o axis
expect_match "a value of an axis" ' tcp[?]or udp ' out
expect_match "another" ' udp[?]or tcp ' out
printed 'a command' "$SHAPESIM" "$evil"
printf 'no capture' >bad.pcap
expect_status 1 "$SHAPESIM" sweep -q bad.pcap "${limits[@]}" --vary min-share=1 -o bad
error=bad/runs/bad.pcap_min-share=1_seed=1.error
EVIL=$evil awk '{ sub(/"error": ".*"/, "\"error\": \"a\\u001b]0;owned\\u0007\\n\\u007f\\u009b31mb\"") } 1' \
    $error >edited && cp edited $error
printed '.error' "$SHAPESIM" sweep --collect bad

# --- what is written ------------------------------------------------------------------------------

groups=(--group 'name=-web,match=tcp,rate=100kbit,tick=10ms' --group 'name=-5,match=udp port 53,rate=100kbit,tick=10ms')
run groups t.pcap "${groups[@]}"
expect_equal "a group in ticks.csv" "$(list "'-web" -5 | sort)" "$(sed 1d groups/ticks.csv | cut -d, -f3 | sort -u)"
expect_equal "a group in flows.csv" "'-web" "$(sed 1d groups/flows.csv | cut -d, -f2 | sort -u)"
run none t.pcap --group 'name=web,match=udp,rate=100kbit,tick=10ms'
expect_equal "the group without limits" - "$(sed 1d none/flows.csv | cut -d, -f2 | sort -u)"
expect_status 0 "$SHAPESIM" report -q groups --format svg
grep -q "'-web" groups/report/index.html && fail "the report shows the apostrophe"

cp t.pcap '=1+1.pcap'
cp bad.pcap '@bad.pcap'
groups=(--group 'name=-web,match=tcp,tick=10ms' "${groups[@]:2}")
expect_status 1 "$SHAPESIM" sweep -q ./=1+1.pcap ./@bad.pcap "${groups[@]}" --vary='-web.rate=100kbit' -o swept
expect_equal "runs and traces in sweep.csv" "'=1+1.pcap '=1+1.pcap ok" \
    "$(awk -F, 'NR == 2 { print substr($1, 1, 10), $2, $5 }' swept/sweep.csv)"
expect_match "an error in sweep.csv" ",'@bad.pcap,100kbit,1,\"?'@bad.pcap: " swept/sweep.csv
expect_match "columns of sweep.csv" \
    "^run,trace,'-web.rate,seed,status,'-web_read_throughput_bytes_per_s," swept/sweep.csv
expect_match "a column of a group called -5" ",'-5_read_throughput_bytes_per_s," swept/sweep.csv
expect_match "columns of sweep-summary.csv" \
    "^trace,'-web.rate,n,'-web_read_throughput_bytes_per_s_n," swept/sweep-summary.csv
expect_match "traces in sweep-summary.csv" "^'=1\+1.pcap,100kbit,1," swept/sweep-summary.csv
expect_equal "fields that are formulas" 0 \
    "$(cat swept/*.csv groups/*.csv | tr ',' '\n' | tr -d '"' | grep -E '^[=+@-]' | grep -Evc '^-?[0-9.]+$|^-$')"
cp swept/sweep.csv before.csv
expect_status 1 "$SHAPESIM" sweep -q --collect swept
expect_same "--collect" before.csv swept/sweep.csv
expect_status 0 "$SHAPESIM" report -q swept --format svg
grep -q "'=1+1" swept/report/index.html && fail "the report of a sweep shows the apostrophe"
finish
