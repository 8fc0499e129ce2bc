#!/usr/bin/env bash
# --via and --payload: what filters make of the bytes, what limits then count, and that the far end
# has what went in. Every figure is worked out in the comment above it.
. "$(dirname "$0")/lib.sh"

synth() { expect_status 0 "$SHAPESIM" trace synth --direction write "$@"; }
written() { columns "$1/ticks.csv" written_bytes | paste -sd ' '; }
# counts DIR DIRECTION POSITION: bytes before and after the filter, sent and received
counts() {
    columns "$1/filters.csv" direction position sent_before_bytes sent_after_bytes \
        received_before_bytes received_after_bytes | awk -v d="$2" -v p="$3" '
        $1 == d && $2 == p { for (i = 3; i <= 6; i++) sum[i] += $i }
        END { printf "%d %d %d %d\n", sum[3], sum[4], sum[5], sum[6] }'
}

# --- overhead -------------------------------------------------------------------------------------

# Ten packets of 1460, one each 100 ms, are 1500 on the wire: just what the limit allows. 1460 a tick
# would do without the headers; with them each packet waits for the one before.
synth --packet 1460 --rate 14600B/s --duration 1s -o ten.pcap
run overhead ten.pcap --rate 1500B/tick --tick 100ms --via overhead=40:1460
expect_equal "headers are charged" "$(repeat 10 1500 | paste -sd ' ') 0" "$(written overhead)"
expect_equal "before and after" "14600 15000 15000 14600" "$(counts overhead write 0)"
expect_equal "no delay" "0.000000" "$(columns overhead/flows.csv write_delay_max_s)"
# 1460 a tick: 15000 bytes take 11 ticks, the last with 400, so the last packet waits for one tick.
run slow ten.pcap --rate 1460B/tick --tick 100ms --via overhead=40:1460 --replay open
expect_equal "one tick more" "$(repeat 10 1460 | paste -sd ' ') 400" "$(written slow)"
expect_equal "which is a delay" "0.100000" "$(columns slow/flows.csv write_delay_max_s)"

# One packet of 4000: ceil(4000 / 1460) = 3 segments. 4000 + 3 * 40.
synth --packet 4000 --rate 4kB/s --duration 1s -o four.pcap
run segments four.pcap --rate 1MB/s --via overhead=40:1460
expect_equal "three segments" "4000 4120 4120 4000" "$(counts segments write 0)"
# 4000 segments of 1 byte with headers of 1 byte; segments longer than the packet; headers longer.
run smallest four.pcap --rate 1MB/s --via overhead=1:1
expect_equal "headers of 1 byte" "4000 8000 8000 4000" "$(counts smallest write 0)"
run longest four.pcap --rate 1MB/s --via overhead=65535:65536
expect_equal "a header longer than the packet" "4000 69535 69535 4000" "$(counts longest write 0)"

# Real packets: each is one write, so the wire has 40 more for every 1460 of each packet.
web=$here/../../traces/web.pcap
run web "$web" --count payload --rate 12mbit --tick 10ms --via overhead=40:1460
expect_status 0 "$SHAPESIM" trace info --csv "$web"
cp out info.csv
expect_equal "every flow's payload comes and arrives" \
    "$(columns info.csv flow initiator_payload_bytes responder_payload_bytes)" \
    "$(columns web/filters.csv flow direction sent_before_bytes received_after_bytes | sort -n -s -k 1,1 |
        awk '{ if ($3 != $4) print "flow " $1 " differs"
               if ($2 == "read") read = $3; else print $1, read, $3 }')"
# None has more than 1460 bytes, so it is 40 for each packet with payload, which a BPF expression counts.
payload='ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2)'
packets_with() {
    expect_status 0 "$SHAPESIM" trace info --csv --filter "$payload $1" "$web"
    cp out packets.csv
    columns packets.csv "$2" | awk '{ sum += $1 } END { print sum + 0 }'
}
expect_equal "longer packets" 0 "$(packets_with '> 1460' responder_packets)"
expect_equal "headers of what is written" $((40 * $(packets_with '> 0' responder_packets))) \
    "$(counts web write 0 | awk '{ print $2 - $1 }')"
expect_equal "headers of what is read" $((40 * $(packets_with '> 0' initiator_packets))) \
    "$(counts web read 0 | awk '{ print $2 - $1 }')"
expect_equal "limits count wire bytes" \
    "$(total web/ticks.csv read_bytes) $(total web/ticks.csv written_bytes)" \
    "$(counts web read 0 | cut -d ' ' -f 3) $(counts web write 0 | cut -d ' ' -f 3)"
# A segment of 100: sum of ceil(n / 100) * 20 over the one packet of 4000 is 800.
run small four.pcap --rate 1MB/s --via overhead=20:100
expect_equal "forty segments" "4000 4800 4800 4000" "$(counts small write 0)"

# --- deflate --------------------------------------------------------------------------------------

# Level 0 stores: 2 bytes of zlib header, 5 + 1000 of the block, 5 of the flush after the write, 5
# of the last block, 4 of the checksum.
synth --packet 1000 --rate 1kB/s --duration 1s -o one.pcap
run stored one.pcap --rate 1MB/s --tick 100ms --via deflate=0
expect_equal "stored" "1000 1021 1021 1000" "$(counts stored write 0)"
# The end of the stream is written when the flow closes, at 1 s: 5 + 4 in tick 10.
expect_equal "its end" "1012 0 0 0 0 0 0 0 0 0 9" "$(written stored)"
# Ten packets: 2 + 10 * (5 + 1000 + 5) + 5 + 4.
synth --packet 1000 --rate 10kB/s --duration 1s -o more.pcap
run ten-stored more.pcap --rate 1MB/s --via deflate=0
expect_equal "ten stored" "10000 10111 10111 10000" "$(counts ten-stored write 0)"
# Nothing was read: no stream, no bytes.
expect_equal "no stream" "0 0 0 0" "$(counts ten-stored read 0)"
expect_match "zlib's version" '"zlib": "1\.' ten-stored/summary.json

# The captures that ship hold no payload: zeros shrink most, text less, random bytes grow.
for payload in zero text random; do
    run $payload "$web" --rate 12mbit --tick 10ms --via deflate --payload $payload
    expect_equal "$payload: comes out as it went in" "" \
        "$(columns $payload/filters.csv flow sent_before_bytes received_after_bytes sent_after_bytes \
            received_before_bytes sent_crc32 received_crc32 | awk '$2 != $3 || $4 != $5 || $6 != $7')"
done
zero=$(total zero/filters.csv sent_after_bytes) text=$(total text/filters.csv sent_after_bytes)
random=$(total random/filters.csv sent_after_bytes)
[ "$zero" -lt "$text" ] && [ "$text" -lt 4494788 ] && [ "$random" -gt 4494788 ] ||
    fail "zero $zero < text $text < 4494788 < random $random does not hold"
run twice "$web" --rate 12mbit --tick 10ms --via deflate --payload random
expect_same "random payload is the seed's" random/filters.csv twice/filters.csv
run seed "$web" --rate 12mbit --tick 10ms --via deflate --payload random --seed 2
expect_differ "another seed" random/filters.csv seed/filters.csv

# --payload is for what was not captured: this datagram has its 20 bytes, and gzip knows their CRC.
{ capture_header; udp 0 1 1000 2 53 0; record_header 100 62 62
  udp 100 2 53 1 1000 20 | tail -c 42; printf 'twenty bytes of text'; } >text.pcap
for payload in zero random; do
    run captured-$payload text.pcap --rate 1MB/s --via deflate --payload $payload
    expect_equal "captured payload is kept ($payload)" \
        "$(printf 'twenty bytes of text' | gzip -c | tail -c 8 | od -An -t x1 -N 4 | awk '{ print $4 $3 $2 $1 }')" \
        "$(columns captured-$payload/filters.csv direction received_crc32 | sed -n 's/^write //p')"
done

# --- in order -------------------------------------------------------------------------------------

# Stored, then cut: 1012 is one segment, 9 another: 1021 + 2 * 40. Cut, then stored: 1040 in one
# write, 2 + 5 + 1040 + 5 + 5 + 4.
run stored-cut one.pcap --rate 1MB/s --via deflate=0 --via overhead=40:1460
expect_equal "first, the application's" "1000 1021 1021 1000" "$(counts stored-cut write 0)"
expect_equal "then the other" "1021 1101 1101 1021" "$(counts stored-cut write 1)"
run cut-stored one.pcap --rate 1MB/s --via overhead=40:1460 --via deflate=0
expect_equal "the other way round, first" "1000 1040 1040 1000" "$(counts cut-stored write 0)"
expect_equal "and then" "1040 1061 1061 1040" "$(counts cut-stored write 1)"
expect_equal "charged is what leaves the last" "1101 1061" \
    "$(total stored-cut/ticks.csv written_bytes) $(total cut-stored/ticks.csv written_bytes)"

# --- ratelimit ------------------------------------------------------------------------------------

# It needs no other limit: rows of the group - begin at 0, each 200 ms, and have no bucket.

# The worked example: chunk 60 * 1024 / 5 = 12288; 38400 - 3 * 12288 = 1536. The end of the flow at
# 100 ms is the end of the response.
synth --packet 38400 --rate 384kB/s --duration 100ms -o example.pcap
for variant in naive fixed corrected; do
    run example example.pcap --via ratelimit=60,variant=$variant
    expect_equal "the worked example, $variant" "12288 12288 12288 1536" "$(written example)"
    rm -rf example
done
# Brigades of 8192 are below a chunk: naive never sleeps.
run naive example.pcap --via ratelimit=60,variant=naive,brigade=8192
expect_equal "small brigades, naive" "38400" "$(written naive)"
run fixed example.pcap --via ratelimit=60,brigade=8192
expect_equal "small brigades, fixed" "12288 12288 12288 1536" "$(written fixed)"

# M1: 10 MiB at 512 KiB/s, all there at once: chunk 104857, of which there are 100 and 60 bytes, so
# 100 sleeps of 200 ms.
{ capture_header; tcp 0 1 1000 2 80 0 2; tcp 0 2 80 1 1000 40960 16 >record
  for _ in $(seq 256); do cat record; done
  tcp 0 1 1000 2 80 0 17; tcp 0 2 80 1 1000 0 17; } >m1.pcap
expect_equal "10 MiB" 10485760 "$("$SHAPESIM" trace info --csv m1.pcap >m1.csv; total m1.csv responder_payload_bytes)"
while read -r seconds via; do
    run m1 m1.pcap --count payload --replay open --via "$via"
    expect_equal "M1: $via" "$seconds" "$(columns m1/flows.csv end_s)"
    rm -rf m1
done <<'END'
0.000000 ratelimit=512,variant=naive,brigade=8192
20.000000 ratelimit=512,variant=naive,brigade=10485760
20.000000 ratelimit=512,variant=fixed,brigade=8192
20.000000 ratelimit=512,variant=corrected,brigade=8192
20.000000 ratelimit=512
END

# Responses are limited, what is asked for is not, and each flow has the whole rate.
synth --packet 38400 --flows 3 --rate 384kB/s --duration 100ms -o three.pcap
run three three.pcap --via ratelimit=60
expect_equal "three flows at once" "36864 36864 36864 4608" "$(written three)"
expect_equal "rows of the only limiter" "0.000000,0,-,3,3,,,,,0,36864,0,36864,0,78336
0.200000,1,-,3,3,,,,,0,36864,0,73728,0,41472
0.400000,2,-,3,3,,,,,0,36864,0,110592,0,4608
0.600000,3,-,0,0,,,,,0,4608,0,115200,0,0" "$(tail -n +2 three/ticks.csv)"
expect_equal "and of its flows" "0.400000,2,-,1,,,0,12288,0,1536 0.600000,3,-,1,,,0,1536,0,0" \
    "$(grep -- '-,1,' three/flow_ticks.csv | tail -n 2 | cut -d , -f 1-10 | paste -sd ' ')"
# All three always have the same: J is 1. Bursts are against the chunk: 38400 offered at once to each.
expect_status 0 "$SHAPESIM" verify three --want 'write.jain>=1' --want '-.jain-least@1tick>=1' --want 'max<=600ms'
expect_equal "burst of a flow at the chunk" \
    "-,1,write,offered,sigma,12288,38400 -,1,write,delivered,sigma,12288,12288" \
    "$(grep '^-,1,write,.*,sigma,12288,' three/burst.csv | paste -sd ' ')"
# A field of the bucket is no field of this group; a tick is not left out.
# shellcheck disable=SC2016 # the fields are awk's
for change in 'NR == 3 { $8 = 1 }' 'NR == 3 { next }' 'NR == 3 { $11++ }' 'NR == 3 { $4++ }'; do
    cp -r three changed
    awk -F , -v OFS=, "$change 1" three/ticks.csv >changed/ticks.csv
    expect_status 1 "$SHAPESIM" verify --no-hash changed
    rm -rf changed
done
"$SHAPESIM" trace synth --direction read --packet 38400 --rate 384kB/s --duration 100ms -o asked.pcap
run asked asked.pcap --via ratelimit=60
expect_equal "what is read is not limited" "38400" "$(columns asked/ticks.csv read_bytes)"
run initiator example.pcap --via ratelimit=60 --shape initiator
expect_equal "it is the responder's, whoever is shaped" "12288 12288 12288 1536" \
    "$(columns initiator/ticks.csv read_bytes | paste -sd ' ')"

# Headers above it count to its limit, those below do not: 36864 in segments of 12288 with 100 more.
synth --packet 36864 --rate 368640B/s --duration 100ms -o body.pcap
run above body.pcap --rate 1MB/s --tick 200ms --via overhead=100:12288 --via ratelimit=60
expect_equal "headers above" "12288 12288 12288 300" "$(written above)"
run below body.pcap --rate 1MB/s --tick 200ms --via ratelimit=60 --via overhead=100:12288
expect_equal "headers below" "12388 12388 12388" "$(written below)"

# Over TLS each piece is a record, 22 bytes more; the handshake is 565.
run tls example.pcap --via ratelimit=60 --transport tls
expect_equal "over TLS" "$((12288 + 22 + 565)) 12310 12310 1558" "$(written tls)"
run tls-overhead ten.pcap --rate 1MB/s --tick 100ms --via overhead=40:1460 --transport tls
expect_equal "headers within records" "2087 $(repeat 9 1522 | paste -sd ' ') 0" "$(written tls-overhead)"

# A run that was cut short: 5 ticks of 1000 have crossed, a header and 960 bytes, then 40 + 1460 bytes
# each time: 3 whole segments and 40 + 460 of the fourth, so 5000 - 4 * 40 came up.
synth --packet 38400 --rate 38400B/s --duration 1s -o cut.pcap
run cut cut.pcap --rate 1000B/tick --tick 100ms --via overhead=40:1460 --max-time 450ms
expect_equal "--max-time" "38400 39480 5000 4840" "$(counts cut write 0)"

# --- pairs do as sockets do -----------------------------------------------------------------------

# same NAME ARGUMENT...: every file of two runs but the summary
same() {
    local file
    for transport in pair socket; do
        expect_status 0 "$SHAPESIM" run "$@" -q --flow-ticks all --idle-ticks skip \
            --transport $transport -o $transport || return
    done
    for file in pair/*.csv; do
        expect_same "$*" "$file" "socket/${file##*/}"
    done
    check pair
    settings=$((settings + 1))
    rm -rf pair socket
}

matrix() {
    local settings=0 filters
    while read -r -a filters; do
        same "$here/../../traces/$1.pcap" "${filters[@]}"
    done <<'END'
--rate 1mbit --tick 10ms --via overhead=40:1460
--rate 1mbit --tick 50ms --min-share 500 --via overhead=8:100 --flow-rate 200kbit
--rate 1mbit --tick 10ms --flow-rate 300kbit --via deflate --payload text
--flow-rate 300kbit --flow-tick 20ms --via deflate=9 --payload random
--rate 1mbit --tick 50ms --via ratelimit=20
--rate 1mbit --tick 50ms --via ratelimit=20,variant=naive,brigade=1000 --via overhead=8:500
--rate 1mbit --tick 20ms --shape initiator --via ratelimit=20,initial-burst=10,variant=corrected,brigade=4096
--rate 1mbit --tick 20ms --burst 30kB --via deflate=1 --via overhead=20:1000 --via ratelimit=30 --payload text
--via overhead=40:1460 --via ratelimit=100
--via ratelimit=20,initial-burst=4,variant=naive,brigade=9000 --shape initiator
END
    expect_equal "settings compared" 10 $settings
}
on_each_capture matrix

# --- refusals -------------------------------------------------------------------------------------

refused_run one.pcap 'header and segment, like overhead=40:1460' --via overhead
refused_run one.pcap 'header and segment' --via overhead=40
refused_run one.pcap 'must be 1 byte or more' --via overhead=0:1460
refused_run one.pcap 'must be 1 byte or more' --via overhead=40:0
refused_run one.pcap 'cannot carry the length' --via overhead=1:300
refused_run one.pcap 'overhead.*(above|use less)' --via overhead=3000MB:10
refused_run one.pcap 'overhead.*not a size' --via overhead=40:-1
refused_run one.pcap 'from 0 to 9' --via deflate=10
refused_run one.pcap 'from 0 to 9' --via deflate=-1
refused_run one.pcap 'in KiB/s, like ratelimit=512' --via ratelimit
refused_run one.pcap 'ratelimit.*whole number' --via ratelimit=-1
refused_run one.pcap 'whole number from 1 to 2097151' --via ratelimit=0
refused_run one.pcap 'ratelimit.*whole number from 1 to 2097151' --via ratelimit=2097152
refused_run one.pcap "header has 65535 bytes at most" --via overhead=65536:100
refused_run one.pcap 'whole number' --via ratelimit=60,initial-burst=-1
refused_run one.pcap 'naive, fixed, corrected' --via ratelimit=60,variant=broken
refused_run one.pcap '1 byte or more' --via ratelimit=60,brigade=0
refused_run one.pcap 'not one of packet, close' --via ratelimit=60,flush=maybe
refused_run one.pcap 'unknown key' --via ratelimit=60,speed=3
refused_run one.pcap 'needs a value' --via ratelimit=60,brigade
refused_run one.pcap 'not a filter' --via gzip
refused_run one.pcap 'has no effect without a filter' --payload text
refused_run one.pcap 'not one of zero, random, text' --payload words --via deflate
mapfile -t nine < <(for _ in {1..9}; do printf "%s\n" --via deflate; done)
refused_run one.pcap 'more than 8 filters' "${nine[@]}"

# A packet that comes after the close, while the flow still waits, has a second end.
"$PACKETS" 0,0,r,0,R 0,0,w,0 >late.pcap
expect_status 0 "$SHAPESIM" run -q late.pcap --count ip --via ratelimit=1,brigade=3 -o late
expect_equal "a late packet" "40 40" "$(columns late/flows.csv offered_written_bytes written_bytes)"
check late

finish
