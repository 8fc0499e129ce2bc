#!/usr/bin/env bash
# The captures that ship with the project, replayed under several limits, end well, and what the
# files of every run say agrees row by row.
. "$(dirname "$0")/lib.sh"

traces=$here/../../traces
captures=0
for capture in "$traces"/*.pcap; do
    [ -r "$capture" ] || continue
    name=${capture##*/}
    in_background "$name-group" run files "$capture" --rate 2mbit --tick 10ms
    in_background "$name-burst" run files "$capture" --rate 1mbit --burst 64KiB --tick 50ms \
        --min-share 1000 --seed 7
    in_background "$name-own" run files "$capture" --flow-rate 400kbit --flow-tick 20ms
    in_background "$name-both" run files "$capture" --rate 2mbit --tick 20ms --flow-rate 400kbit \
        --flow-burst 5000 --shape initiator --count wire
    in_background "$name-groups" run files "$capture" --idle-ticks skip --count ip \
        --group 'name=udp,match=udp,rate=64kbit,tick=25ms' \
        --group 'name=low,match=src portrange 1024-40000,read-rate=32kbit,write-rate=2mbit,tick=10ms'
    in_background "$name-cut" run files "$capture" --rate 1mbit --tick 10ms --max-time 2s
    in_background "$name-unlimited" run files "$capture"
    captures=$((captures + 1))
done
wait_for_all
[ "$captures" -gt 0 ] || fail "no capture in $traces"
printf '%d captures\n' "$captures"
finish
