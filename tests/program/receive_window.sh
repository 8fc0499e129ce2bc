#!/usr/bin/env bash
# --receive-window: what the shaped end has not read beyond it waits at the sender. Cases small enough for paper, and
# pairs against native sockets.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}" "${NATIVE_WINDOW:?path of native_window}"

# packets_of FILE: reads packets from standard input, in order of time
packets_of() { expect_status 0 "$PACKETS" && cp out "$1"; }
# read_figures DIR: of each flow what was offered, read and waited, the delays and the end
read_figures() {
    columns "$1/flows.csv" offered_read_bytes read_bytes max_read_backlog_bytes read_delay_p50_s read_delay_max_s end_s
}
# sum DIR KEY: of a key of summary.json
sum() { sed -n "s/^ *\"$2\": \([0-9]*\),\{0,1\}$/\1/p" "$1/summary.json" | awk '{ s += $1 } END { print s + 0 }'; }
limit=(--read-rate 500B/tick --tick 100ms --min-share 1)

# --- on paper ------------------------------------------------------------------------------------

# 4000 bytes at once, 500 a tick, the first at 0: packet k is read whole at 100, 300, 500, 700 ms whatever the window.
# With room for 1500 there are the 500 that are left of a packet and the next; a byte less, and that waits.
printf '%s\n' 0,0,r,1000 0,0,r,1000 0,0,r,1000 0,0,r,1000 0,0,w,300 | packets_of four.pcap
for replay in open closed; do
    while read -r window backlog; do
        run "w-$window-$replay" four.pcap "${limit[@]}" --receive-window "$window" --replay $replay
        expect_equal "$window, $replay" "4000 4000 $backlog 0.301055 0.700000 0.700000" \
            "$(read_figures "w-$window-$replay")"
    done <<'END'
1 1000
1000 1000
1499 1000
1500 1500
1999 1500
2000 2000
2001 2000
3999 3500
4000 4000
END
done
run no-window four.pcap "${limit[@]}" --replay open
expect_same "nothing waits" no-window/flow_ticks.csv w-4000-open/flow_ticks.csv
expect_equal "what waits at the sender is no backlog" "500 1000 500 1000 500 1000 500 0" \
    "$(columns w-1-open/ticks.csv read_backlog_bytes | paste -sd ' ')"
expect_match "the setting" '"receive_window_bytes": 1500,' w-1500-open/summary.json
expect_match "none" '"receive_window_bytes": null,' no-window/summary.json

# The FIN stays behind its data, and the flow is there until all has gone: the trace ends at 10 ms.
printf '%s\n' 0,0,r,1000 0,0,r,1000 5000,0,r,0,F 10000,0,w,0,F | packets_of fin.pcap
run fin fin.pcap "${limit[@]}" --receive-window 1 --replay open
expect_equal "the close waits" "fin 2000 0.300000" "$(columns fin/flows.csv close read_bytes end_s)"

# Cut at 250 ms: 1500 of 2000 are read, the other two packets never left their sender, nor the FIN.
run cut four.pcap "${limit[@]}" --receive-window 1000 --max-time 250ms --write-pcap --replay open
expect_equal "cut" "2000 1500 1000" "$(columns cut/flows.csv offered_read_bytes read_bytes max_read_backlog_bytes)"
expect_equal "what never left is not lost" "2000 2000 500" \
    "$(sum cut withheld_bytes) $(sum cut unoffered_bytes) $(sum cut undelivered_bytes)"
expect_equal "and its packets" "3" "$(sum cut undelivered_packets)"

# UDP has no window.
printf '%s\n' 0,0,r,1000,U 0,0,r,1000,U 0,0,r,1000,U | packets_of udp.pcap
run udp udp.pcap "${limit[@]}" --receive-window 1
run udp-none udp.pcap "${limit[@]}"
for file in flows ticks flow_ticks; do expect_same "UDP" udp/$file.csv udp-none/$file.csv; done

# Sockets and min-share 0: servers see an end of file in the first packets, the second never leaves its sender.
printf '%s\n' 0,0,r,100 0,0,r,70 1000,1,r,100 | packets_of lost.pcap
run lost lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms --min-share 0 --transport socket \
    --receive-window 1 --replay open
expect_match "a flow that breaks" '^1 broken 100$' <(columns lost/flows.csv flow close offered_read_bytes)
expect_equal "and what it withholds" "70 1" "$(sum lost withheld_bytes) $(sum lost broken_flows)"

# 80mbit under 1mbit for ten seconds, which read 1,262,500 bytes: 9,875,000 wait without a window.
expect_status 0 "$SHAPESIM" trace synth --rate 80mbit --duration 1s -o load.pcap
load=(load.pcap --read-rate 1mbit --tick 100ms --max-time 10s --flow-ticks none)
run load "${load[@]}"
run load-window "${load[@]}" --receive-window 64KiB
expect_equal "the backlog" "1262500 9875000 1262500 65500" \
    "$(for run in load load-window; do columns $run/flows.csv read_bytes max_read_backlog_bytes; done | paste -sd ' ')"
expect_equal "all of the trace is counted" 10000000 \
    "$(($(columns load-window/flows.csv offered_read_bytes) + $(sum load-window unoffered_bytes)))"

# Tokens that never come: who waits for them, and the packet that waits for room.
expect_status 1 "$SHAPESIM" run -q four.pcap "${limit[@]}" --receive-window 1 --background group=all,read=500B/tick
expect_match "who waits for what" 'for which packet 2 of flow 1 waits: 1 flows wait for tokens that never' err

# --- what verify holds ---------------------------------------------------------------------------

sed -i 's/,1500,300,/,1501,300,/' w-1500-open/flows.csv
expect_status 1 "$SHAPESIM" verify w-1500-open --no-hashes
expect_match "the window" "max_read_backlog_bytes: '1501' does not fit: no more than --receive-window" err
sed -i 's/"largest_packet_bytes": 1000/"largest_packet_bytes": 1001/' w-1-open/summary.json
expect_status 1 "$SHAPESIM" verify w-1-open --no-hashes
expect_match "the largest packet" 'read: largest_packet_bytes: 1001, but from 0 to 1000 expected' err

# --- with everything else ------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --source poisson --flows 4 --duration 300ms --rate 4mbit --direction both \
    -o load4.pcap
settings=0
for replay in open closed; do
    while read -r window options; do
        # shellcheck disable=SC2086
        for transport in pair socket; do
            rm -rf "same-$transport"
            run "same-$transport" load4.pcap --rate 2mbit --tick 10ms --receive-window "$window" --replay $replay \
                --idle-ticks skip $options --transport "$transport"
        done
        expect_status 0 "$SHAPESIM" verify same-pair --against same-socket || fail "$replay $window $options"
        settings=$((settings + 1))
    done <<'END'
1
1500
1500 --min-share 1 --flow-rate 100kB/s
3000 --write-high 2000 --via overhead=40:1460
3000 --shape initiator --count wire --at 100ms:flow=2,leave --at 200ms:flow=2,join=all
END
    run "tls-$replay" load4.pcap --rate 2mbit --tick 10ms --receive-window 1500 --replay $replay --transport tls
    run "drr-$replay" load4.pcap --rate 2mbit --tick 10ms --receive-window 1500 --replay $replay --scheduler drr
    # A window that is never full changes nothing.
    run "free-$replay" load4.pcap --rate 2mbit --tick 10ms --replay $replay --write-pcap
    run "wide-$replay" load4.pcap --rate 2mbit --tick 10ms --replay $replay --write-pcap --receive-window 1000MiB
    for file in "free-$replay"/*.csv "free-$replay"/*.pcap; do
        expect_same "a wide window, $replay" "$file" "wide-$replay/${file##*/}"
    done
    # A narrow one changes when packets are sent, not what they are: content for filters, frames for shaped.pcap.
    run "deflate-$replay" load4.pcap --rate 2mbit --tick 10ms --via deflate --payload random --replay $replay
    run "narrow-$replay" load4.pcap --rate 2mbit --tick 10ms --via deflate --payload random --replay $replay \
        --write-pcap --receive-window 1
    expect_equal "contents, $replay" "$(columns "deflate-$replay/filters.csv" flow direction sent_crc32 | sort)" \
        "$(columns "narrow-$replay/filters.csv" flow direction sent_crc32 | sort)"
    expect_equal "every packet is there, $replay" \
        "$("$SHAPESIM" trace info --flows none load4.pcap | grep '^packets')" \
        "$("$SHAPESIM" trace info --flows none "narrow-$replay/shaped.pcap" | grep '^packets')"
done
expect_equal "settings compared" 10 $settings

# --- against the kernel's buffers ----------------------------------------------------------------

# A window of what a socketpair takes of these packets before a read: each tick reads what libevent reads of the
# sockets, and the backlog is at most, and at first, what they hold. native_window.c says what is not the same.
while read -r buffer bytes; do
    expect_status 0 "$NATIVE_WINDOW" "$buffer" "$bytes" 200 12500 8 && cp out native
    capacity=$(awk '$1 == "capacity" { print $2 }' native)
    for _ in $(seq 200); do echo "0,0,r,$bytes"; done | packets_of kernel.pcap
    rm -rf kernel
    run kernel kernel.pcap --read-rate 12500B/tick --tick 100ms --min-share 1 --receive-window "$capacity" \
        --max-time 790ms
    expect_equal "read in each tick, $buffer and $bytes" "$(awk '/^[0-9]/ { print $1 }' native)" \
        "$(columns kernel/ticks.csv read_bytes)"
    expect_equal "the most that waits" "$capacity" "$(columns kernel/flows.csv max_read_backlog_bytes)"
    expect_equal "in the kernel, more than it holds" "" \
        "$(awk -v most="$capacity" '/^[0-9]/ && $2 > most' native)"
done <<'END'
32768 1000
32768 1460
131072 1000
16384 5000
END

# --- what is refused -----------------------------------------------------------------------------

for value in 0 -1 x 2147483648; do
    expect_status 2 "$SHAPESIM" run -q four.pcap --receive-window $value
done
expect_status 2 "$SHAPESIM" run -q four.pcap --receive-window 1000 --shape initiator --via ratelimit=20
expect_match "mod_ratelimit at the sender" 'add flush=packet to the filter, or leave the window out' err
run paced four.pcap --receive-window 1000 --shape initiator --via ratelimit=20,flush=packet
finish
