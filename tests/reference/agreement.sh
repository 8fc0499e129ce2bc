#!/usr/bin/env bash
# What is predicted of a small capture in closed loop, and what a real server and real clients measure on the
# wall clock, within wide bounds; open replay's prediction is beyond them. A machine that wakes processes late
# gets up to three plays, and if it disturbs all of them, the test says so and is skipped.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/../program/lib.sh"
: "${REFERENCE_PLAY:?path of reference_play}"

REFERENCE_PLAY=$(realpath -- "$REFERENCE_PLAY")
export SHAPESIM REFERENCE_PLAY
limit=(--write 1500:6000)

# Six clients, 1 ms after one another, ask three times, 40 ms after each response. A response takes the server
# 5 ms and has 6000 bytes in four packets within 3 ms. At 150 kB/s the 108 kB take 0.7 s.
awk 'BEGIN {
    for (client = 0; client < 6; client++)
        for (i = 0; i < 3; i++) {
            us = 1000 * client + 48000 * i
            print us "," client ",r,200"
            for (packet = 0; packet < 4; packet++) print us + 5000 + 1000 * packet "," client ",w,1500"
        }
}' | sort -t, -s -n -k 1,1 | expect_status 0 "$PACKETS"
cp out clients.pcap

"$REFERENCE_PLAY" "${limit[@]}" clients.pcap --packets packets.csv >figures 2>err
[ $? -ne 77 ] || skip "$(cat err)"
# What is captured is exact; so is the number of exchanges and packets.
expect_equal "what was captured" "$(list 'captured_response_max_s 0.008000' 'captured_response_p50_s 0.008000' \
    'exchanges 18' 'flows 6' 'read_packets 18' 'write_packets 72')" \
    "$(grep -E '^(exchanges|flows|captured_response_(p50|max)_s|.*_packets) ' figures | sort)"
expect_equal "bytes" "read 3600 write 108000" "$(columns packets.csv direction bytes |
    awk '{ sum[$1] += $2 } END { print "read", sum["read"], "write", sum["write"] }')"
# In closed loop a packet is due after its cause as it was captured, or later.
expect_equal "dues before the captured time" "" \
    "$(columns packets.csv due_s captured_s | awk '$1 < $2' | head -n 1)"

compare() { "$here/compare" "${limit[@]}" --runs 1 --seeds 3 --bounds 25:5 "$@" clients.pcap; }
compare >table
case $? in
0) ;;
3) skip "the machine was not quiet: $(head -n 1 table)" ;;
*) fail "closed: $(cat table)" ;;
esac

# The comparison finds what is wrong, whether the machine is quiet or not.
printf '#!/bin/bash\nexec "%s" "${@/#closed/open}"\n' "$SHAPESIM" >open_loop
chmod +x open_loop
SHAPESIM=$PWD/open_loop compare --quiet 1000 >table && fail "open replay agrees, too: $(cat table)"
expect_match "what differs" '^write_delay_p99_s .* differs$' table

expect_status 2 "$REFERENCE_PLAY" "${limit[@]}"
expect_status 2 "$REFERENCE_PLAY" --write 100:50 clients.pcap
expect_status 2 "$here/compare" clients.pcap
expect_status 1 "$REFERENCE_PLAY" "${limit[@]}" nothing.pcap
expect_match "the file" 'reference_play: nothing.pcap: ' err
finish
