#!/usr/bin/env bash
# One and the same connection in every link layer and tunnel that is read: 10.0.0.1:40000 to
# 10.0.0.2:80, a packet each millisecond. BPF rules meet it behind VLAN tags, too, and a rule that no
# packet meets draws a warning. What cannot be read is counted by its reason.
. "$(dirname "$0")/lib.sh"

# --- captures -------------------------------------------------------------------------------------

le16() { bytes $(($1 & 255)) $(($1 >> 8 & 255)); }
be32() { bytes $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)); }
ethernet() { bytes 2 0 0 0 0 2 2 0 0 0 0 1; be16 "$1"; }
snap() { bytes 170 170 3 0 0 0; be16 "$1"; }

# ipv4 PROTOCOL BYTES: the header of a packet of this protocol with BYTES in it, from 192.0.2.1 to 192.0.2.2
ipv4() { bytes 69 0; be16 $(($2 + 20)); bytes 0 0 0 0 64 "$1" 0 0 192 0 2 1 192 0 2 2; }
udp_header() { be16 50000; be16 "$1"; be16 $(($2 + 8)); bytes 0 0; }
ipv6() { bytes 96 0 0 0; be16 "$2"; bytes "$1" 64; repeat_bytes 15 0; bytes 1; repeat_bytes 15 0; bytes 2; }
repeat_bytes() { local i; for ((i = 0; i < $1; i++)); do bytes "$2"; done; }

# data CONTROL FLAGS: an 802.11 header with three addresses
data() { bytes "$1" "$2" 0 0 2 0 0 0 0 3 2 0 0 0 0 4 2 0 0 0 0 5 0 0; }

# Each kind: its link type in the file, the length of what precedes the IP packet, and that as a
# command; $n is the length of the IP packet.
kinds='
ethernet 1 14 ethernet 0x0800
vlan 1 18 ethernet 0x8100; be16 31; be16 0x0800
qinq 1 22 ethernet 0x88a8; be16 31; be16 0x8100; be16 42; be16 0x0800
pppoe 1 22 ethernet 0x8864; bytes 17 0 0 1; be16 $((n+2)); be16 0x21
vlan-pppoe 1 26 ethernet 0x8100; be16 31; be16 0x8864; bytes 17 0 0 1; be16 $((n+2)); be16 0x21
mpls 1 18 ethernet 0x8847; bytes 0 1 1 64
mpls-stack 1 22 ethernet 0x8847; bytes 0 1 0 64 0 2 1 64
cooked 113 16 bytes 0 0 0 1 0 6 2 0 0 0 0 1 0 0; be16 0x0800
cooked-vlan 113 20 bytes 0 0 0 1 0 6 2 0 0 0 0 1 0 0; be16 0x8100; be16 31; be16 0x0800
cooked2 276 20 be16 0x0800; bytes 0 0 0 0 0 1 0 1 0 6 2 0 0 0 0 1 0 0
raw 101 0 :
null 0 4 bytes 2 0 0 0
null-swapped 0 4 bytes 0 0 0 2
loop 108 4 bytes 0 0 0 2
ppp 9 4 bytes 255 3 0 33
ppp-short 9 1 bytes 33
ppp-serial 50 4 bytes 255 3 0 33
cisco 104 4 bytes 15 0 8 0
cisco-serial 50 4 bytes 143 0 8 0
ppp-ether 51 8 bytes 17 0 0 1; be16 $((n+2)); be16 0x21
mpls-link 219 4 bytes 0 1 1 64
nflog 239 16 bytes 2 0 0 5; le16 8; le16 1; bytes 8 0 3 0; le16 $((n+4)); le16 9
wireless 105 32 data 8 1; snap 0x0800
wireless-qos 105 34 data 136 2; bytes 0 0; snap 0x0800
wireless-four 105 44 data 136 131; bytes 2 0 0 0 0 6 0 0 1 2 3 4; snap 0x0800
wireless-vlan 105 36 data 8 1; snap 0x8100; be16 31; be16 0x0800
radiotap 127 40 bytes 0 0 8 0 0 0 0 0; data 8 1; snap 0x0800
radiotap-padded 127 45 bytes 0 0 9 0 2 0 0 0 32; data 136 1; bytes 0 0 0 0; snap 0x0800
'

tunnels='
ip-in-ip 1 34 ethernet 0x0800; ipv4 4 $n
ip-in-ip6 1 54 ethernet 0x86dd; ipv6 4 $n
gre 1 38 ethernet 0x0800; ipv4 47 $((n+4)); bytes 0 0 8 0
gre-key 1 46 ethernet 0x0800; ipv4 47 $((n+12)); bytes 48 0 8 0 0 0 0 42 0 0 0 1
vxlan 1 64 ethernet 0x0800; ipv4 17 $((n+30)); udp_header 4789 $((n+22)); bytes 8 0 0 0 0 0 42 0; ethernet 0x0800
gtp-u 1 50 ethernet 0x0800; ipv4 17 $((n+16)); udp_header 2152 $((n+8)); bytes 48 255; be16 $n; be32 42
'

# packet MILLISECOND SIDE PORT PAYLOAD FLAGS: in the present kind, cut after its headers, counted from
# `start`. The client is side 0; `sent` has what each has sent.
start=0
packet() {
    local n=$(($4 + 40)) other=$((1 - $2)) ports=("$3" 80)
    record_header $((1000 * ($1 + start))) $((header_bytes + 40)) $((header_bytes + n))
    eval "$header"
    bytes 69 0; be16 $n; bytes 0 0 0 0 64 6 0 0 10 0 0 $(($2 + 1)) 10 0 0 $((other + 1))
    be16 "${ports[$2]}"; be16 "${ports[other]}"; be32 $((1 + sent[$2]))
    be32 $(($5 & 16 ? 1 + sent[other] : 0)); bytes 80 "$5" 255 255 0 0 0 0
    sent[$2]=$((sent[$2] + $4 + ($5 & 3 ? 1 : 0)))
}

# conversation PORT SEGMENTS: 300 B up, 1000 B down in each segment
conversation() {
    local sent=(0 0) ms
    packet 0 0 "$1" 0 2; packet 1 1 "$1" 0 18; packet 2 0 "$1" 0 16; packet 3 0 "$1" 300 16
    packet 4 1 "$1" 0 16
    for ((ms = 5; ms < 5 + $2; ms++)); do packet $ms 1 "$1" 1000 16; done
    packet $ms 1 "$1" 0 17; packet $((ms + 1)) 0 "$1" 0 17
}

# file_header LINK_TYPE
file_header() { capture_header | head -c 20; le32 "$1"; }

# make TABLE KIND SEGMENTS >FILE
make() {
    local link_type header_bytes header
    read -r _ link_type header_bytes header < <(grep "^$2 " <<<"$1")
    file_header "$link_type"
    conversation 40000 "$3"
}

list_kinds() { cut -d ' ' -f 1 <<<"$1" | sed '/^$/d'; }

info_columns=(protocol initiator_address initiator_port responder_address responder_port last_packet_s
    close initiator_packets responder_packets initiator_payload_bytes responder_payload_bytes)

# flows_of FILE OPTION...
flows_of() {
    expect_status 0 "$SHAPESIM" trace info --csv "$@"
    columns out "${info_columns[@]}"
}

the_flow='tcp 10.0.0.1 40000 10.0.0.2 80 0.026000 fin 4 23 300 20000'

# --- link layers ----------------------------------------------------------------------------------

while read -r kind; do
    make "$kinds" "$kind" 20 >"$kind.pcap"
    expect_equal "$kind" "$the_flow" "$(flows_of "$kind.pcap")"
done < <(list_kinds "$kinds")

# Nothing limits it: shaped.pcap is the capture.
for kind in vlan-pppoe nflog radiotap-padded; do
    run "$kind" "$kind.pcap" --write-pcap
    expect_same "$kind, shaped" "$kind.pcap" "$kind/shaped.pcap"
done

# --- rules ----------------------------------------------------------------------------------------

make "$kinds" vlan 50 >vlan.pcap
for match in 'tcp port 80' 'vlan 31' 'vlan 31 and tcp port 80'; do
    rm -rf matched
    run matched vlan.pcap --group "name=web,match=$match,rate=10mbit"
    expect_equal "match=$match" "web 300 50000" \
        "$(columns matched/flows.csv group offered_read_bytes offered_written_bytes)"
    expect_equal "match=$match: warnings" "" "$(cat matched.err)"
done
run weighted vlan.pcap --rate 10mbit --scheduler drr --weight '7:tcp port 80'
expect_equal "--weight" 7 "$(columns weighted/flows.csv weight)"

# One connection tagged, one not, one after the other.
file_header 1 >mixed.pcap
header='ethernet 0x8100; be16 31; be16 0x0800' header_bytes=18 conversation 40000 50 >>mixed.pcap
header='ethernet 0x0800' header_bytes=14 start=60 conversation 40001 50 >>mixed.pcap
flows_of mixed.pcap --filter 'tcp port 80' >flows
expect_equal "--filter 'tcp port 80'" "4 53 300 50000
4 53 300 50000" "$(cut -d ' ' -f 8- flows)"
flows_of mixed.pcap --filter 'vlan' >flows
expect_equal "--filter vlan" "40000" "$(cut -d ' ' -f 3 flows)"
flows_of nflog.pcap --filter 'tcp port 80 and host 10.0.0.1' >flows
expect_equal "--filter of NFLOG" "$the_flow" "$(cat flows)"

# A rule that met nothing says so, and only such a rule.
expect_status 0 "$SHAPESIM" run -q mixed.pcap --scheduler drr \
    --group 'name=a,match=tcp port 81,rate=10mbit' --group 'name=b,match=tcp port 80,rate=10mbit' \
    --group 'name=c,match=vlan 31,rate=10mbit' --weight '2:vlan' --weight '3:udp'
way_out="with its first packet; compare it with the flows of 'shapesim trace info'"
expect_equal "warnings of rules" "\
shapesim: warning: group a: no flow met match 'tcp port 81' $way_out
shapesim: warning: group c: no flow left by the groups before it met match 'vlan 31' $way_out
shapesim: warning: --weight: no flow left by the weights before it met 'udp' $way_out" "$(cat err)"
expect_status 0 "$SHAPESIM" trace info mixed.pcap --filter 'udp port 53'
expect_equal "a filter in trace info" "shapesim: warning: none of the 114 packets met --filter 'udp port 53'; \
leave it out and see the flows of 'shapesim trace info'" "$(cat err)"
expect_status 2 "$SHAPESIM" trace info nflog.pcap --filter 'tcp and vlan 31'
expect_equal "what cannot be filtered" "shapesim: --filter 'tcp and vlan 31': libpcap cannot filter link type NFLOG, \
and the IP packets in it cannot be filtered by this: no VLAN support for Raw IP; see pcap-filter(7) for the language" \
    "$(cat err)"

# --- tunnels --------------------------------------------------------------------------------------

while IFS='|' read -r kind outer name; do
    make "$tunnels" "$kind" 20 >"$kind.pcap"
    flows_of "$kind.pcap" >flows
    expect_equal "$kind: the outer flow" "$outer" "$(cut -d ' ' -f 1-5 flows)"
    expect_equal "$kind: the inner flow" "$the_flow" "$(flows_of "$kind.pcap" --decapsulate)"
    expect_status 0 "$SHAPESIM" trace info "$kind.pcap"
    expect_equal "$kind: trace info" "tunnels    27 packets: $name; the outer IP packet is taken, with --decapsulate \
the innermost" "$(grep tunnels out)"
    expect_status 0 "$SHAPESIM" trace info "$kind.pcap" --decapsulate
    expect_equal "$kind: trace info --decapsulate" \
        "tunnels    27 packets: $name; the innermost IP packet is taken" "$(grep tunnels out)"
done <<'END'
ip-in-ip|4 192.0.2.1 0 192.0.2.2 0|ip_in_ip
ip-in-ip6|4 ::1 0 ::2 0|ip_in_ip
gre|47 192.0.2.1 0 192.0.2.2 0|gre
gre-key|47 192.0.2.1 0 192.0.2.2 0|gre
vxlan|udp 192.0.2.1 50000 192.0.2.2 4789|vxlan
gtp-u|udp 192.0.2.1 50000 192.0.2.2 2152|gtp_u
END
expect_status 0 "$SHAPESIM" trace info vlan.pcap
expect_equal "no tunnel" "" "$(grep tunnels out)"

for count in payload ip wire; do
    run "inside-$count" vxlan.pcap --decapsulate --count $count --rate 1mbit --tick 10ms --write-pcap
    expect_equal "--decapsulate --count $count" "10.0.0.1 27" \
        "$(columns "inside-$count/flows.csv" initiator_address packets)"
done
expect_equal "bytes of the frames" "$((27 * 104 + 20300))" \
    "$(($(total inside-wire/flows.csv read_bytes) + $(total inside-wire/flows.csv written_bytes)))"
expect_equal "bytes of the inner packets" "$((27 * 40 + 20300))" \
    "$(($(total inside-ip/flows.csv read_bytes) + $(total inside-ip/flows.csv written_bytes)))"

# --- what cannot be read --------------------------------------------------------------------------

# other HEADER: a frame of that header and 40 bytes, whose content does not matter
other() {
    eval "$1" >frame
    record_header 0 $(($(wc -c <frame) + 40)) $(($(wc -c <frame) + 40))
    cat frame
    repeat_bytes 40 170
}
{
    file_header 105
    other 'data 8 65'                 # protected
    other 'data 8 65'
    other 'data 136 1; bytes 128 0'   # an A-MSDU
    other 'data 8 1 | head -c 22; bytes 1 0' # the second part of a packet
    other 'data 128 0'                # a beacon
    other 'data 8 1; snap 0x888e'     # EAPOL
} >unreadable.pcap
expect_status 0 "$SHAPESIM" trace info unreadable.pcap
expect_equal "reasons" "\
skipped    2 packets: not_ip
skipped    2 packets: encrypted
skipped    1 packets: aggregated
skipped    1 packets: link_layer_fragment" "$(grep skipped out)"
finish
