#!/usr/bin/env bash
# --count stream, packets after the end of their connection, and who is the server: captures with
# retransmissions, keep-alives, frames captured twice, resets and ports used again, each packet by packet.
. "$(dirname "$0")/lib.sh"

# packets_of FILE: reads packets from standard input, in any order of time
packets_of() {
    sort -t, -s -n -k 1,1 | expect_status 0 "$PACKETS" && cp out "$1"
}

# A connection of 300 bytes up and COUNT segments of 1000 down, one each millisecond from 2 ms on.
handshake() { printf '%s\n' 0,0,r,0,S 100,0,w,0,S 200,0,r,0 1000,0,r,300; }
segments() { for ((i = 0; i < $1; i++)); do echo "$((2000 + 1000 * i)),0,w,1000"; done; }
fins() { printf '%s\n' "$1,0,w,0,F" "$(($1 + 100)),0,r,0,F"; }
# again SEGMENT US BACK: the segment with that number, when BACK bytes have been sent since its begin
again() { echo "$2,0,w,1000,-$3"; }

flow() {
    columns "$1/flows.csv" flow close packets read_bytes written_bytes retransmitted_bytes | sort -n |
        cut -d " " -f 2-
}
# counted DIR KEY...: numbers of summary.json's trace
counted() {
    local key directory=$1
    shift
    for key; do
        sed -n "s/^ *\"$key\": \([0-9]*\),\{0,1\}$/\1/p" "$directory/summary.json"
    done | paste -sd ' '
}
skipped_late() { counted "$1" late; }
limit=(--write-rate 16kbit --tick 100ms --write-pcap)
info() { expect_status 0 "$SHAPESIM" trace info "$@"; }

# --- the end of a connection ---------------------------------------------------------------------

# 20 segments, a reset of the client, 10 more of the server in flight: one flow, all 30000 bytes pay the
# write bucket, none is read. At 200 bytes a tick of which 200 are there at once the last leaves after 15 s.
{ handshake; segments 20; echo 21500,0,r,0,R; for i in {22..31}; do echo "${i}000,0,w,1000"; done; } |
    packets_of rst.pcap
run rst rst.pcap "${limit[@]}"
expect_equal "in flight at the reset" "rst 35 300 30000 0" "$(flow rst)"
expect_equal "all of it pays" "30000 300" \
    "$(columns rst/ticks.csv total_written_bytes total_read_bytes | tail -n 1)"
expect_equal "no warning" "" "$(cat rst.err)"

# After both FINs the last five segments come again.
{ handshake; segments 20; fins 23000
  for i in {15..19}; do again "$i" "$((1000000 + i * 1000))" "$((1 + 1000 * (20 - i)))"; done; } |
    packets_of fin.pcap
run fin fin.pcap "${limit[@]}"
expect_equal "sent again after the FINs" "fin 31 300 20000 5000" "$(flow fin)"
expect_equal "a fifth" "5 5000 0 0" \
    "$(counted fin retransmitted_packets retransmitted_bytes duplicate_packets duplicate_bytes)"
expect_match "which is said" '^shapesim: warning: 19.8 % of the TCP bytes were sent again \(5000\) or' fin.err
expect_match "with the way out" '--count payload replays them all$' fin.err

# New bytes are offered for 5 s after the end, not a microsecond longer; then an ACK opens no flow either.
{ handshake; segments 1; echo 3000,0,r,0,R; echo 5003000,0,w,10; echo 5003001,0,w,20; echo 6000000,0,r,0
  echo 6000001,0,w,5,-25; } | packets_of late-new.pcap
run late-new late-new.pcap "${limit[@]}"
expect_equal "late bytes are not offered" "rst 7 300 1010 0" "$(flow late-new)"
expect_equal "they are counted" "3 20" "$(skipped_late late-new) $(counted late-new late_bytes)"
expect_match "and warned of" '3 TCP packets, with 20 new bytes, came more than 5 s after' late-new.err
info late-new.pcap
expect_match "trace info has them, too" '^late  *20 new bytes' out

# A SYN opens a new flow at once, data after the idle timeout.
{ handshake; segments 1; echo 3000,0,r,0,R; echo 4000,0,r,0,S; echo 5000,0,r,7; } | packets_of syn.pcap
run syn syn.pcap "${limit[@]}"
expect_equal "the same ports" "$(list 'rst 6 300 1000 0' 'end 2 7 0 0')" "$(flow syn)"
{ handshake; segments 1; echo 3000,0,r,0,R; echo 10003000,0,w,7; echo 20003001,0,w,9; } | packets_of idle.pcap
run idle idle.pcap "${limit[@]}" --idle-timeout 10s
expect_equal "within the idle timeout of it" "$(list 'rst 6 300 1000 0' 'end 1 0 9 0')" "$(flow idle)"
expect_equal "one is late" "1 7" "$(skipped_late idle) $(counted idle late_bytes)"

# Two connections on the same ports, the second while the first's backlog drains: shaped.pcap mixes them.
{ handshake; segments 5; echo 10000,0,r,0,S; echo 11000,0,w,0,S; echo 12000,0,r,40; echo 13000,0,w,500
  echo 14000,0,w,500,-500; } | packets_of twice.pcap
run twice twice.pcap "${limit[@]}"
expect_equal "two flows" "$(list 'syn 9 300 5000 0' 'end 5 40 500 500')" "$(flow twice)"

# --- sent again ----------------------------------------------------------------------------------

# 10 of 50 segments three times, 5 ms apart: the 2nd, 7th, ... 47th.
{ handshake; segments 50
  for ((i = 1; i < 50; i += 5)); do
      again "$i" "$((2000 + 1000 * (i + 5) - 1))" "$((1000 * (i + 5 > 50 ? 50 - i : 5)))"
      again "$i" "$((2000 + 1000 * (i + 10) - 1))" "$((1000 * (i + 10 > 50 ? 50 - i : 10)))"
  done
  fins 70000; } | packets_of retrans.pcap
run retrans retrans.pcap "${limit[@]}"
expect_equal "each byte once" "fin 76 300 50000 20000" "$(flow retrans)"
expect_equal "20 packets were sent again" "20 20000 70300" \
    "$(counted retrans retransmitted_packets retransmitted_bytes tcp_payload_bytes)"
run payload retrans.pcap "${limit[@]}" --count payload
expect_equal "--count payload" "fin 76 300 70000 20000" "$(flow payload)"
expect_equal "needs no note" "" "$(cat payload.err)"
info retrans.pcap
expect_match "trace info" '^sent again 20 TCP packets, 20000 bytes$' out
expect_match "the note there" '^note  *28.4 % of the TCP bytes were sent again' out
expect_match "what is counted" '^bytes  *50300 \(stream\), ' out

# The same after the FINs, 0.2 and 0.6 s later.
{ handshake; segments 50; fins 53000
  for later in 253000 653000; do
      for ((i = 1; i < 50; i += 5)); do again "$i" "$((later + i))" "$((1 + 1000 * (50 - i)))"; done
  done; } | packets_of late.pcap
run late late.pcap "${limit[@]}"
expect_equal "no second flow" "fin 76 300 50000 20000" "$(flow late)"

# 80 keep-alives with the byte before the next one, 44 s apart, each answered.
{ handshake; segments 1; for i in {1..80}; do
    echo "$((i * 44000000)),0,r,1,-1"; echo "$((i * 44000000 + 5000)),0,w,0"; done; } |
    packets_of keepalive.pcap
run keepalive keepalive.pcap "${limit[@]}" --idle-ticks skip
expect_equal "keep-alives" "end 165 300 1000 80" "$(flow keepalive)"

# Every frame twice, 20 us apart.
{ handshake; segments 50; fins 53000; } |
    awk -F, -v OFS=, '{ back = ($4 + ($5 ~ /[SF]/)); print $0 "#" NR
        $1 += 20; $5 = $5 "-" back "#" NR; print }' >frames
sed -i 's/^\([^#]*,[^,#]*,[^,#]*,[0-9]*\)#/\1,#/' frames
packets_of span.pcap <frames
run span span.pcap "${limit[@]}"
expect_equal "captured twice" "fin 112 300 50000 0" "$(flow span)"
expect_equal "as duplicates" "0 51 50300" \
    "$(counted span retransmitted_packets duplicate_packets duplicate_bytes)"
expect_match "which is said" '50.0 % of the TCP bytes were sent again \(0\) or captured twice \(50300\)' span.err
info span.pcap
expect_match "trace info" '^duplicates 51 TCP packets captured twice, 50300 bytes$' out

# 101 us later, or with another identification, it was sent again.
printf '%s\n' 0,0,r,10,#5 101,0,r,10,-10#5 150,0,r,10,-10#6 200,0,r,10,-10#6 | packets_of slower.pcap
run slower slower.pcap "${limit[@]}"
expect_equal "twice or again" "20 2 10 1" \
    "$(counted slower retransmitted_bytes retransmitted_packets duplicate_bytes duplicate_packets)"

# UDP: the same datagram within 100 us is named, and replayed. Not 101 us later, nor another identification.
printf '%s\n' 0,0,r,100,U#7 100,0,r,100,U#7 201,0,r,100,U#7 210,0,r,100,U#8 220,0,r,101,U#8 230,1,r,101,U#8 |
    packets_of udp.pcap
run udp udp.pcap "${limit[@]}"
expect_equal "UDP is replayed as captured" "$(list 501 101)" "$(columns udp/flows.csv read_bytes)"
expect_equal "one is a duplicate" "1 100 0 0" \
    "$(counted udp duplicate_datagrams duplicate_datagram_bytes duplicate_packets retransmitted_bytes)"
expect_match "which is said" '1 UDP datagrams \(100 bytes\) look captured twice: they are replayed' udp.err

# At most 31 gaps are kept: of 40, each of 10 bytes, the lowest nine are given up. What fills the 9th is
# not replayed, what fills the 10th is.
{ echo 0,0,r,10; for i in {1..40}; do echo "${i}000,0,r,10,+10"; done
  echo "50000,0,r,10,-$((800 - 20 * 8))"; echo "51000,0,r,10,-$((800 - 20 * 9))"; } | packets_of gaps.pcap
run gaps gaps.pcap "${limit[@]}"
expect_equal "given up" "420 9 10" "$(columns gaps/flows.csv read_bytes) $(counted gaps given_up_gaps \
    retransmitted_bytes)"
expect_match "which is said" '9 gaps in TCP streams were given up, as more than 31 were open in one' gaps.err

# Every number left at 0: the first packet, and what is longer than all before it.
{ echo 0,0,r,100; for i in {1..9}; do echo "${i}000,0,r,100,-100"; done; } | packets_of zeros.pcap
run zeros zeros.pcap "${limit[@]}"
expect_equal "numbers left at 0" "100" "$(columns zeros/flows.csv read_bytes)"
expect_match "the way out" '90.0 % of the TCP bytes .*--count payload replays them all' zeros.err
run all zeros.pcap "${limit[@]}" --count payload
expect_equal "which works" "1000" "$(columns all/flows.csv read_bytes)"

# Just 1 % draws no line, a byte more does.
printf '%s\n' 0,0,r,990 1000,0,r,10,-10 | packets_of one.pcap
run one one.pcap "${limit[@]}"
expect_equal "1 %" "" "$(cat one.err)"
printf '%s\n' 0,0,r,990 1000,0,r,11,-11 | packets_of more.pcap
run more more.pcap "${limit[@]}"
expect_match "more than 1 %" '^shapesim: warning: 1.1 % ' more.err

# A run that stops early has counted what it took.
run cut retrans.pcap --rate 16kbit --tick 100ms --max-time 12ms
expect_equal "up to 12 ms" "1 1000" "$(counted cut retransmitted_packets retransmitted_bytes)"

# --- who is the server ---------------------------------------------------------------------------

# A SYN on the ports of an open flow begins another one. In shaped.pcap the two cannot be told apart,
# so verify does not compare its new bytes.
"$PACKETS" 0,0,r,1 0,0,r,0,S 0,0,r,1,-2196 >reused.pcap
run reused reused.pcap "${limit[@]}" --write-pcap
expect_equal "two flows on the same ports" "$(list '1 1 1 0' '2 2 0 0')" \
    "$(columns reused/flows.csv flow packets read_bytes written_bytes | sort -n)"

# First packets: a SYN; then, without one, ports below 1024 and not, below 32768 and not; both below 1024,
# both below 32768, neither.
{ capture_header
  tcp 0 1 40000 2 80 0 2
  tcp 1 2 80 1 40001 10 16
  tcp 2 1 500 2 8080 10 16
  udp 3 2 53 1 40003 10
  tcp 4 2 8443 1 40004 10 16
  udp 5 1 40005 2 8125 10
  tcp 6 2 80 1 443 10 16
  tcp 7 2 8443 1 9000 10 16
  udp 8 2 50000 1 60000 10; } >first.pcap
responders() { columns "$1/flows.csv" initiator_port responder_port | paste -sd ,; }
by() { counted "$1" option syn port_below_1024 port_below_32768 first_packet; }
run first first.pcap "${limit[@]}"
expect_equal "by SYN and ports" \
    "40000 80,40001 80,8080 500,40003 53,40004 8443,40005 8125,80 443,8443 9000,50000 60000" \
    "$(responders first)"
expect_equal "by which rule" "0 1 3 2 3" "$(by first)"
info first.pcap
expect_match "trace info says it" \
    '^responder  by SYN: 1 flow, port below 1024: 3 flows, port below 32768: 2 flows, first packet: 3 flows$' out
expect_equal "10 bytes of the server are written" "1 0 10" \
    "$(columns first/flows.csv flow read_bytes written_bytes | sed -n 2p | sed 's/^2/1/')"

# --responder comes before the SYN, and speaks of the first packet of a flow alone.
run option first.pcap "${limit[@]}" --responder 'src host 10.0.0.1 and tcp'
expect_equal "the receiver is the responder" \
    "40000 80,40001 80,500 8080,40003 53,40004 8443,40005 8125,80 443,8443 9000,50000 60000" \
    "$(responders option)"
expect_equal "two flows by the option" "2 0 2 2 3" "$(by option)"
run ports first.pcap "${limit[@]}" --responder 'dst port 9000 or dst portrange 40000-60000'
expect_equal "against SYN and ports" \
    "40000 80,80 40001,8080 500,53 40003,8443 40004,40005 8125,80 443,8443 9000,50000 60000" \
    "$(responders ports)"
info first.pcap --responder 'dst port 40004'
expect_match "trace info takes it" '^responder  by --responder: 1 flow, SYN: 1 flow' out
refused_run first.pcap "'no such word': can't parse" --responder 'no such word'

finish
