#!/usr/bin/env bash
# --replay closed, the default: an end sends only after what it reacts to has arrived. Cases small enough for
# paper; random traces where nothing waits, which open replay gives to the byte, too; pairs against native
# sockets.
. "$(dirname "$0")/lib.sh"

# packets_of FILE: reads packets from standard input, in any order of time
packets_of() {
    sort -t, -s -n -k 1,1 | expect_status 0 "$PACKETS" && cp out "$1"
}
delays() { columns "$1/flows.csv" flow close end_s write_delay_p50_s write_delay_max_s | sort -n; }
# numbers DIR KEY...: those of summary.json, in the order of the file
numbers() {
    local directory=$1
    shift
    for key; do sed -n "s/^ *\"$key\": \([0-9]*\),\{0,1\}$/\1/p" "$directory/summary.json"; done | paste -sd ' '
}
limit=(--write-rate 16kbit --tick 100ms)

# --- on paper ------------------------------------------------------------------------------------

# 200 bytes a tick of 100 ms. The response of 600 bytes, captured at 10 ms, is there at 200 ms. The client
# thinks for 50 ms: its next request comes at 250 ms, not at 60. The server takes 10 ms: it is ready at 260,
# the bucket at 300.
# (A median is exact to 0.8 %.) The trace ends at 70 ms, the flow 190 ms later and with its last byte.
printf '%s\n' 0,0,r,100 10000,0,w,600 60000,0,r,50 70000,0,w,200 | packets_of one.pcap
run one one.pcap "${limit[@]}" --write-pcap
expect_equal "one client" "1 end 0.300000 0.040191 0.190000" "$(delays one)"
expect_equal "nothing is withheld" "0 0 0" "$(numbers one withheld_bytes broken_flows)"
run one-open one.pcap "${limit[@]}" --replay open
expect_equal "open" "1 end 0.300000 0.190463 0.230000" "$(delays one-open)"
expect_equal "the requests" "$(list '0.000000 100' '0.200000 50')" \
    "$(columns one/ticks.csv time_s read_bytes | awk '$2 > 0')"

# Two clients, 200 bytes a tick. A's response takes all of the first tick. B's 200 bytes of 20 ms leave at
# 100 ms, so its second request comes at 110 and the answer to it at 120; that and A's second one, which
# nothing has delayed and which is ready at 145 ms, leave at 200 ms. Open, B's second waits from 40 ms on.
printf '%s\n' 0,0,r,10 5000,1,r,10 10000,0,w,200 20000,1,w,200 30000,1,r,10 40000,1,w,64 135000,0,r,10 \
    145000,0,w,100 | packets_of two.pcap
run two two.pcap "${limit[@]}" --replay closed
expect_equal "two clients" "$(list '1 end 0.225000 0.000000 0.055000' '2 end 0.225000 0.080000 0.080000')" \
    "$(delays two | sed 's/ end 0.2[0-9]*/ end 0.225000/')"
run two-open two.pcap "${limit[@]}" --replay open
expect_equal "two clients, open" "$(list '1 0.055000' '2 0.160000')" "$(delays two-open | cut -d ' ' -f 1,5)"

# Second by second. 100 B in each tick of 100 ms: the first response, due at 10 ms, takes the ticks at 0 to 0.9 s. The
# second one follows its request, which is due 10 ms after that, by 10 ms: from 0.92 s it takes the ticks at 1 to 1.9 s.
# Open, it is due at 30 ms.
"$PACKETS" 0,0,r,100 10000,0,w,1000 20000,0,r,100 30000,0,w,1000 >talk.pcap
for replay in closed open; do
    run talk-$replay talk.pcap --write-rate 100B/tick --write-burst 100 --tick 100ms --replay $replay
    second=$([ $replay = closed ] && echo 0.980000 || echo 1.870000)
    expect_equal "delays of each second, $replay" "$(list all,read,0,2,0.000000,0.000000,0.000000 \
        all,write,0,1,0.890000,0.890000,0.890000 "all,write,1,1,$second,$second,$second")" \
        "$(tail -n +2 talk-$replay/delays_time.csv)"
done

# A FIN waits for what it acknowledges, behind its data: 600 bytes are there at 200 ms, the client's FIN 5 ms
# later. A reset, too.
printf '%s\n' 0,0,r,100 10000,0,w,600 11000,0,w,0,F 15000,0,r,0,F | packets_of fin.pcap
run fin fin.pcap "${limit[@]}" --replay closed
expect_equal "the FIN" "1 fin 0.205000 0.190000 0.190000" "$(delays fin)"
printf '%s\n' 0,0,r,100 10000,0,w,600 15000,0,r,0,R 5000000,1,r,1 | packets_of rst.pcap
run rst rst.pcap "${limit[@]}" --replay closed
expect_equal "the reset" "1 rst 0.205000 0.190000 0.190000" "$(delays rst | head -n 1)"

# mod_ratelimit at 20 KiB/s passes 4096 bytes at once and, as it sees where the response ends, the other 3904
# after 200 ms: each exchange takes as long, and the next begins 2 s after it, with a filter of its own.
printf '%s\n' 0,0,r,100 10000,0,w,{7000,1000} 2010000,0,r,100 2020000,0,w,8000 4020000,0,r,100 4030000,0,w,8000 |
    packets_of apache.pcap
run apache apache.pcap --via ratelimit=20 --replay closed
expect_equal "responses through mod_ratelimit" "1 end 4.630000 0.200000 0.200000" "$(delays apache)"
run apache-read apache.pcap --via ratelimit=20 --replay closed --shape initiator --via overhead=40:1000
expect_equal "on what is read, above another filter" "4.630000 0.200000" \
    "$(columns apache-read/flows.csv end_s read_delay_max_s)"
# What is written during TLS's handshake reaches the filter later than the end of the response is known.
printf '%s\n' 0,0,w,1 500000,0,r,1 | packets_of early.pcap
for filters in '' '--via overhead=4:100' '--via deflate --via ratelimit=2'; do
    for transport in pair tls; do
        # shellcheck disable=SC2086
        run early-$transport early.pcap --transport $transport $filters --via ratelimit=1 --replay closed --force
    done
done
expect_status 2 "$SHAPESIM" run -q - --via ratelimit=20 --replay closed <apache.pcap
expect_match "not from a pipe" 'a pipe is read only once; give a file, or --replay open' err

# What a delivery makes due at its own instant begins another round, which waits for the grants of the one before
# it. All is captured at 0. Round 1 has 329 bytes and 738; round 2 their answers, 118 and 806, of which the bucket
# still carries 671, half of what is left at a time; round 3 the answer to the 118, of 853, with an empty bucket.
printf '%s\n' 0,0,r,329 0,0,w,118 0,1,w,738 0,1,r,806 0,0,r,853 | packets_of rounds.pcap
for transport in pair socket; do
    run rounds-$transport rounds.pcap --rate 1000B/tick --tick 100ms --min-share 1 --transport $transport \
        --replay closed
    expect_equal "rounds of one instant, $transport" "$(list '0 1 329 118' '0 2 671 738' '1 1 853 0' '1 2 135 0')" \
        "$(columns rounds-$transport/flow_ticks.csv tick flow read_bytes written_bytes)"
done

# UDP does not wait.
printf '%s\n' 0,0,r,100,U 10000,0,w,600,U 60000,0,r,50,U 70000,0,w,200,U | packets_of udp.pcap
run udp udp.pcap "${limit[@]}" --replay closed
run udp-open udp.pcap "${limit[@]}" --replay open
expect_same "UDP stays open" udp/flows.csv udp-open/flows.csv

# --- what is never due ---------------------------------------------------------------------------

# Cut at 220 ms, before the second request; what the server says to it is not due either.
run cut one.pcap "${limit[@]}" --replay closed --max-time 220ms --write-pcap
expect_equal "withheld by the cut" "50 200 0" "$(numbers cut withheld_bytes broken_flows)"
expect_equal "and its packets" "2" "$(numbers cut undelivered_packets)"

# Sockets and min-share 0: the server sees an end of file in the request, and never answers.
printf '%s\n' 0,0,r,100 1000,1,r,100 50000,0,w,300 60000,0,r,70 61000,0,w,0,F 62000,0,r,0,F | packets_of lost.pcap
run lost lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms --min-share 0 \
    --transport socket --replay closed
columns lost/flows.csv flow close offered_written_bytes | sort -n >lost.flows
expect_match "the flow is broken" '^1 broken 0$' lost.flows
expect_equal "what it withholds" "70 300" "$(numbers lost withheld_bytes)"
expect_match "which is said" 'flows could never go on, as what they react to was lost; --replay open' lost.err

# Tokens that never come.
expect_status 1 "$SHAPESIM" run -q one.pcap --write-rate 16kbit --tick 100ms --background group=all,write=16kbit \
    --replay closed
expect_match "who waits for what" \
    'no byte has moved since .*, for which packet 3 of flow 1 waits: 1 flows wait for tokens that never' err

# --- where nothing waits -------------------------------------------------------------------------

# flows_of SEED: some flows with requests, responses, ACKs, retransmissions and ends. No packet comes at the same
# microsecond as another.
flows_of() {
    awk -v seed="$1" '
        function draw(n) { return int(rand() * n) }
        BEGIN {
            srand(seed); us = 0
            for (i = 0; i < 400; i++) {
                us += 1 + (draw(5) ? draw(3000) : draw(400000)); flow = draw(6); way = draw(2) ? "r" : "w"
                if (ended[flow] >= 2 && draw(4)) continue
                kind = draw(20); bytes = 1 + draw(1400)
                if (!seen[flow]++ && draw(2)) print us "," flow ",r,0,S"
                else if (kind == 0) { print us "," flow "," way ",0,F"; ended[flow]++ }
                else if (kind == 1 && draw(3) == 0) { print us "," flow "," way ",0,R"; ended[flow] = 2 }
                else if (kind < 5) print us "," flow "," way ",0"
                else if (kind == 5 && sent[flow way] >= bytes) print us "," flow "," way "," bytes ",-" bytes
                else { print us "," flow "," way "," bytes; sent[flow way] += bytes }
            }
        }' | packets_of "random-$1.pcap"
}

# nothing_waits NAME TRACE ARGUMENT...: both replays, without a limit that anything would wait for
nothing_waits() {
    local name=$1 replay file
    shift
    for replay in open closed; do
        expect_status 0 "$SHAPESIM" run -q --force --flow-ticks all --idle-ticks skip -o "$name-$replay" "$@" \
            --rate 10gbit --tick 10ms --replay "$replay" || return
    done
    expect_status 0 "$SHAPESIM" verify "$name-closed"
    for file in "$name-open"/*.csv "$name-open"/*.pcap; do
        [ -e "$file" ] && expect_same "$*" "$file" "$name-closed/${file##*/}"
    done
    settings=$((settings + 1))
}

settings=0
for seed in 1 2 3 4 5 6 7 8; do
    flows_of "$seed"
    for count in stream payload ip wire; do
        nothing_waits free "random-$seed.pcap" --count "$count" --write-pcap
    done
    nothing_waits free "random-$seed.pcap" --transport socket
    nothing_waits free "random-$seed.pcap" --via overhead=40:1000 --write-pcap
    nothing_waits free "random-$seed.pcap" --scheduler drr --shape initiator
    nothing_waits free "random-$seed.pcap" --write-high 1MB --idle-timeout 1s
done
expect_equal "settings compared" 64 $settings

# --- pairs against native sockets ----------------------------------------------------------------

same() {
    local transport
    for transport in pair socket; do
        expect_status 0 "$SHAPESIM" run -q --force --flow-ticks all --idle-ticks skip --transport "$transport" \
            -o "same-$transport" "$@" --replay closed || return
        check "same-$transport"
    done
    expect_status 0 "$SHAPESIM" verify same-pair --against same-socket || fail "$*"
    expect_differ "$* waits" same-pair/flows.csv free-closed/flows.csv
    settings=$((settings + 1))
}

settings=0
for seed in 1 2 3 4 5 6; do
    for min_share in 1 64 1500; do
        same "random-$seed.pcap" --write-rate 200kbit --tick 10ms --write-burst 4000 --min-share $min_share
        same "random-$seed.pcap" --rate 300kbit --tick 20ms --burst 8000 --min-share $min_share --flow-rate 20kB/s \
            --seed "$seed"
    done
    same "random-$seed.pcap" --rate 400kbit --tick 10ms --via overhead=40:1000 --count payload
    same "random-$seed.pcap" --rate 400kbit --tick 10ms --write-high 2000
done
# What flow 2's last written byte makes due waits for the rest of flow 1's, which is granted at the same instant.
printf '%s\n' 0,0,r,63924 0,0,w,49924,-50255 0,1,r,64924,+64 0,1,w,19924,-2547 0,0,r,25924 0,1,r,64924,+1939 0,0,r,0 |
    packets_of round.pcap
same round.pcap --read-rate 40000B/tick --tick 25ms --min-share 20001 --max-single-read 700 --count ip
expect_equal "settings compared" 49 $settings

# Everything else that can be asked for runs, and its files agree.
run tls random-1.pcap --rate 400kbit --tick 10ms --transport tls --replay closed
run events random-2.pcap --rate 400kbit --tick 10ms --replay closed --at 500ms:group=all,rate=100kbit --via deflate=6
run sfq random-3.pcap --rate 400kbit --tick 10ms --replay closed --scheduler sfq --write-pcap
finish
