#!/usr/bin/env bash
# Events of groups during a run: --at, --background, --initial-tokens, each with exact figures.
. "$(dirname "$0")/lib.sh"

# One flow with more than enough to write from the start: 1000 B/tick of 100 ms, burst 2000.
"$SHAPESIM" trace synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
events() { expect_status 0 "$SHAPESIM" run -q -o "$@" --flow-ticks all; }
limits=(trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms)
written() { columns "$1/ticks.csv" written_bytes | head -n "$2" | paste -sd ' '; }

# start - bytes - (before - after of the tick's events) = end; next start = min(burst, end + rate),
# with the limit in force then. Initial tokens come before the first start.
equalities() {
    awk -F, -v burst=2000 -v rate=1000 '
        FNR == 1 { for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
        function field(name) { return $at[FILENAME, name] }
        FILENAME ~ /events/ {
            tick = field("tick")
            if (field("event") != "initial-tokens")
                taken[tick] += field("write_bucket_before_bytes") - field("write_bucket_after_bytes")
            rates[tick] = field("write_rate_bytes_per_tick"); bursts[tick] = field("write_burst_bytes")
            next
        }
        {
            tick = field("tick"); start = field("write_bucket_start_bytes")
            end = field("write_bucket_end_bytes")
            if (start - field("written_bytes") - taken[tick] != end) print "tick " tick ": end"
            if (NR > 1 && seen && start != (before + rate < burst ? before + rate : burst) && before <= burst)
                print "tick " tick ": start"
            if (tick in rates) { rate = rates[tick]; burst = bursts[tick] }
            before = end; seen = 1
        }' "$1/events.csv" "$1/ticks.csv" >broken
    expect_equal "$1: equalities" "" "$(cat broken)"
}

# --- limits changed on a live group -------------------------------------------------------------

# From tick 3 on 500 a tick; from 6 on 3000, whose burst is given with it.
events limits "${limits[@]}" --at 600ms:group=all,rate=3000B/tick,burst=3000 \
    --at 300ms:group=all,write-rate=500B/tick
expect_equal "rates changed" "1000 1000 1000 1000 500 500 500 3000 3000" "$(written limits 9)"
equalities limits
expect_equal "events in the order of time" "$(list '3 set-limit 500 2000 64' '6 set-limit 3000 3000 64')" \
    "$(columns limits/events.csv tick event write_rate_bytes_per_tick write_burst_bytes min_share_bytes)"

# A smaller burst cuts the level at once: the read bucket stands at its burst of 2000.
events cut "${limits[@]}" --at 500ms:group=all,rate=200B/tick,burst=300
expect_equal "the level is cut" "2000 300" \
    "$(columns cut/events.csv read_bucket_before_bytes read_bucket_after_bytes)"

# In a tick that is idle, and has no row: the next ones are filled at the new rate all the same.
"$SHAPESIM" trace synth --protocol udp --packet 800 --rate 800B/s --duration 3s -o slow.pcap
expect_status 0 "$SHAPESIM" run -q slow.pcap --rate 1000B/tick --burst 2000 --tick 100ms --initial-tokens burst \
    --at 550ms:group=all,rate=100B/tick,burst=2000 --idle-ticks skip -o idle
expect_equal "a rate set in an idle tick" "$(list '0 2000 1200' '10 2000 1200' '11 1300 1300' '12 1400 1400')" \
    "$(columns idle/ticks.csv tick read_bucket_start_bytes read_bucket_end_bytes | sed -n '1p;/^1[0-2] /p')"
expect_status 0 "$CHECK_RUN" idle
expect_status 0 "$SHAPESIM" verify idle

# The min-share is clipped to the slower direction's rate, for both.
events share "${limits[@]}" --at 100ms:group=all,read-rate=10B/tick,min-share=700
expect_equal "min-share" 10 "$(columns share/events.csv min_share_bytes)"

# --- charged and credited by hand ---------------------------------------------------------------

# 2500 taken in tick 2, just after the refill and what was granted at once: three ticks of silence.
events taken "${limits[@]}" --at 250ms:group=all,decrement-write=2500
expect_equal "taken away" "1000 1000 1000 0 0 500 1000" "$(written taken 7)"
equalities taken
events given "${limits[@]}" --at 250ms:group=all,decrement-write=-400
expect_equal "given back" "1000 1000 1400 1000" "$(written given 4)"
equalities given

# Libevent's totals count what passed bufferevents alone, and fall at a reset.
events totals "${limits[@]}" --at 250ms:group=all,decrement-write=-400,reset-totals --at 350ms:group=all,reset-totals
expect_equal "totals" "1000 2000 400 0 1000" \
    "$(columns totals/ticks.csv total_written_bytes | head -n 5 | paste -sd ' ')"

# In a silence, whose ticks have no rows: the next row counts from there.
expect_status 0 "$SHAPESIM" run -q "$here/../../traces/dns.pcap" --rate 100kB/s --tick 10ms --idle-ticks skip \
    --at 500ms:group=all,reset-totals -o silence
expect_equal "totals that are reset in a silence" "62 62" \
    "$(columns silence/ticks.csv tick read_bytes total_read_bytes |
        awk '$1 > 50 { print $2, $3; exit }')"
check silence

# A credit above the burst: libevent's unsigned refill grows from then on.
expect_status 0 "$SHAPESIM" run "${limits[@]}" --at 450ms:group=all,decrement-read=-5000 -q -o credit
expect_match "a credit above the burst" 'lifted a bucket above its burst' err
expect_equal "it grows by the rate" "8000 9000 10000" \
    "$(columns credit/ticks.csv read_bucket_start_bytes | sed -n 6,8p | paste -sd " ")"

# --- traffic beside the bufferevents ------------------------------------------------------------

# 25,000 bit/s are 312.5 bytes a tick: 312 and 313 in turn.
events background "${limits[@]}" --background group=all,write=25kbit
expect_equal "what is left" "688 687 688 687" "$(written background 4)"
equalities background
expect_status 1 "$SHAPESIM" run "${limits[@]}" --background group=all,write=80kbit -q --idle-ticks skip -o never
expect_match "nothing is left" 'no byte has moved since .*lower --background' err

# --- the level at the start ---------------------------------------------------------------------

events empty "${limits[@]}" --initial-tokens 0
expect_equal "empty at the start" "0 1000 1000" "$(written empty 3)"
events full "${limits[@]}" --initial-tokens burst
expect_equal "full at the start" "2000 1000 1000" "$(written full 3)"
events same "${limits[@]}" --initial-tokens tick
expect_equal "one tick's worth" "1000 1000 1000" "$(written same 3)"

# Own buckets have it when their flow opens, and a row of their own; without a group, too.
own=(trace.pcap --flow-rate 1000B/tick --flow-burst 2000 --flow-tick 100ms)
events own-empty "${own[@]}" --initial-tokens 0
expect_equal "per-flow buckets empty at the start" "0 1000 1000" "$(written own-empty 3)"
events own-full "${own[@]}" --initial-tokens burst
expect_equal "per-flow buckets full at the start" "2000 1000 1000" "$(written own-full 3)"
expect_equal "their event" "all initial-tokens 1000 2000 1000 2000 1" \
    "$(columns own-full/events.csv group event read_bucket_before_bytes read_bucket_after_bytes \
        write_rate_bytes_per_tick write_burst_bytes flow)"
# A group's buckets, a row for each direction, and a flow's own, one row.
events both "${limits[@]}" --flow-rate 1500B/tick --flow-burst 1500 --initial-tokens 1200
expect_equal "both start at 1200" "1200 1000 1000" "$(written both 3)"
expect_equal "their rows" "$(list 1000:1000: 1000:1200: 1500:1200:1)" \
    "$(columns both/events.csv write_bucket_before_bytes write_bucket_after_bytes flow | tr ' ' :)"

# A flow's own bucket: 2500 taken in tick 2, as for a group; the full one to read loses 400.
events own-taken "${own[@]}" --at 250ms:flow=1,decrement-write=2500,decrement-read=400
expect_equal "taken from a flow" "1000 1000 1000 0 0 500 1000" "$(written own-taken 7)"
expect_equal "its buckets" "$(list '2 1600 -2500' '3 2000 -1500' '4 2000 -500' '5 2000 0')" \
    "$(columns own-taken/flow_ticks.csv tick read_bucket_bytes write_bucket_bytes | sed -n 3,6p)"
expect_equal "its rows" "$(list 'all decrement-write 0 -2500 1000 2000 1' \
    'all decrement-read -2500 -2500 1000 2000 1')" \
    "$(columns own-taken/events.csv group event write_bucket_before_bytes write_bucket_after_bytes \
        write_rate_bytes_per_tick write_burst_bytes flow)"
check own-taken
# Its bucket alone: the group's 3000 go on to others. What is given back passes at once.
events own-given "${own[@]}" --rate 3000B/tick --tick 100ms --at 250ms:flow=1,decrement-write=-400
expect_equal "given back to a flow" "1000 1000 1400 1000" "$(written own-given 4)"
expect_equal "the group's bucket" "2000 2000 1600 2000" \
    "$(columns own-given/ticks.csv write_bucket_end_bytes | head -n 4 | paste -sd ' ')"
check own-given
events own-above "${own[@]}" --at 450ms:flow=1,decrement-read=-5000
expect_match "a credit above a flow's burst" 'lifted a bucket above its burst' err
expect_equal "it grows by the rate" "7000 8000 9000" \
    "$(columns own-above/flow_ticks.csv read_bucket_bytes | sed -n 5,7p | paste -sd " ")"
check own-above
# The bucket may have gone by then, or never come.
events own-none "${own[@]}" --at 200ms:flow=1,rate=none --at 250ms:flow=1,decrement-write=2500
expect_match "no bucket" 'flow 1 had no bucket of its own to decrement: nothing was taken; give it' err
expect_equal "no row" remove-own-limit "$(columns own-none/events.csv event)"
check own-none
for transport in socket tls; do
    events own-taken-$transport "${own[@]}" --at 250ms:flow=1,decrement-write=2500,decrement-read=400 \
        --at 600ms:flow=1,decrement-write=-700 --transport $transport
    check own-taken-$transport
done
events own-taken-pair "${own[@]}" --at 250ms:flow=1,decrement-write=2500,decrement-read=400 \
    --at 600ms:flow=1,decrement-write=-700
for file in ticks flow_ticks flows events; do
    expect_same "a flow's bucket, pair and socket" own-taken-pair/$file.csv own-taken-socket/$file.csv
done

# With TLS what a credit releases is charged at once: the row shows what the credit did, ticks.csv what was
# charged.
"$PACKETS" 0,0,r,1460 0,0,r,1460 0,0,r,1460 0,0,r,1460 >four.pcap
expect_status 0 "$SHAPESIM" run -q four.pcap --rate 100B/tick --tick 1s --transport tls --flow-ticks all \
    --at 5s:group=all,decrement-read=-5000 -o tls-credit
expect_equal "a credit" 5000 "$(columns tls-credit/events.csv read_bucket_before_bytes read_bucket_after_bytes |
    awk '{ print $2 - $1 }')"
check tls-credit

# A flow that joins another group passes nothing in between.
mapfile -t many < <(for flow in {0..8}; do printf '%s\n' "0,$flow,r,0"; done)
"$PACKETS" "${many[@]}" 0,9,r,1 >ten.pcap
expect_status 0 "$SHAPESIM" run -q ten.pcap --transport tls --group name=b,read-rate=1B/tick --rate 1B/tick \
    --flow-ticks all --at 1us:flow=10,join=all -o tls-join
check tls-join

# A flow that leaves its group and joins it again within a tick waits there once.
"$PACKETS" 0,0,w,955 >back.pcap
expect_status 0 "$SHAPESIM" run -q back.pcap --rate 200B/tick --tick 20ms --flow-ticks all -o back \
    --at 41ms:flow=1,leave --at 41ms:flow=1,join=all
expect_status 0 "$SHAPESIM" run -q back.pcap --rate 200B/tick --tick 20ms --flow-ticks all -o away \
    --group name=b,match=udp,rate=20B/tick,tick=20ms --at 41ms:flow=1,join=b --at 41ms:flow=1,join=all
expect_equal "its rows" "355 355 155 0" "$(columns away/flow_ticks.csv group tick write_backlog_bytes |
    awk '$1 == "all" && $2 >= 2 { print $3 }' | paste -sd ' ')"
check back
check away

# What a flush drove through before the flow left belongs to the group that it was in.
"$PACKETS" 0,0,w,3000 0,1,w,1 >flush.pcap
expect_status 0 "$SHAPESIM" run -q flush.pcap --rate 1000B/tick --tick 100ms --flush finished --via ratelimit=1 \
    --flow-ticks all --at 300ms:flow=1,leave -o flushed
check flushed

# --- pairs do as sockets do ---------------------------------------------------------------------

everything=("$here/../../traces/web.pcap" --rate 4mbit --tick 10ms --initial-tokens 0
    --at 1s:group=all,rate=8mbit,burst=30kB --at 2s:group=all,decrement-write=100kB
    --at 2.5s:group=all,decrement-write=-20kB,reset-totals
    --at 3s:group=all,write-rate=2mbit,min-share=512 --background group=all,write=1mbit)
events pair "${everything[@]}"
events socket "${everything[@]}" --transport socket
for file in ticks flow_ticks flows events; do
    expect_same "pair and socket" pair/$file.csv socket/$file.csv
done

# --- refusals -----------------------------------------------------------------------------------

refused() {
    local pattern=$1
    shift
    expect_status 2 "$SHAPESIM" run "${limits[@]}" "$@"
    expect_match "$*" "^shapesim: .*$pattern" err
}
refused 'tick: libevent counts .* start another run' --at 1s:group=all,tick=50ms
refused 'there is no group web' --at 1s:group=web,rate=1mbit
refused 'write a time, a colon' --at rate=1mbit
refused 'says nothing to do' --at 1s:group=all
refused 'unknown key' --at 1s:group=all,speed=3
refused 'burst .* below one tick' --at 1s:group=all,burst=5
refused 'unit' --at 1s:group=all,rate=5
refused 'min-share 0' --at 1s:group=all,min-share=0
refused 'names no traffic' --background group=all
refused 'is not read=RATE' --background group=all,both=1mbit
refused 'above the burst' --initial-tokens 2001
refused 'flow 1: decrement-write: the flow has no bucket of its own then; give it one with --flow-rate' \
    --at 1s:flow=1,decrement-write=1 --at 2s:flow=1,rate=1mbit
expect_status 2 "$SHAPESIM" run trace.pcap --initial-tokens 0
expect_match "no bucket" 'add --rate' err
expect_status 2 "$SHAPESIM" run trace.pcap --flow-rate 1000B/tick --initial-tokens 1001
expect_match "per-flow buckets" 'above the burst of the flows of group all' err

finish
