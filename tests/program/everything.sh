#!/usr/bin/env bash
# Every feature at once on each capture that ships: no byte is lost, the files agree with each other,
# and two runs are the same.
. "$(dirname "$0")/lib.sh"

limits=(
    --group 'name=web,match=tcp port 80,rate=6mbit,burst=64KiB,tick=10ms,min-share=512,flow-rate=2mbit,flow-burst=20kB'
    --group 'name=names,match=udp,rate=200kbit,burst=5000,tick=25ms'
    --group 'name=shells,match=tcp port 22,read-rate=1mbit,write-rate=8mbit,tick=20ms'
    --rate 500kbit --burst 20kB --tick 50ms)
filters=(--via overhead=12:700 --via deflate=6 --via ratelimit=100,initial-burst=4,variant=corrected,brigade=2000
    --via overhead=40:1460 --payload text)
application=(--write-high 40kB --write-low 3kB --read-timeout 150ms --write-timeout 200ms
    --max-single-read 2000 --max-single-write 5000
    --read-high 3000)
events=(--at 300ms:group=web,rate=3mbit,burst=32KiB --at 800ms:group=web,decrement-write=40kB,decrement-read=1000
    --at 900ms:group=web,decrement-write=-5000,reset-totals --at 1.2s:group=shells,write-rate=5mbit,min-share=900
    --at 400ms:group=names,reset-totals --at 500ms:group=names,rate=300kbit,burst=6000
    --at 200ms:flow=1,leave --at 700ms:flow=1,join=all --at 250ms:flow=2,join=all --at 750ms:flow=2,join=shells
    --at 450ms:flow=1,rate=1mbit,tick=20ms --at 550ms:flow=1,decrement-write=9kB,decrement-read=-100
    --at 1.5s:flow=1,rate=none --at 600ms:flow=3,rate=800kbit,tick=10ms
    --at 650ms:flow=4,leave --at 850ms:flow=5,join=web --background group=web,write=500kbit
    --background group=shells,read=50kbit,write=1mbit --initial-tokens 500 --seed 5)
all=("${limits[@]}" "${filters[@]}" "${application[@]}" "${events[@]}" --read-low 1 --filter-high 50kB --write-pcap)

# conserves DIR CAPTURE SHAPE: each flow offers and delivers what the capture has of it, and what its
# first filter got and gave
conserves() {
    local read=initiator write=responder
    [ "$3" = initiator ] && read=responder write=initiator
    "$SHAPESIM" trace info --csv "$2" >info.csv || fail "trace info $2"
    local trace
    trace=$(columns info.csv flow ${read}_stream_bytes ${write}_stream_bytes)
    expect_equal "$1: offered" "$trace" \
        "$(columns "$1/flows.csv" flow offered_read_bytes offered_written_bytes | sort -n)"
    expect_equal "$1: delivered" "$trace" \
        "$(columns "$1/flows.csv" flow read_bytes written_bytes | sort -n)"
    [ -e "$1/filters.csv" ] || return
    expect_equal "$1: filters, end to end" "$trace" \
        "$(columns "$1/filters.csv" flow direction position received_after_bytes | sort -n -s -k 1,1 |
            awk '$3 == 0 && $2 == "read" { read = $4 } $3 == 0 && $2 == "write" { print $1, read, $4 }')"
    expect_equal "$1: CRCs" "" "$(columns "$1/filters.csv" flow sent_crc32 received_crc32 | awk '$2 != $3')"
}

drained() { grep -q '"end": "drained"' "$1/summary.json" || fail "$1 did not drain"; }

on_capture() {
    local capture=$here/../../traces/$1.pcap transport
    for transport in pair socket tls; do
        run $transport "$capture" "${all[@]}" --transport $transport
        conserves $transport "$capture" responder
        drained $transport
    done
    for file in ticks flow_ticks flows filters application events; do
        expect_same "$1: pair and socket" pair/$file.csv socket/$file.csv
    done
    expect_same "$1: pair and socket" pair/shaped.pcap socket/shaped.pcap
    run again "$capture" "${all[@]}" --transport tls
    expect_same "$1: two runs" tls again
    rm -rf again socket tls pair
    # What a pair's flush drives past the limits is delivered, too.
    for mode in flush finished; do
        run $mode "$capture" "${all[@]}" --flush $mode --shape initiator
        conserves $mode "$capture" initiator
        drained $mode
    done
    run plain "$capture" "${limits[@]}" "${application[@]}" "${events[@]}" --flush flush --write-pcap \
        --receive-window 20kB
    conserves plain "$capture" responder
    run skipped "$capture" "${all[@]}" --idle-ticks skip --flow-ticks 3 --transport tls --tls-version 1.2 \
        --dirty-shutdown=allowed
    conserves skipped "$capture" responder
    run cut "$capture" "${all[@]}" --max-time 1.1s
    run cut-tls "$capture" "${all[@]}" --max-time 1.1s --transport tls
}
on_each_capture on_capture

# The checker finds what is changed in the files of such a run.
run good "$here/../../traces/ipv6.pcap" "${all[@]}" --flush flush
# changed FILE ROW COLUMN BY: BY is added to a field
changed() {
    rm -rf bad && cp -r good bad
    awk -F, -v OFS=, -v row="$2" -v column="$3" -v by="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        NR == row + 1 { n = at[column]; $n = $n + by }
        { print }' "good/$1" >"bad/$1"
    cmp -s "good/$1" "bad/$1" && fail "$*: nothing was changed"
    expect_status 1 "$CHECK_RUN" bad || fail "$* was not found"
}
while read -r file row column by; do
    changed "$file" "$row" "$column" "$by"
done <<'END'
ticks.csv 40 read_bytes 1
ticks.csv 41 written_bytes -1
ticks.csv 60 write_bucket_end_bytes 1
ticks.csv 200 write_backlog_bytes 1
ticks.csv 80 members 20
flow_ticks.csv 60 written_bytes 1
flow_ticks.csv 61 read_bytes 1
flow_ticks.csv 90 write_backlog_bytes 1
flows.csv 3 offered_written_bytes 1
flows.csv 3 written_bytes -1
flows.csv 5 read_bytes -1
filters.csv 12 sent_before_bytes 1
filters.csv 12 received_before_bytes -1
filters.csv 20 sent_after_bytes 1
filters.csv 30 received_after_bytes -1
filters.csv 8 position 1
application.csv 4 flushed_written_bytes 1
application.csv 6 max_held_bytes 99999999
events.csv 12 write_bucket_after_bytes 1
events.csv 20 write_bucket_before_bytes -1
END
# Neither may the flow that left have stayed.
rm -rf bad && cp -r good bad
sed '/,leave,/d' good/events.csv >bad/events.csv
expect_status 1 "$CHECK_RUN" bad || fail "a move that was left out was not found"
finish
