#!/usr/bin/env bash
# Every run moves bytes, or moves time to an instant at which something can happen, or ends with the
# true reason; and a signal ends it.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

# ended STATUS OPTION...: of two.pcap
ended() {
    local status=$1
    shift
    rm -rf run
    expect_status "$status" timeout -s KILL 30 "$SHAPESIM" run -q two.pcap -o run --idle-ticks skip "$@"
}

# --- the end of a stream goes through a chain of filters in order ---------------------------------

# The first filter passes 1208 on at once and 1208 after its 200 ms, the second holds both for a
# brigade of 8192 or the end: which comes after them, and lets all 2416 go. A tick of 25 ms carries
# 3125.
"$PACKETS" 0,0,w,1208 0,0,w,1208 >two.pcap
chain=(--via 'ratelimit=128,flush=packet' --via 'ratelimit=512,variant=naive,brigade=8192')
for transport in pair socket tls; do
    for flush in none flush finished; do
        mode=(--flush "$flush")
        [ $flush = none ] && mode=()
        for limit in '' '--rate 1mbit --tick 25ms'; do
            # shellcheck disable=SC2086
            ended 0 "${chain[@]}" "${mode[@]}" $limit --transport $transport || continue
            expect_equal "$transport, $flush, $limit: all of it" "2416 2416" \
                "$(columns run/flows.csv offered_written_bytes written_bytes)"
            expect_equal "$transport, $flush, $limit: what each filter passed on" \
                "2416 2416 2416 2416" \
                "$(columns run/filters.csv direction sent_after_bytes received_after_bytes |
                    awk '$1 == "write" { print $2, $3 }' | paste -sd ' ')"
        done
    done
done
ended 0 "${chain[@]}" --rate 1mbit --tick 25ms
expect_equal "in one piece, after the first filter's sleep" "8 2416" \
    "$(columns run/ticks.csv tick written_bytes | awk '$2 > 0')"

# Deflate below a filter that sleeps: one stream, whose end comes last.
ended 0 --via ratelimit=4 --via deflate=0 --payload random --rate 1mbit --tick 25ms
expect_match "what went in came out" \
    '^1,all,write,1,deflate,2416,([0-9]+),\1,2416,([0-9a-f]+),\2$' run/filters.csv

# --- what never comes ------------------------------------------------------------------------------

"$PACKETS" 0,0,w,1208 0,0,w,1208 >two.pcap
# No packet brings the end: with a limit, and without one, where no tick passes, either.
for limit in '' '--rate 1mbit --tick 25ms' '--rate 1mbit --tick 1ms'; do
    for transport in pair socket tls; do
        # shellcheck disable=SC2086
        ended 1 --via ratelimit=60 --flush normal $limit --transport $transport --replay open
        expect_match "$transport $limit: --flush normal" \
            '1 flows wait for the end that mod_ratelimit passes on .*--flush normal does not pass on' err
    done
done
# The end that was asked for comes first.
ended 0 --via ratelimit=60 --flush normal --rate 1mbit --tick 25ms --replay open --max-time 5s
expect_equal "--flush normal until --max-time" "5.000000 end 2416 0" \
    "$(columns run/flows.csv end_s close offered_written_bytes written_bytes)"
# In closed loop the filter sees where a response ends.
ended 0 --via ratelimit=60 --flush normal
# A request below the mark is answered by nobody, and the client waits: its second request and both
# answers are withheld.
"$PACKETS" 0,0,r,300 10000,0,w,500 20000,0,r,900 30000,0,w,700 40000,0,r,0,F 40000,0,w,0,F >two.pcap
for transport in pair socket tls; do
    for limit in '' '--rate 1mbit --tick 25ms' '--via deflate --rate 1mbit --tick 1ms'; do
        # shellcheck disable=SC2086
        ended 1 --read-low 301 $limit --transport $transport
        expect_match "$transport $limit: --read-low" \
            'packet 2 of flow 1 waits: 1 flows wait for more bytes, .* less than --read-low; lower it' err
        # shellcheck disable=SC2086
        ended 0 --read-low 301 $limit --transport $transport --max-time 5s
        expect_equal "$transport $limit: until --max-time" "cut 300 0 0 0 900 1200" \
            "$(columns run/flows.csv close offered_read_bytes read_bytes offered_written_bytes written_bytes) $(
                sed -n 's/^ *"withheld_bytes": \([0-9]*\),\{0,1\}$/\1/p' run/summary.json | paste -sd ' ')"
        expect_status 0 "$SHAPESIM" verify run
        # shellcheck disable=SC2086
        ended 0 --read-low 301 $limit --transport $transport --replay open
        # shellcheck disable=SC2086
        ended 0 --read-low 300 $limit --transport $transport
    done
done
"$PACKETS" 0,0,w,1208 0,0,w,1208 >two.pcap
# The background takes all: said after 10000 ticks, not after hours of them.
ended 1 --rate 100B/tick --tick 1ms --background group=all,write=100B/tick
expect_match "background" 'tokens that never come; lower --background' err
ended 0 --rate 100B/tick --tick 1ms --background group=all,write=99B/tick
# Ten times the patience is owed.
ended 1 --rate 100B/tick --tick 1s --at 0s:group=all,decrement-write=10000000
expect_match "debt" 'wait for tokens, as a bucket is still overdrawn; raise the rate' err
expect_equal "and nothing of backgrounds" 0 "$(grep -c background err)"

# What waits for the handshake goes to a filter that holds it all: the application, whose mark it is
# above, continues.
"$PACKETS" 0,0,w,1460 1,0,w,20000 >two.pcap
ended 0 --rate 1mbit --tick 25ms --via ratelimit=512,variant=naive,brigade=8192 --write-high 1000 \
    --transport tls
expect_equal "all is written" "21460 21460" "$(columns run/flows.csv offered_written_bytes written_bytes)"

# --- signals ----------------------------------------------------------------------------------------

# signalled SIGNAL NAME OPTION...: the exit status of a run of NAME.pcap that is signalled while it writes.
signalled() {
    local signal=$1 name=$2 pid
    shift 2
    rm -rf "out-$name"
    "$SHAPESIM" run -q "$name.pcap" "$@" -o "out-$name" >out 2>err &
    pid=$!
    until [ "$(stat -c %s "out-$name/ticks.csv.part" 2>/dev/null || echo 0)" -gt 100000 ]; do
        kill -0 $pid 2>/dev/null || break
        sleep 0.02
    done
    kill -s "$signal" $pid 2>/dev/null
    for _ in $(seq 500); do kill -0 $pid 2>/dev/null || break; sleep 0.02; done
    kill -s KILL $pid 2>/dev/null && fail "$name continues after SIG$signal"
    wait $pid
}

# In a backlog of days, and in a silence of almost a million rows: it can end before the signal, and is then
# tried again.
"$PACKETS" 0,0,w,65000 0,0,w,65000 >days.pcap
"$PACKETS" 0,0,w,100 9000000000,0,w,100 >silence.pcap
for signal in INT TERM; do
    signalled $signal days --rate 1B/tick --tick 1ms --idle-ticks skip
    expect_equal "days: exit status after SIG$signal" 130 $?
    for _ in $(seq 20); do
        signalled $signal silence --rate 100B/tick --tick 10ms
        status=$?
        [ $status = 0 ] || break
    done
    expect_equal "silence: exit status after SIG$signal" 130 "$status"
done
finish
