#!/usr/bin/env bash
# --copies, --spread and --speed: what if there were more? Cases small enough for paper.
. "$(dirname "$0")/lib.sh"
traces=$here/../../traces

# packets_of FILE: reads packets from standard input
packets_of() { expect_status 0 "$PACKETS" && cp out "$1"; }
starts() { columns "$1/flows.csv" flow start_s initiator_address initiator_port; }
# numbers DIR KEY...: those of summary.json, in the order of the file
numbers() {
    local directory=$1
    shift
    for key; do sed -n "s/^ *\"$key\": \([0-9.]*\),\{0,1\}$/\1/p" "$directory/summary.json"; done | paste -sd ' '
}
limit=(--write-rate 16kbit --tick 100ms)

# A flow from 0 to 70 ms; one of UDP from 30 ms on that has bytes only then.
printf '%s\n' 0,0,r,100 10000,0,w,600 30000,1,r,40,U 60000,0,r,50 70000,0,w,200 | packets_of one.pcap

# --- copies --------------------------------------------------------------------------------------

run once one.pcap "${limit[@]}"
run twice one.pcap "${limit[@]}" --copies 2 --spread 0s --write-pcap
expect_equal "two of each, numbered as they open" "$(list '1 0.000000 10.1.0.0 20000' '2 0.000000 198.18.0.1 1024' \
    '3 0.030000 10.1.0.1 20001' '4 0.030000 198.18.0.2 1024')" "$(starts twice | sort -n)"
offered() {
    columns "$1/flows.csv" offered_read_bytes offered_written_bytes | awk '{ r += $1; w += $2 } END { print r, w }'
}
expect_equal "each byte twice" "190 800, 380 1600" "$(offered once), $(offered twice)"
expect_equal "of the same trace" "$(numbers once replayed_packets)" "$(numbers twice replayed_packets)"
expect_equal "what was in force" "2 0.0 1.0" "$(numbers twice copies spread_s speed)"

# 200 bytes a tick of 100 ms. Two responses of 600 bytes are there at 500 ms; the requests that follow them
# come at 550 ms, the answers to those at 560 ms, and leave at 600 and 700 ms.
run closed one.pcap "${limit[@]}" --copies 2 --spread 0s --replay closed --scheduler drr
expect_equal "both wait for their own" "$(list '2 0.500000 200' '2 0.600000 200' '2 0.700000 200')" \
    "$(columns closed/ticks.csv members time_s written_bytes | awk '$2 >= 0.5 && $3 > 0' | sed 's/^[0-9]* /2 /')"
expect_equal "and their requests come then" "0.500000 100" \
    "$(columns closed/ticks.csv time_s read_bytes | awk '$1 >= 0.4 && $2 > 0')"
# Pairs and sockets order what is due at one instant alike.
printf '%s\n' 0,0,r,100 0,1,r,100 10000,0,w,600 10000,1,w,600 60000,1,r,50 60000,0,r,50 70000,0,w,200 70000,1,w,300 |
    packets_of both.pcap
for transport in pair socket; do
    run both-$transport both.pcap "${limit[@]}" --copies 3 --spread 0s --replay closed --transport $transport
    rm both-$transport/summary.json
done
expect_same "sockets" both-pair both-socket

# Spread: within a second by default, by the seed.
run spread one.pcap --copies 3
run again one.pcap --copies 3
expect_same "the same seed" spread again
run other one.pcap --copies 3 --seed 2
expect_differ "another seed" spread/flows.csv other/flows.csv
expect_equal "copies start within a second" 4 \
    "$(starts spread | awk '$3 ~ /^198/ && $2 > 0 && $2 < 1.03 { n++ } END { print n }')"

# Cut at 200 ms: copies that have not begun were not offered either.
run cut one.pcap --copies 3 --max-time 200ms
expect_equal "of three times the trace" "570 2400" "$(paste -d ' ' <(numbers cut offered_bytes | tr ' ' '\n') \
    <(numbers cut unoffered_bytes | tr ' ' '\n') | awk '{ print $1 + $2 }' | paste -sd ' ')"

# Those with most bytes are named in a first pass, by the same numbers.
expect_status 0 "$SHAPESIM" run -q -o ranked one.pcap "${limit[@]}" --copies 2 --spread 0s --flow-ticks 2 \
    --speed 2
expect_equal "the flows with most bytes" "1 2" "$(columns ranked/flow_ticks.csv flow | sort -u | paste -sd ' ')"

# --- speed ---------------------------------------------------------------------------------------

# The second flow begins at 15 ms, at 120 ms; what is in the first one stays.
for speed in 2 0.25; do
    run speed-$speed one.pcap --speed $speed
done
expect_equal "twice as dense" "$(list '1 0.000000 0.070000' '2 0.015000 0.055000')" \
    "$(columns speed-2/flows.csv flow start_s end_s | sort -n)"
expect_equal "four times as far apart" "$(list '1 0.000000 0.070000' '2 0.120000 0.160000')" \
    "$(columns speed-0.25/flows.csv flow start_s end_s | sort -n)"
run plain one.pcap "${limit[@]}" --copies 1 --speed 1
for file in ticks flow_ticks flows fairness burst delays; do
    expect_same "nothing is changed" once/$file.csv plain/$file.csv
done
expect_status 2 "$SHAPESIM" run -q - --speed 2 <one.pcap
expect_match "not from a pipe" '^shapesim: --speed: .*a pipe .*; give a file$' err
expect_status 0 "$SHAPESIM" run -q -o pipe - --copies 2 --spread 0s --flow-ticks all "${limit[@]}" <one.pcap
expect_same "copies come from a pipe, too" twice/flows.csv pipe/flows.csv

# --- packets -------------------------------------------------------------------------------------

# Rules see the packets as captured; those written have the new address.
run rules one.pcap --group name=first,match='host 10.1.0.0',rate=1mbit,tick=10ms --copies 2 --spread 0s
expect_equal "both are in the group" "1 2" \
    "$(columns rules/flows.csv flow group | awk '$2 == "first" { print $1 }' | sort -n | paste -sd ' ')"
expect_status 0 "$SHAPESIM" trace synth --flows 2 --rate 80kbit --duration 300ms --direction both --snaplen 2000 \
    -o whole.pcap
run whole whole.pcap --copies 2 --write-pcap --responder 'dst port 80'
run six "$traces/ipv6.pcap" --copies 2 --write-pcap
if command -v tshark >/dev/null; then
    for directory in whole six; do
        tshark -r $directory/shaped.pcap -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
            -o udp.check_checksum:TRUE -T fields -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status \
            -e ip.addr -e ipv6.addr 2>/dev/null >$directory.sums
        expect_equal "no checksum is wrong in $directory" "" "$(cut -f 1-3 $directory.sums | grep 0)"
        grep -Eq '198\.18\.0\.1|2001:2::1' $directory.sums || fail "$directory: no copy in shaped.pcap"
    done
    expect_equal "all were looked at" 0 "$(grep -cv '^1.1' whole.sums)"
fi

# --- sweeps, and what is refused -----------------------------------------------------------------

vary=(--vary "copies=1,2" --vary "speed=1,2" --spread 0s "${limit[@]}")
expect_status 0 "$SHAPESIM" sweep -q -o swept one.pcap "${vary[@]}"
expect_equal "each setting is run" "$(list '1 1' '1 2' '2 1' '2 2')" "$(columns swept/sweep.csv copies speed | sort -u)"
expect_status 0 "$SHAPESIM" sweep -o swept one.pcap "${vary[@]}" --print-jobs
expect_equal "none is missing" "" "$(cat out)"
expect_status 0 "$SHAPESIM" sweep -o swept one.pcap "${vary[@]/copies=1,2/copies=2,3}" --print-jobs
expect_equal "those with other copies are" 2 "$(grep -c -- '--copies 3' out)"

refused() { # WHAT REGEX OPTION...
    expect_status 2 "$SHAPESIM" run -q one.pcap "${@:3}"
    expect_match "$1" "$2" err
}
refused "a spread of nothing" '--spread: .*; add --copies$' --spread 2s
refused "a tunnel's copies" '^shapesim: --write-pcap: .*; leave out ' --copies 2 --decapsulate --write-pcap -o tunnel
refused "no copy" 'write a whole number from 1 to 1000' --copies 0
for speed in 0 0.0005 1000.1 2x -1; do
    refused "a speed of $speed" 'write a number from 0.001 to 1000 with up to three decimals' --speed=$speed
done
refused "a long spread" 'longer than a year; use less' --copies 2 --spread 9000h

finish
