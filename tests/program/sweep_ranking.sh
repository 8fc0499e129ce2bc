#!/usr/bin/env bash
# Which setting a sweep recommends, and why: nothing that loses bytes, ties go to the next key, what is
# asked for is met, fairness is over the same time for all ticks.
. "$(dirname "$0")/lib.sh"
cp "$(cd "$here/../.." && pwd)/traces/web.pcap" .

# sweep DIR ARGUMENT...: with its ranking in the file ranking.json
sweep() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" sweep -q --json -o "$directory" "$@"
    mv out ranking.json
}

# ranking FILTER: what jq makes of it
ranking() { jq -cr "$1" ranking.json; }
order='[.ranking[].setting | to_entries[0].value] | join(" ")'

# --- what loses bytes -------------------------------------------------------------------------------

# With a min-share of 0 libevent reports a false end of file to sockets: 34 of 42 flows break, and 92 %
# of the bytes are lost. What is left is delivered quickly.
lossy=(web.pcap --count payload --replay open --transport socket --write-rate 4mbit --tick 20ms --vary min-share=0,64)
sweep lossy "${lossy[@]}" --rank jain,p99,grants
expect_equal "order" "64 0" "$(ranking "$order")"
expect_equal "eligible" "[true,false]" "$(ranking '[.ranking[].eligible]')"
expect_equal "places" "[1,2]" "$(ranking '[.ranking[].place]')"
expect_equal "recommended" '{"min-share":"64"}' "$(ranking .recommended)"
expect_equal "reasons" "$(list 'loses 92 %: 4533104 of 4945933 bytes offered are not delivered' \
    'breaks flows: 34 of 42 see a false end of file' 'leaves 72 of 97 exchanges unanswered')" \
    "$(ranking '.ranking[1].reasons[]')"
expect_equal "its delay is shorter" true \
    "$(ranking '.ranking[1].values.p99.mean < .ranking[0].values.p99.mean')"
expect_equal "false_eofs" "34 0" "$(columns lossy/sweep.csv write_false_eofs | paste -sd ' ')"
expect_equal "undelivered_bytes" "" "$(columns lossy/sweep.csv write_undelivered_bytes write_delivered_percent | awk '
    NR == 1 && ($1 < 4500000 || $2 > 9) || NR == 2 && ($1 != 0 || $2 != 100)')"
for key in response added jain p50 p99 max throughput utilisation rfb gps sigma grants lost jain-1 jain-least lag; do
    for by in keys sum; do
        sweep lossy "${lossy[@]}" --rank $key --rank-by $by
        expect_equal "by $key, $by" "64 0" "$(ranking "$order")"
    done
done

# Cut by --max-time, nothing is delivered whole, and nothing is recommended.
sweep cut web.pcap --count payload --write-rate 4mbit --tick 20ms --vary min-share=1,64 --max-time 2s
expect_equal "cut" "[false,false]" "$(ranking '[.ranking[].eligible]')"
expect_equal "nothing is recommended" null "$(ranking .recommended)"
expect_match "why" '^nothing is recommended: no setting delivers everything' <(ranking .advice)
expect_match "what was cut off" '^--max-time cuts off [0-9]+ % of the trace: [0-9]+ bytes are never offered' \
    <(ranking '.ranking[0].reasons[1]')

# --- unlimited and idle directions -------------------------------------------------------------------

# From 16 mbit on nothing waits for long. The read direction, which carries 8 kB, decides nothing.
sweep rates web.pcap --count payload --tick 10ms --vary 'write-rate=2mbit..20mbit+2mbit' --rank p99,utilisation
first=$(ranking '.recommended["write-rate"]')
[ "${first%mbit}" -ge 16 ] || fail "by p99 and utilisation $first is first"
expect_equal "no limit, no figure" "" \
    "$(columns rates/sweep.csv read_utilisation read_rate_bytes_per_s read_burst_bytes | grep -v '^ *$')"
expect_equal "rates as numbers" "$(seq 250000 250000 2500000 | sed 's/$/.000000/')" \
    "$(columns rates/sweep.csv write_rate_bytes_per_s)"
sweep both web.pcap --count payload --burst 64KiB --tick 10ms --vary 'rate=2mbit..20mbit+2mbit' --rank p99,utilisation
first=$(ranking .recommended.rate)
[ "${first%mbit}" -ge 16 ] || fail "by p99 and utilisation $first is first, with both directions limited"
expect_equal "one column for both" "tick_s,rate_bytes_per_s,burst_bytes,min_share_bytes" \
    "$(head -n 1 both/sweep.csv | grep -oE 'tick_s,.*min_share_bytes')"
expect_equal "parameters" "0.010000 250000.000000 65536 64" \
    "$(columns both/sweep.csv tick_s rate_bytes_per_s burst_bytes min_share_bytes | head -n 1)"

# --- ties --------------------------------------------------------------------------------------------

shares=(web.pcap --count payload --rate 4mbit --burst 64KiB --tick 20ms --seeds 1-5)
sweep shares "${shares[@]}" --vary min-share=1,64
expect_equal "64 is cheaper" "64 1" "$(ranking "$order")"
expect_equal "places" "[1,2]" "$(ranking '[.ranking[].place]')"
sentence="^recommended: min-share=64: against the next, min-share=1, it gains grants per MB 4[0-9]+ instead of 1[0-9]+"
expect_match "the sentence" "$sentence and costs nothing; it has libevent's default min-share$" \
    <(ranking .advice)
sweep shares "${shares[@]}" --vary min-share=1,64 --rank jain
expect_equal "a tie in J" "[1,1]" "$(ranking '[.ranking[].place]')"
sweep shares "${shares[@]}" --vary min-share=1,64 --rank jain,p99
expect_equal "and in p99" "[1,1]" "$(ranking '[.ranking[].place]')"

# By hand: web.pcap at 4 mbit, J over 10 ticks of 20 ms.
hand=(web.pcap --count payload --replay open --rate 4mbit --burst 64KiB --tick 20ms --vary min-share=64,4096,10000)
sweep hand "${hand[@]}" --fairness-window 200ms --rank jain,p99,grants
expect_equal "window" 0.2 "$(ranking .compared_window_s)"
expect_equal "J" "0.966 0.721 0.538" \
    "$(ranking '[.ranking[].values.jain.mean * 1000 | round / 1000] | join(" ")')"
expect_equal "J in the table" "0.966 0.721 0.538" \
    "$(columns hand/sweep.csv write_jain_compared | awk '{ printf "%.3f\n", $1 }' | paste -sd ' ')"
expect_equal "least J in the table" "0.642 0.327 0.177" \
    "$(columns hand/sweep.csv write_jain_least_compared | awk '{ printf "%.3f\n", $1 }' | paste -sd ' ')"
expect_equal "and in the long one" "$(columns hand/sweep.csv write_jain_compared)" \
    "$(columns hand/sweep-long.csv direction metric window_s value |
        awk '$1 == "write" && $2 == "jain" && $3 == "0.200000" { print $4 }')"
expect_equal "its header" run,trace,min-share,seed,group,direction,metric,window_s,value \
    "$(head -n 1 hand/sweep-long.csv | tr -d '\r')"
expect_equal "its windows" "$(jq '.groups[].write.fairness.jain[] | select(.mean != null) | .window_s' \
    hand/runs/web.pcap_min-share=64_seed=1/summary.json | awk '{ printf "%.6f\n", $1 }')" \
    "$(columns hand/sweep-long.csv min-share direction metric window_s |
        awk '$1 == 64 && $2 == "write" && $3 == "jain_least" { print $4 }')"

# --- demands -----------------------------------------------------------------------------------------

sweep hand "${hand[@]}" --rank grants
expect_equal "by cost" "10000 4096 64" "$(ranking "$order")"
sweep hand "${hand[@]}" --rank grants --want 'jain@200ms>=0.7'
expect_equal "with a demand" "4096 64 10000" "$(ranking "$order")"
expect_equal "who meets it" "[true,true,false]" "$(ranking '[.ranking[].eligible]')"
expect_match "the reason" "^--want 'jain@200ms>=0.7': group all: write: jain over 200 ms \(10 ticks\): 0.53" \
    <(ranking '.ranking[2].reasons[0]')
mv ranking.json wanted.json
expect_status 0 "$SHAPESIM" sweep --collect hand --json --rank grants
expect_same "--collect knows the demand" wanted.json out
expect_status 0 "$SHAPESIM" sweep --collect hand --json --rank grants --want 'jain@200ms>=0.6'
expect_equal "unless another is given" "4096 64 10000" "$(jq -r "$order" out)"

# --- the window compared -----------------------------------------------------------------------------

# 10 and 500 ms: 500 ms. 100 ms is no whole number of ticks of 500 ms.
sweep ticks web.pcap --count payload --write-rate 4mbit --vary tick=10ms,500ms
expect_equal "the window of all ticks" 0.5 "$(ranking .compared_window_s)"
expect_equal "in sweep.csv" "0.500000 0.500000" "$(columns ticks/sweep.csv compared_window_s | paste -sd ' ')"
expect_equal "in sweep.json" 0.5 "$(jq .compared_window_s ticks/sweep.json)"
expect_status 0 "$SHAPESIM" sweep -o ticks web.pcap --count payload --write-rate 4mbit --vary tick=10ms,500ms
expect_match "in the table" \
    '^best by response p99, then added p99, then completion p99, then jain \(500 ms\), then grants per MB$' out
# 7 and 11 ms: 154 ms, which neither measures unless it is asked to.
sweep odd web.pcap --count payload --write-rate 4mbit --vary tick=7ms,11ms
expect_equal "an odd window" 0.154 "$(ranking .compared_window_s)"
expect_match "is asked for" '"command": ".* --tick 7ms --files tables --fairness-window 154ms --seed 1"' \
    odd/runs/web.pcap_tick=7ms_seed=1/summary.json
expect_equal "and measured" "" "$(columns odd/sweep.csv write_jain_compared | awk '$1 == "" || $1 > 1')"
# No run is asked for a window of 30 years; what is not measured decides nothing.
primes=(web.pcap --count payload --rate 4mbit --vary 'tick=997ms,991ms,983ms,977ms')
sweep primes "${primes[@]}"
expect_equal "no window" null "$(ranking .compared_window_s)"
expect_equal "no figure" "[null]" "$(ranking '[.ranking[].values.jain.mean] | unique')"
expect_status 0 "$SHAPESIM" sweep -o primes "${primes[@]}"
expect_match "is said" '^fairness is not compared: no window that can be measured is whole in all ticks$' out
expect_equal "100 ms are 15 and 10 ticks" "105 110" "$(jq '.groups[].write.fairness.headline.window_s * 1000 | round' \
    odd/runs/*/summary.json | sort -n | paste -sd ' ')"

# --- impossible combinations -------------------------------------------------------------------------

impossible=(web.pcap --count payload --rate 4mbit --vary 'burst=1KiB,64KiB' --vary 'tick=10ms,100ms,200ms')
expect_status 0 "$SHAPESIM" sweep -o impossible "${impossible[@]}"
expect_match "said before" \
    '^shapesim: 4 of 6 combinations are impossible and left out; burst=1KiB tick=10ms: --burst \(read\) of 1024 B' err
expect_match "listed" '^impossible, left out: 4$' out
expect_match "with the reason" '^  burst=64KiB tick=200ms: --burst \(read\) of 65536 B is below one tick' out
expect_equal "runs" 2 "$(columns impossible/sweep.csv status | grep -c '^ok$')"
expect_equal "rows" 2 "$(columns impossible/sweep.csv run | wc -l)"
sweep impossible "${impossible[@]}"
expect_equal "as JSON" '{"burst":"64KiB","tick":"200ms"}' "$(ranking '.impossible[3].setting')"
expect_equal "in sweep.json" "$(ranking .impossible)" "$(jq -c .impossible impossible/sweep.json)"
expect_status 0 "$SHAPESIM" sweep -q -o impossible-jobs "${impossible[@]}" --print-jobs
expect_equal "jobs" 2 "$(wc -l <out)"
mv out jobs
sh jobs >/dev/null 2>&1
expect_status 0 "$SHAPESIM" sweep -q --collect impossible-jobs
expect_same "collected" impossible/sweep.csv impossible-jobs/sweep.csv

# --- a sweep that grows ------------------------------------------------------------------------------

growing=(web.pcap --rate 4mbit --tick 20ms -o growing -q)
expect_status 0 "$SHAPESIM" sweep "${growing[@]}" --vary min-share=64,1500
touch -d @1000000 growing/runs/*/summary.json
expect_status 0 "$SHAPESIM" sweep "${growing[@]}" --vary min-share=1,64,1500 --seeds 1-2
expect_equal "runs" 6 "$(columns growing/sweep.csv status | grep -c '^ok$')"
expect_equal "those that were kept" 2 "$(find growing/runs -name summary.json ! -newermt @1000001 | wc -l)"
expect_status 0 "$SHAPESIM" sweep "${growing[@]}" --vary min-share=64,512
expect_equal "rows" "$(list 64 512)" "$(columns growing/sweep.csv min-share)"
expect_equal "directories" 7 "$(find growing/runs -mindepth 1 -maxdepth 1 | wc -l)"
sweep growing "${growing[@]:0:5}" --vary min-share=64,512
expect_equal "runs of no setting" 5 "$(ranking .other_runs)"
expect_status 0 "$SHAPESIM" sweep "${growing[@]:0:7}" --vary min-share=64,512
expect_match "said" '^runs/ also has 5 that are not part of this sweep$' out
expect_match "and before" '^shapesim: 5 runs that are there are not part of this sweep; they stay' err
expect_status 0 "$SHAPESIM" sweep --collect growing --json
expect_equal "collected" 5 "$(jq .other_runs out)"
cp web.pcap other.pcap
expect_status 0 "$SHAPESIM" sweep web.pcap other.pcap "${growing[@]:1}" --vary min-share=64,512
expect_equal "one more trace" "$(list other.pcap other.pcap web.pcap web.pcap)" \
    "$(columns growing/sweep.csv trace | sort)"
expect_equal "kept" 2 "$(find growing/runs -name summary.json ! -newermt @1000001 | wc -l)"

finish
