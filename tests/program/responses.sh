#!/usr/bin/env bash
# What clients feel: response and completion times in run's table and JSON, in demands, in a sweep's tables and in
# its ranking. Cases small enough for paper.
. "$(dirname "$0")/lib.sh"

# packets_of FILE: reads packets from standard input
packets_of() {
    expect_status 0 "$PACKETS" && cp out "$1"
}
# sweep DIR ARGUMENT...: with its ranking in the file ranking.json
sweep() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" sweep -q --json -o "$directory" "$@"
    mv out ranking.json
}
ranking() { jq -cr "$1" ranking.json; }

# --- one client, two requests ------------------------------------------------------------------------

# 200 bytes a tick of 100 ms. The response of 600 bytes, captured after 10 ms, is there at 200 ms, 190 ms later. The
# client's second request comes at 250 ms instead of 60, and its answer at 300: after 50 ms instead of 10. The
# last of 950 bytes was captured at 70 ms. No packet waits for longer than 190 ms from when it is due; from
# when it was captured, the last one is 230 ms late.
printf '%s\n' 0,0,r,100 10000,0,w,600 60000,0,r,50 70000,0,w,200 | packets_of one.pcap
expect_status 0 "$SHAPESIM" run one.pcap --write-rate 16kbit --tick 100ms --replay closed -o one
awk '$2 == "figure" { inside = 1 } inside && /^$/ { next } /^one: / { exit } inside' out >table
cat >expected <<'END'
group       figure           number    never        p50        p90        p99        max
all         response              2        0   50.17 ms     200 ms     200 ms     200 ms
              captured                            10 ms      10 ms      10 ms      10 ms
              added                            40.19 ms     190 ms     190 ms     190 ms
              slowdown            2        0      5.014         20         20         20
            completion            1        0     300 ms     300 ms     300 ms     300 ms
              captured                            70 ms      70 ms      70 ms      70 ms
            read delay                             0 us       0 us       0 us       0 us
              behind                               0 us     190 ms     190 ms     190 ms
            write delay                        40.19 ms     190 ms     190 ms     190 ms
              behind                           190.5 ms     230 ms     230 ms     230 ms
slowest exchanges, by the time added
  10.1.0.0:20000 -> 10.0.0.1:80, exchange 1 of flow 1 at 0 us: 200 ms instead of 10 ms
  10.1.0.0:20000 -> 10.0.0.1:80, exchange 2 of flow 1 at 250 ms: 50 ms instead of 10 ms
all: small delays (p99 190 ms), as packets are due later: flows take 300 ms, not 70 ms (p99)
END
expect_same "the table" expected table
expect_status 0 "$SHAPESIM" run -q --json one.pcap --write-rate 16kbit --tick 100ms --replay closed
expect_equal "the same as JSON" '[2,0,0.2,0.01,0.19,20,0.3,0.07,true,0.19,0.23,0]' "$(jq -c '.groups[0] |
    [.responses.exchanges, .responses.unanswered, .responses.response_max_s, .responses.captured_response_max_s,
     .responses.added_max_s, .responses.slowdown_p99, .completion.completion_max_s,
     .completion.captured_completion_max_s, .completion_outgrows_delay, .write.delay_max_s, .write.behind_max_s,
     .write.withheld_bytes]' out)"

expect_status 0 "$SHAPESIM" verify one --want 'response.max<=200ms' --want 'added.p90<=190ms' \
    --want 'slowdown.p99<=20' --want 'completion.p99<=300ms' --want 'write.behind.max<=230ms' \
    --want 'response.p50>=50ms'
expect_status 1 "$SHAPESIM" verify one --want 'response.p99<=199ms'
expect_match "which fails" 'group all: response.p99: 0.2 s is above the 0.199 s demanded' err

# --- by which keys a sweep ranks -----------------------------------------------------------------------

# Twice the rate: 400 bytes at 10 ms, 200 at 100 ms. The second request comes at 150 ms, and its answer is ready at
# 160 ms, when the bucket still has 200 bytes.
sweep rates one.pcap --tick 100ms --replay closed --vary write-rate=16kbit,32kbit --want 'response.max<=150ms'
expect_equal "the keys" "response.p99 added.p99 completion.p99 jain grants" \
    "$(ranking '[.keys[].key] | join(" ")')"
expect_equal "the order" "32kbit 16kbit" "$(ranking '[.ranking[].setting["write-rate"]] | join(" ")')"
expect_equal "what is too slow" \
    "--want 'response.max<=150ms': group all: response.max: 0.2 s is above the 0.15 s demanded" \
    "$(ranking '.ranking[1].reasons[]')"
expect_equal "in sweep.csv" "$(list \
    '2 0 0.200000 0.010000 0.190000 0.300000 0.070000 0.230000 0 0' \
    '2 0 0.100000 0.010000 0.090000 0.160000 0.070000 0.090000 0 0')" \
    "$(columns rates/sweep.csv exchanges unanswered response_max_s captured_response_max_s added_max_s \
        completion_p99_s captured_completion_p99_s write_behind_max_s write_withheld_bytes broken_flows)"
expect_equal "in sweep-long.csv, without direction" "0.200000 0.100000" \
    "$(columns rates/sweep-long.csv direction metric value | awk '/response_max_s/ && !/captured/ { print $2 }' |
        paste -sd ' ')"

# What no client waits for is ranked as before.
printf '%s\n' 0,0,r,100,U 10000,0,w,600,U | packets_of udp.pcap
sweep udp udp.pcap --tick 100ms --replay closed --vary write-rate=16kbit,32kbit
expect_equal "without exchanges" "jain p99 grants" "$(ranking '[.keys[].key] | join(" ")')"
expect_equal "no figures" "0 0 " "$(columns udp/sweep.csv unanswered exchanges response_p99_s | sed -n 1p)"

# --- what is never answered --------------------------------------------------------------------------------

# With a min-share of 0 the server sees an end of file in the request of flow 1, and never answers.
# What it and the client then never sent are 370 of the trace's 570 bytes.
printf '%s\n' 0,0,r,100 1000,1,r,100 50000,0,w,300 60000,0,r,70 61000,0,w,0,F 62000,0,r,0,F |
    packets_of lost.pcap
expect_status 0 "$SHAPESIM" run lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms --min-share 0 \
    --transport socket --replay closed
expect_match "the response" '^all +response +1 +1 +never +never +never +never$' out
expect_match "the flows" '^ +completion +2 +2 +never +never +never +never$' out
expect_match "who waits" '^  10\.1\.0\.0:20000 -> .*, exchange 1 of flow 1 at 0 us: never instead of 50 ms$' out
expect_match "what was never due" \
    '^all: 70 B \(read\) and 300 B \(write\) were never due, as what they react to did not come$' out
sweep lost lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms --transport socket --replay closed \
    --vary min-share=0,8
expect_equal "the order" "8 0" "$(ranking '[.ranking[].setting["min-share"]] | join(" ")')"
expect_equal "the reasons" "$(list \
    'withholds 65 % of the trace: 370 bytes are never offered, as what they react to was lost' \
    'breaks flows: 2 of 2 see a false end of file, and 1 could never go on' \
    'leaves 1 of 1 exchanges unanswered')" "$(ranking '.ranking[1].reasons[1:][]')"
expect_equal "infinite" "1 inf inf inf" \
    "$(columns lost/sweep.csv unanswered response_p50_s added_max_s completion_p99_s | sed -n 1p)"
expect_equal "over the seeds" "1 inf  " "$(columns lost/sweep-summary.csv response_p99_s_n response_p99_s_mean \
    response_p99_s_sd response_p99_s_ci95 | sed -n 1p)"
expect_match "by demand" "group all: response.p50: 1 of 1 exchanges were never answered" \
    <("$SHAPESIM" verify lost/runs/lost.pcap_min-share=0_seed=1 --want 'response.p50<=1h' 2>&1)
finish
