#!/usr/bin/env bash
# shaped.pcap: every packet, unchanged, at the time of its delivery. Read back without libpcap, and by
# Wireshark's tools where they are installed.
. "$(dirname "$0")/lib.sh"
traces=$here/../../traces

# packets FILE: of a little-endian pcap of Ethernet a line per packet: its time in units of the file's
# resolution from second 1000 on, captured bytes, length, transport payload, TCP flags
packets() {
    od -An -v -tu1 -w1024 "$1" | awk '
        function le32(at) { return b[at] + 256 * (b[at + 1] + 256 * (b[at + 2] + 256 * b[at + 3])) }
        function be16(at) { return 256 * b[at] + b[at + 1] }
        { for (i = 1; i <= NF; i++) b[size++] = $i + 0 }
        END {
            unit = le32(0) == 2712812621 ? 1000000000 : 1000000
            for (at = 24; at < size; at += 16 + captured) {
                captured = le32(at + 8); ip = at + 16 + 14; flags = 0
                if (be16(ip - 2) == 2048) { protocol = b[ip + 9]; header = b[ip] % 16 * 4; bytes = be16(ip + 2) }
                else { protocol = b[ip + 6]; header = 40; bytes = 40 + be16(ip + 4) }
                if (protocol == 6) { flags = b[ip + header + 13]; header += int(b[ip + header + 12] / 16) * 4 }
                else header += 8
                printf "%.0f %d %d %d %d\n", (le32(at) - 1000) * unit + le32(at + 4), captured, le32(at + 12),
                    bytes - header, flags
            }
        }'
}

# plain DIR TRACE OPTION...: a run with shaped.pcap, which its verification knows
plain() { local directory=$1; shift; run "$directory" "$@" --write-pcap; }

# --- by hand ----------------------------------------------------------------------------------------

# A (150 bytes) and B (100) from host 1, a FIN after them, and an answer C (30); 100 bytes a tick of a
# second, and the bucket starts with as many. A has its last byte in tick 1, B in tick 2, and the FIN
# with it. The answer's direction is free. D belongs to another flow, of no group.
{ capture_header
  tcp 0 1 1000 2 80 0 2; tcp 100000 2 80 1 1000 0 18
  tcp 200000 1 1000 2 80 150 16; tcp 300000 1 1000 2 80 100 16; tcp 400000 1 1000 2 80 0 17
  tcp 500000 2 80 1 1000 30 16; udp 600000 3 53 4 53 5000; tcp 2500000 2 80 1 1000 0 16; } >hand.pcap
hand=(hand.pcap --group name=tcp,match=tcp,rate=100B/tick,tick=1s,min-share=1)
plain hand "${hand[@]}" --replay open
expect_equal "by hand" "$(list '0 54 54 0 2' '100000 54 54 0 18' '500000 54 84 30 16' '600000 42 5042 5000 0' \
    '1000000 54 204 150 16' '2000000 54 154 100 16' '2000000 54 54 0 17' '2500000 54 54 0 16')" \
    "$(packets hand/shaped.pcap)"
expect_match "start in summary.json" '"start_epoch_s": "1000\.000000000"' hand/summary.json
expect_match "packets in summary.json" '"packets": 8,' hand/summary.json
expect_match "its hash" '"shaped.pcap": "[0-9a-f]{32}"' hand/summary.json

# In closed loop the answer comes 200 ms after B, and the ACK, for which nothing waits, after it by as much as
# was captured.
plain closed "${hand[@]}"
expect_equal "by hand, closed" "$(list '0 54 54 0 2' '100000 54 54 0 18' '600000 42 5042 5000 0' \
    '1000000 54 204 150 16' '2000000 54 154 100 16' '2000000 54 54 0 17' '2200000 54 84 30 16' '4200000 54 54 0 16')" \
    "$(packets closed/shaped.pcap)"

# It is cut at 1.5 s: B and the FIN after it are missing, and the run says so.
plain cut "${hand[@]}" --replay open --max-time 1500ms
expect_equal "cut" "$(packets hand/shaped.pcap | head -n 5)" "$(packets cut/shaped.pcap)"
expect_match "what is left out" 'shaped\.pcap: 2 of 7 packets are not in it' cut.err
expect_match "in summary.json" '"undelivered_packets": 2' cut/summary.json

# What is filtered is not replayed. The clock begins with the first that is.
plain filtered hand.pcap --filter tcp --rate 1gbit
expect_equal "filtered" "$(packets hand.pcap | grep -v '^600000 ')" "$(packets filtered/shaped.pcap)"
plain gap hand.pcap --max-gap 250ms --rate 1gbit
expect_equal "a silence shortened" 850000 "$(packets gap/shaped.pcap | tail -n 1 | cut -d' ' -f1)"

# One packet of one byte, and one of none.
{ capture_header; udp 5 1 1 2 2 1; } >one.pcap
{ capture_header; tcp 5 1 1 2 2 0 2; } >none.pcap
for name in one none; do
    plain $name $name.pcap --rate 1B/tick --tick 1s
    expect_same "$name" $name.pcap $name/shaped.pcap
done

# --- resolutions --------------------------------------------------------------------------------------

# Nanoseconds: a packet that did not wait keeps its own, one that did is at a microsecond of the clock,
# which begins with the first packet (37 ns). Two that change places within a microsecond keep theirs.
nanoseconds() { # NANOSECONDS PAYLOAD_BYTES
    udp 0 1 1 2 2 "$2" | { le32 1000; le32 "$1"; tail -c +9; }
}
{ le32 $((0xa1b23c4d)); capture_header | tail -c +5
  nanoseconds 37 60; nanoseconds 1250 40; nanoseconds 1700 60; nanoseconds 2000999 0; } >nano.pcap
plain free-nano nano.pcap --rate 1gbit
expect_same "nanoseconds" nano.pcap free-nano/shaped.pcap
plain nano nano.pcap --rate 100B/tick --tick 1ms
expect_equal "nanoseconds, one waits" "37 1250 1000037 2000999" "$(packets nano/shaped.pcap | cut -d' ' -f1 | xargs)"

# pcapng, of microseconds: written with nanoseconds, which hold any resolution.
ng_packet() { # MICROSECONDS PAYLOAD_BYTES
    le32 6; le32 76; le32 0; le32 $(((1000000000 + $1) >> 32)); le32 $(((1000000000 + $1) & 0xffffffff))
    le32 42; le32 $(($2 + 42)); udp 0 1 1 2 2 "$2" | tail -c 42; bytes 0 0; le32 76
}
{ le32 $((0x0a0d0d0a)); le32 28; le32 $((0x1a2b3c4d)); bytes 1 0 0 0 255 255 255 255 255 255 255 255; le32 28
  le32 1; le32 20; bytes 1 0 0 0; le32 96; le32 20
  ng_packet 0 60; ng_packet 1500 60; } >two.pcapng
plain ng two.pcapng --rate 100B/tick --tick 1ms
expect_equal "pcapng" "$(list '0 42 102 60 0' '1500000 42 102 60 0')" "$(packets ng/shaped.pcap)"
expect_equal "its magic" "4d3cb2a1" "$(head -c 4 ng/shaped.pcap | od -An -tx1 | tr -d ' \n')"
expect_equal "its snaplen" 96 "$(head -c 20 ng/shaped.pcap | tail -c 4 | od -An -tu4 | tr -d ' ')"

# --- the captures that ship ---------------------------------------------------------------------------

# rows DIR: of each tick its bytes, both directions, and the flows that wait
rows() { columns "$1/ticks.csv" tick read_bytes written_bytes backlogged_flows | awk '{ print $1, $2 + $3, $4 }'; }

# by_tick FILE TICK_US START: payload by tick, with the file's first time stamp at START
by_tick() {
    packets "$1" | awk -v tick="$2" -v start="$3" '{ sum[int(($1 - start) / tick)] += $4 }
        END { for (i in sum) if (sum[i]) print i, sum[i] }' | sort -n
}

on_capture() {
    local capture=$traces/$1.pcap options=(--rate 1mbit --tick 10ms) start tool
    expect_status 0 "$SHAPESIM" run -q "$capture" -o free --write-pcap
    expect_same "$1 without limits" "$capture" free/shaped.pcap
    plain pair "$capture" "${options[@]}"
    plain again "$capture" "${options[@]}"
    expect_same "$1: twice" pair again
    plain socket "$capture" "${options[@]}" --transport socket
    expect_same "$1: pair and socket" pair/shaped.pcap socket/shaped.pcap
    expect_status 0 "$SHAPESIM" verify pair --against socket
    plain skip "$capture" "${options[@]}" --idle-ticks skip
    expect_same "$1: idle ticks left out" pair/shaped.pcap skip/shaped.pcap
    plain quick "$capture" --rate 3mbit --tick 10ms # nothing waits for 5 s after the end of its connection
    plain wide quick/shaped.pcap --rate 10gbit
    expect_same "$1: again, with room" quick/shaped.pcap wide/shaped.pcap
    expect_status 0 "$SHAPESIM" run -q "$capture" "${options[@]}" --flow-ticks all -o bare
    expect_status 0 "$SHAPESIM" run -q "$capture" "${options[@]}" --flow-ticks all --idle-ticks skip -o bare-skip
    for file in ticks flow_ticks flows fairness burst delays; do
        expect_same "$1: without the option" bare/$file.csv pair/$file.csv
        expect_same "$1: without the option" bare-skip/$file.csv skip/$file.csv
    done
    [ -e bare/shaped.pcap ] && fail "$1: written though not asked for"

    # The same packets, in another order of time.
    expect_equal "$1: header" "$(head -c 24 "$capture" | od -An -tx1)" "$(head -c 24 pair/shaped.pcap | od -An -tx1)"
    packets "$capture" >before
    packets pair/shaped.pcap >after
    expect_equal "$1: the same packets" "$(cut -d' ' -f2- before | sort)" "$(cut -d' ' -f2- after | sort)"
    expect_equal "$1: order of time" "" "$(awk '$1 < last { print NR } { last = $1 }' after)"

    # By each tick's end as many bytes as ticks.csv has, but for parts of packets that still wait.
    plain payload "$capture" "${options[@]}" --count payload
    start=$(head -n 1 before | cut -d' ' -f1)
    expect_equal "$1: bytes by the end of each tick" "" "$(awk '
        NR == FNR { got[$1] = $2; next }
        { shaped += got[$1]; delivered += $2; more = delivered - shaped
          if (more < 0 || more > 2 * $3 * 65535 || ($3 == 0 && more > 0)) print $0, shaped, delivered }
        END { if (shaped != delivered || shaped == 0) print "end", shaped, delivered }' \
        <(by_tick payload/shaped.pcap 10000 "$start") <(rows payload))"

    for tool in capinfos tshark; do
        command -v $tool >/dev/null || { printf 'without %s: its part is left out\n' $tool; return; }
    done
    expect_equal "$1: capinfos" "$(capinfos -T -r -c -E -l -s -d "$capture" | cut -f2-)" \
        "$(capinfos -T -r -c -E -l -s -d pair/shaped.pcap | cut -f2-)"
    expect_equal "$1: capinfos, order" True "$(capinfos -T -r -o pair/shaped.pcap | cut -f2)"
    expect_equal "$1: tshark" "$(awk '{ print $1, $3 }' after)" \
        "$(tshark -r pair/shaped.pcap -T fields -e frame.time_epoch -e frame.len 2>/dev/null |
            awk '{ split($1, t, "."); printf "%.0f %d\n", (t[1] - 1000) * 1000000 + substr(t[2], 1, 6), $2 }')"
}
on_each_capture on_capture

# --- rates, exactly -----------------------------------------------------------------------------------

# exact NAME TICK_US OPTION...: packets are all of 1000 bytes and grants too, so that each is delivered
# whole: in every tick the packets of shaped.pcap have the bytes that ticks.csv has.
exact() {
    local name=$1 tick=$2
    shift 2
    plain "$name" ten.pcap "$@"
    expect_equal "$name: bytes of each tick" "$(rows "$name" | awk '$2 { print $1, $2 }')" \
        "$(by_tick "$name/shaped.pcap" "$tick" "$(packets ten.pcap | head -n 1 | cut -d' ' -f1)")"
    [ "$(packets "$name/shaped.pcap" | wc -l)" -eq "$(packets ten.pcap | wc -l)" ] || fail "$name: packets are missing"
}
expect_status 0 "$SHAPESIM" trace synth --flows 10 --rate 100kB/s --packet 1000 --duration 2s -o ten.pcap
exact shares 10000 --rate 5000B/tick --tick 10ms --min-share 1000
exact drr 20000 --rate 9000B/tick --tick 20ms --min-share 1000 --scheduler drr
exact own 50000 --rate 1gbit --tick 50ms --flow-rate 3000B/tick --flow-tick 50ms
exact sockets 10000 --rate 5000B/tick --tick 10ms --min-share 1000 --transport socket
expect_same "shares and sockets" shares/shaped.pcap sockets/shaped.pcap

# --- around it ----------------------------------------------------------------------------------------

expect_status 2 "$SHAPESIM" run hand.pcap --rate 1mbit --write-pcap
expect_equal "without a directory" "shapesim: --write-pcap: needs a directory; add -o DIR" "$(cat err)"

# An earlier run's file goes away with the rest.
run hand --force hand.pcap --rate 1mbit
[ -e hand/shaped.pcap ] && fail "an earlier run's shaped.pcap was left"

expect_status 0 "$SHAPESIM" run -q hand.pcap --rate 1mbit --write-pcap --atomic -o atomic
check atomic
[ -e atomic/shaped.pcap ] || fail "--atomic: no shaped.pcap"

# The disk is full: an error, and no file is left. (Signals apart, a file that may not grow beyond 8 kB
# is as good.)
# shellcheck disable=SC2016 # the inner shell's
expect_status 1 bash -c 'trap "" XFSZ; ulimit -f 8; exec "$0" run -q "$1" --write-pcap -o full' \
    "$SHAPESIM" "$traces/bulk.pcap"
expect_match "a full disk" '^shapesim: full/shaped\.pcap: cannot be written \(File too large\); make room' err
[ -e full ] && fail "a full disk: something was left"

# Interrupted: what was written so far has whole packets.
expect_status 0 "$SHAPESIM" trace synth --flows 1000 --packet 50000 --duration 1s --rate 500kB/s -o long.pcap
"$SHAPESIM" run -q long.pcap --rate 1000B/tick --tick 1ms --write-pcap -o interrupted >out 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && [ "$(stat -c %s interrupted/ticks.csv.part 2>/dev/null || echo 0)" -lt 65536 ]; do
    sleep 0.02
done
kill -s INT $pid
wait $pid
expect_equal "exit status after an interruption" 130 $?
expect_match "where it is" 'are in interrupted/\*\.part$' err
packets interrupted/shaped.pcap.part >out
[ "$(wc -l <out)" -ge 1000 ] || fail "only $(wc -l <out) packets were kept"
expect_equal "its bytes are those of whole packets" "$(stat -c %s interrupted/shaped.pcap.part)" \
    "$(awk '{ sum += 16 + $2 } END { print 24 + sum }' out)"

# --- verify finds what is wrong -------------------------------------------------------------------------

plain good "$traces/dns.pcap" --rate 20kbit --tick 100ms
# wrong WHAT PATTERN: in bad/shaped.pcap
wrong() {
    expect_status 1 "$SHAPESIM" verify bad --no-hashes || { fail "$1 was not found"; return; }
    expect_match "$1" "$2" err
    expect_status 1 "$SHAPESIM" verify bad
    expect_status 1 "$SHAPESIM" verify good --against bad
}
fresh() { rm -rf bad && cp -r good bad; }
# set_bytes AT BYTE...
set_bytes() { local at=$1; shift; bytes "$@" | dd of=bad/shaped.pcap bs=1 seek="$at" conv=notrunc status=none; }
size=$(stat -c %s good/shaped.pcap)
last=$((16 + $(packets good/shaped.pcap | tail -n 1 | cut -d' ' -f2)))

fresh && head -c $((size - last)) good/shaped.pcap >bad/shaped.pcap
wrong "a packet that is missing" 'shaped_pcap: packets|packets, but the flows'
fresh && head -c $((size - 1)) good/shaped.pcap >bad/shaped.pcap
wrong "a packet that is cut" 'ends in the middle'
fresh && set_bytes 24 0 0 0 0
wrong "a time before the start" 'packet 1 is at'
fresh && set_bytes $((size - last)) 255 255 255 127
wrong "a time after the end" 'is at .* but the run is from'
fresh && tail -c $last good/shaped.pcap >>bad/shaped.pcap
wrong "a packet twice" 'packets'
# Whole seconds and nine places, that fit: no other time is added up.
for start in 9000000001.000000000 99999999999999999999.000000000 1.5 1 .500000000 1.0000000000 '1.00000000 ' \
    --1.000000000; do
    fresh && sed -i "s/\"start_epoch_s\": \"[^\"]*/\"start_epoch_s\": \"$start/" bad/summary.json
    expect_status 1 "$SHAPESIM" verify bad --no-hashes
    expect_match "the start $start" 'start_epoch_s: no time' err
done
fresh && rm bad/shaped.pcap
wrong "no file" 'shaped\.pcap'
# The 16th is the first that waited: back at its arrival it is too early, in a tick whose bytes others had.
fresh && "$SHAPESIM" run -q "$traces/dns.pcap" -o other --write-pcap 2>/dev/null && cp other/shaped.pcap bad/shaped.pcap
wrong "another run's" 'bytes by the end of tick'
rm -rf bad && run bad "$traces/dns.pcap" --rate 20kbit --tick 100ms && cp good/shaped.pcap bad
expect_status 1 "$SHAPESIM" verify bad
expect_match "a file that the run does not have" 'shaped\.pcap: not among the files' err
finish
