#!/usr/bin/env bash
# What a run did not deliver, and what --max-time cut off before it was offered: in exact bytes, by
# group and direction.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

# losses DIR: of each group and direction what was offered, delivered, neither, and the percentage
losses() {
    jq -r '.groups[] | . as $group | ("read", "write") | . as $d | $group[$d] |
        [$group.name, $d, .offered_bytes, .delivered_bytes, .undelivered_bytes, .unoffered_bytes,
         .delivered_percent] | map(. // "null" | tostring) | join(" ")' "$1/summary.json"
}

# Flow 0 (tcp) reads 1000 at 0, 1 and 2 s and writes 500 at 1.5 s. Flow 1 (udp) reads 100 at 0.5 and
# 2.5 s. Flow 2 (tcp) begins at 2 s with 40, and flow 3 (udp) at 3 s with 7.
"$PACKETS" 0,0,r,1000 500000,1,r,100,U 1000000,0,r,1000 1500000,0,w,500 2000000,0,r,1000 \
    2000000,2,r,40 2500000,1,r,100,U 3000000,3,r,7,U >four.pcap

run whole four.pcap --rate 1mbit --tick 100ms
expect_equal "nothing is cut" "$(list 'all read 3247 3247 0 0 100' 'all write 500 500 0 0 100')" \
    "$(losses whole)"

# 100 B a tick, and the first is there at 0: at 1.2 s there have been 13 ticks, so 1300 of 2100.
run cut four.pcap --read-rate 100B/tick --tick 100ms --min-share 1 --max-time 1250ms
expect_equal "cut" "$(list 'all read 2100 1300 800 1147 40.0369571912535' 'all write 0 0 0 500 0')" \
    "$(losses cut)"
expect_match "the warning" \
    '^shapesim: warning: stopped at --max-time with 800 bytes undelivered and 1647 bytes of the trace not offered$' \
    cut.err
expect_equal "the trace's counts end with the run" "3 2 2100" \
    "$(jq -r '.trace | "\(.replayed_packets) \(.flows) \(.bytes)"' cut/summary.json)"

run swapped four.pcap --write-rate 100B/tick --tick 100ms --min-share 1 --max-time 1250ms --shape initiator
expect_equal "cut, and the initiator is shaped" \
    "$(list 'all read 0 0 0 500 0' 'all write 2100 1300 800 1147 40.0369571912535')" "$(losses swapped)"

# Frames of TCP have 54 bytes of headers, of UDP 42.
run wire four.pcap --rate 1mbit --tick 100ms --max-time 1750ms --count wire
expect_equal "cut, frames" "$(list 'all read 2250 2250 0 1339 62.6915575369184' \
    'all write 554 554 0 0 100')" "$(losses wire)"

run filtered four.pcap --rate 1mbit --tick 100ms --max-time 250ms --filter 'udp'
expect_equal "the filter is that of the run" \
    "$(list 'all read 100 100 0 107 48.3091787439614' 'all write 0 0 0 0 null')" "$(losses filtered)"

# --- groups -----------------------------------------------------------------------------------------

# A flow's first packet says where it would join; "-" has no flow before the cut.
run groups four.pcap --group 'name=web,match=tcp,rate=1mbit' \
    --group 'name=early,match=udp src port 20001,rate=1mbit' --max-time 1250ms
expect_equal "groups" "$(list 'web read 2000 2000 0 1040 65.7894736842105' 'web write 0 0 0 500 0' \
    'early read 100 100 0 100 50' 'early write 0 0 0 0 null' '- read 0 0 0 7 0' '- write 0 0 0 0 null')" \
    "$(losses groups)"

# Flow 1 is in web at 1.25 s, and leaves only later; flow 3 would join udp still.
run moved four.pcap --group 'name=web,match=tcp,rate=1mbit' --group 'name=udp,match=udp,rate=1mbit' \
    --at 1s:flow=2,join=web --at 2s:flow=2,leave --max-time 1250ms
expect_equal "a flow that moved counts where it is" "$(list 'web read 2000 2000 0 1140 63.6942675159236' \
    'web write 0 0 0 500 0' 'udp read 100 100 0 7 93.4579439252336' 'udp write 0 0 0 0 null')" \
    "$(losses moved)"

run left four.pcap --rate 1mbit --at 1s:flow=2,leave --max-time 1250ms
expect_equal "a flow that left counts in none" "$(list 'all read 2100 2100 0 1047 66.7302192564347' \
    'all write 0 0 0 500 0' '- read 0 0 0 100 0' '- write 0 0 0 0 null')" "$(losses left)"

# A flow that ended with a false end of file has lost what waited, and its later packets.
run broken four.pcap --transport socket --read-rate 100B/tick --tick 100ms --min-share 0
expect_equal "a false end of file" "$(jq '[.groups[].false_end_of_file_flows] | add' broken/summary.json)" \
    "$(columns broken/flows.csv close | grep -cE 'eof|broken')"
expect_equal "what it loses" "$(columns broken/flows.csv offered_read_bytes read_bytes |
    awk '{ lost += $1 - $2 } END { print lost }')" \
    "$(jq '.groups[0].read.undelivered_bytes' broken/summary.json)"

# --- who is told ------------------------------------------------------------------------------------

# A table rounds down: 99.99 % is not 100 %.
"$PACKETS" 0,0,r,9999 1000000,0,r,1 >last.pcap
expect_status 0 "$SHAPESIM" run last.pcap --rate 1mbit --tick 100ms --max-time 500ms
expect_match "the table" '^all +read +- +- +- +[0-9]+ +0 B +1 B +99\.9 %$' out
expect_status 0 "$SHAPESIM" run four.pcap --rate 1mbit --tick 100ms
expect_match "the table of a run that is not cut" '^all +read +- +- +- +[0-9]+ +0 B +0 B +100\.0 %$' out

use_a_gnuplot_that_draws_nothing
expect_status 0 "$SHAPESIM" report -q cut
expect_match "the page says that the run was cut" '<p class="warns">The run was cut: --max-time came before' \
    cut/report/index.html
expect_match "and what is missing" \
    '<li>all, read: 800.*B not delivered, 1.147.*kB of the trace not offered; 40.0 % of the trace was delivered</li>' \
    cut/report/index.html
expect_status 0 "$SHAPESIM" report -q whole
if grep -q '<li>.*not delivered\|was cut' whole/report/index.html; then
    fail "the page of a whole run speaks of losses"
fi

# --- traces that cannot be read on ------------------------------------------------------------------

# A pipe is read to its end only for its hash: without files a run ends at --max-time.
mkfifo pipe
exec 8<>pipe
cat four.pcap >&8
expect_status 0 timeout 20 "$SHAPESIM" run pipe --rate 1mbit --max-time 1250ms
expect_match "a pipe without -o" 'not offered is not known: the trace is no file' err
exec 8>&-
# shellcheck disable=SC2002 # a pipe is what is tried
cat four.pcap | "$SHAPESIM" run -q - --read-rate 100B/tick --tick 100ms --min-share 1 \
    --max-time 1250ms -o piped 2>err
expect_equal "a pipe with -o" "$(losses cut)" "$(losses piped)"

# Damage that the run does not come to leaves only the rest unknown.
{ cat four.pcap; record_header 4000000 4294967295 60; printf %100s ''; } >damaged.pcap
expect_status 0 "$SHAPESIM" run -q damaged.pcap --read-rate 100B/tick --tick 100ms --min-share 1 \
    --max-time 1250ms --flow-ticks all -o damaged
expect_match "the reason" 'what of the trace was not offered is not known: damaged.pcap: ' err
expect_equal "nothing is guessed" "$(list 'all read 2100 1300 800 null null' 'all write 0 0 0 null null')" \
    "$(losses damaged)"
expect_status 0 "$SHAPESIM" verify damaged

finish
