#!/usr/bin/env bash
# The real clock and the virtual one agree, tick by tick, for pairs and for sockets.
#
# Jitter: a machine under load may wake the program late, by up to one tick of 200 ms as allowed
# here; what should have passed in one tick then passes in the next. So the totals at each tick's end
# may differ by one tick's worth and an overdraft of min-share - 1, and in the end not at all.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

rate=8000 min_share=64
"$SHAPESIM" trace synth --flows 5 --direction both --rate 10kB/s --packet 500 --duration 1s -o trace.pcap
limits=(--rate "${rate}B/tick" --tick 200ms --min-share "$min_share")

# totals DIR: tick, total read, total written
totals() { columns "$1/ticks.csv" tick total_read_bytes total_written_bytes; }

compare() {
    local transport=$1
    run virtual ../trace.pcap "${limits[@]}" --transport "$transport"
    expect_status 0 "$SHAPESIM" run ../trace.pcap "${limits[@]}" --transport "$transport" \
        --clock real -q -o real
    totals virtual >virtual.totals
    totals real >real.totals
    awk -v most=$((rate + min_share - 1)) '
        NR == FNR { read[$1] = $2; written[$1] = $3; next }
        { if (!($1 in read)) { last_read = $2; next }
          if ($2 - read[$1] > most || read[$1] - $2 > most) print "tick " $1 ": read " $2 " not " read[$1]
          if ($3 - written[$1] > most || written[$1] - $3 > most) print "tick " $1 ": written " $3 }
        ' virtual.totals real.totals >late
    expect_equal "$transport: ticks out of reach" "" "$(cat late)"
    expect_equal "$transport: bytes in the end" "$(tail -n 1 virtual.totals | cut -d' ' -f2-)" \
        "$(tail -n 1 real.totals | cut -d' ' -f2-)"
    expect_equal "$transport: bytes of each flow" \
        "$(columns virtual/flows.csv flow read_bytes written_bytes | sort -n)" \
        "$(columns real/flows.csv flow read_bytes written_bytes | sort -n)"
}

# A trace that comes slowly holds the run up beyond --max-time, for several ticks: each of them is
# closed, and the last one is as short as the others.
late() {
    "$SHAPESIM" trace synth --flows 2 --rate 200kB/s --packet 500 --duration 10ms -o short.pcap
    { cat short.pcap; sleep 0.2; } | "$SHAPESIM" run - --rate 100kB/s --tick 10ms --clock real \
        --max-time 20ms --flow-ticks all -q -o held >/dev/null
    expect_status 0 "$SHAPESIM" verify held
    columns held/ticks.csv tick >numbers
    seq 0 $(($(wc -l <numbers) - 1)) >counted
    expect_same "ticks, none left out" numbers counted
    expect_equal "the run ends in its last tick" "$(tail -n 1 numbers)" \
        "$(awk '$1 == "\"end_s\":" { print int($2 * 100 + 1e-6) }' held/summary.json)"
}

# In closed loop every packet of the real run is compared with when it was due in a virtual one: known of a file, not
# of a pipe.
extra_shift() { sed -n "s/^ *\"$1\": \([-0-9.e]*\),\{0,1\}$/\1/p" closed/summary.json; }
closed() {
    "$PACKETS" 0,0,r,100 10000,0,w,600 60000,0,r,50 70000,0,w,200 >one.pcap
    local closed=(--write-rate 16kbit --tick 100ms --clock real --force -o closed)
    expect_status 0 "$SHAPESIM" run one.pcap "${closed[@]}" --replay closed
    expect_match "it is printed" \
        '^clock   shifts packets by -?[0-9.]+ s at most \(flow 1\) and -?[0-9.]+ s at last' out
    expect_equal "the packets" "4 1" "$(extra_shift packets | sed -n 2p) $(extra_shift largest_flow)"
    expect_equal "the first request is due at 0 in both" 1 \
        "$(awk -v most="$(extra_shift largest_s)" 'BEGIN { print (most >= 0) }')"
    expect_status 0 "$SHAPESIM" verify closed
    "$SHAPESIM" run -q - "${closed[@]}" --replay closed <one.pcap
    expect_match "not of a pipe" '"extra_shift": null' closed/summary.json
    "$SHAPESIM" run -q one.pcap "${closed[@]}" --replay open
    expect_equal "not in open replay" 0 "$(grep -c extra_shift closed/summary.json)"
}

# The line of progress: on a terminal, as wide as that is, and nowhere else.
shown() {
    local slowly=(run slow.pcap --rate 1mbit --burst 1kB --tick 1ms --clock real)
    "$SHAPESIM" trace synth --flows 2 --rate 20kB/s --duration 900ms -o slow.pcap
    COLUMNS=40 script -qec "$SHAPESIM ${slowly[*]}" /dev/null >typescript </dev/null
    tr '\r' '\n' <typescript | sed -n 's/^\x1b\[K\(.* of virtual time\)/\1/p' >lines
    [ -s lines ] || fail "no line of progress on a terminal"
    expect_equal "lines wider than the terminal" "" "$(grep -E '^.{40}' lines)"
    expect_match "what is left" ', ([0-9]+ s left|100 % read)' lines
    expect_status 0 "$SHAPESIM" "${slowly[@]}"
    expect_equal "progress in a file" "" "$(cat err)"
    expect_equal "orders to a terminal in the table" 0 "$(grep -c $'\x1b' out)"
}

in_background closed closed
in_background shown shown
in_background pair compare pair
in_background socket compare socket
in_background late late
wait_for_all
finish
