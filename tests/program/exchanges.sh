#!/usr/bin/env bash
# exchanges.csv and the response times made from it, on paper: open and closed, cut, never answered.
. "$(dirname "$0")/lib.sh"

packets_of() { expect_status 0 "$PACKETS" && cp out "$1"; }
rows() { tail -n +2 "$1/exchanges.csv"; }
completion() { columns "$1/flows.csv" captured_completion_s completion_s; }
# figures DIR KEY...: values in summary.json of the first group, null where there is none
figures() {
    local directory=$1
    shift
    for key; do sed -n "s/^ *\"$key\": \([0-9.a-z-]*\),\{0,1\}$/\1/p" "$directory/summary.json" | head -n 1; done |
        paste -sd ' '
}
limit=(--write-rate 16kbit --tick 100ms)

# 200 bytes a tick. The response of 600 bytes is there at 200 ms, where the capture has it at 10 ms. In closed loop
# the client then thinks for 50 ms, and its second response, ready at 260 ms, leaves at 300 ms. Open, the second
# request comes at 60 ms whatever happened, and waits for the same tick.
printf '%s\n' 0,0,r,100 10000,0,w,600 60000,0,r,50 70000,0,w,200 | packets_of one.pcap
first=1,1,all,0.000000,100,600,0.010000,0.200000,0.010000,0.200000
run closed one.pcap "${limit[@]}" --replay closed
expect_equal "closed" "$(list $first 1,2,all,0.250000,50,200,0.010000,0.050000,0.010000,0.050000)" "$(rows closed)"
expect_equal "completion, closed" "0.070000 0.300000" "$(completion closed)"
run open one.pcap "${limit[@]}" --replay open
expect_equal "open" "$(list $first 1,2,all,0.060000,50,200,0.010000,0.240000,0.010000,0.240000)" "$(rows open)"
# Added: 190 and 230 ms; slowdown: 20 and 24; percentiles are exact to 0.8 %.
expect_equal "figures, open" "2 0 0 0.200703 0.24 0.01 0.190463 0.23 20.054015 24.0" \
    "$(figures open exchanges unanswered slowdown_left_out response_p50_s response_max_s captured_response_p50_s \
        added_p50_s added_max_s slowdown_p50 slowdown_p99)" # of 2 the median is the first
# Closed, packets are due later: 190, 190, 190 and 230 ms after their capture, and what is due never waits but in ticks.
expect_equal "behind, closed" "0.0 0.19" "$(figures closed delay_max_s behind_max_s)"

# Cut at 220 ms the second request is not due; at 150 ms the first response is not there; at 65 ms the second one is
# still to be captured, and its time is that of the whole trace.
run cut one.pcap "${limit[@]}" --replay closed --max-time 220ms
expect_equal "never due" "$(list $first 1,2,all,,50,200,0.010000,,0.010000,)" "$(rows cut)"
expect_equal "and infinite" "2 1 0.2 null null" \
    "$(figures cut exchanges unanswered response_p50_s response_p90_s added_max_s)"
run cut-open one.pcap "${limit[@]}" --replay open --max-time 65ms
expect_equal "cut in an exchange" \
    "$(list 1,1,all,0.000000,100,600,0.010000,,0.010000, 1,2,all,0.060000,50,200,0.010000,,0.010000,)" \
    "$(rows cut-open)"
expect_equal "completion of what is cut" "0.070000 " "$(completion cut-open)"

# A server that speaks first, a request without answer; a response in two packets, of which the first overdraws the
# bucket by shares of 64 bytes; UDP, which is in no group's figures.
printf '%s\n' 0,0,r,0,S 1000,0,w,30 2000,0,r,10 3000,1,r,20,U 4000,0,w,200 5000,0,w,200 6000,1,w,30,U 7000,0,r,5 |
    packets_of many.pcap
run many many.pcap "${limit[@]}" --replay open
expect_equal "each kind" "$(list 1,1,all,0.001000,0,30,0.000000,0.000000,0.000000,0.000000 \
    1,2,all,0.002000,10,400,0.002000,0.002000,0.003000,0.198000 1,3,all,0.007000,5,0,,,, \
    2,1,all,0.003000,20,30,0.003000,0.097000,0.003000,0.097000)" "$(rows many | sort)"
expect_equal "figures of TCP" "2 0 1 1" "$(figures many exchanges unanswered without_response slowdown_left_out)"
expect_equal "flows of any kind" "2" "$(sed -n '/"completion": {/,/}/s/^ *"flows": \([0-9]*\),/\1/p' many/summary.json)"
run largest many.pcap "${limit[@]}" --replay open --exchanges 1
expect_equal "of the flow with most bytes" "$(rows many | grep '^1,')" "$(rows largest)"
run none many.pcap "${limit[@]}" --replay open --exchanges none
[ ! -e none/exchanges.csv ] || fail "--exchanges none writes exchanges.csv"
expect_equal "the same figures" "$(sed -n '/"responses"/,/"read"/p' many/summary.json)" \
    "$(sed -n '/"responses"/,/"read"/p' none/summary.json)"

# A flow that moves: each exchange counts where its request was due, the flow where it opened.
run moved one.pcap --group 'name=a,match=tcp,rate=1mbit' --group 'name=b,match=udp,rate=1mbit' \
    --at 30ms:flow=1,join=b
expect_equal "groups" "$(list '1 a' '2 b')" "$(columns moved/exchanges.csv exchange group)"
expect_equal "exchanges by group" "1 1" \
    "$(sed -n 's/^ *"exchanges": \([0-9]*\),$/\1/p' moved/summary.json | paste -sd ' ')"

# A request that is lost to a false end of file is never answered in closed loop; in open replay the answer comes
# all the same.
printf '%s\n' 0,0,r,100 1000,1,r,100 50000,0,w,300 60000,0,r,70 61000,0,w,0,F 62000,0,r,0,F | packets_of lost.pcap
for replay in open closed; do
    expect_status 0 "$SHAPESIM" run -q -o lost-$replay lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms \
        --min-share 0 --transport socket --replay $replay
    expect_status 0 "$SHAPESIM" verify lost-$replay
done
expect_equal "lost, open" "1 0" "$(figures lost-open exchanges unanswered)"
expect_equal "lost, closed" "1 1" "$(figures lost-closed exchanges unanswered)"
expect_equal "the rows, closed" "$(list 1,1,all,0.000000,100,300,0.050000,,0.050000, 1,2,all,,70,0,,,,)" \
    "$(rows lost-closed | grep '^1,')"
finish
