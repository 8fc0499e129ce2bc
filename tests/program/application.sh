#!/usr/bin/env bash
# What applications at a flow's ends do: watermarks, timeouts, flushes; and what happens to single
# flows during a run. Exact figures, worked out in the comments: of flows that close when they were captured
# to close, whatever still waits (--replay open), where that matters.
. "$(dirname "$0")/lib.sh"

synth() { expect_status 0 "$SHAPESIM" trace synth "$@"; }
written() { columns "$1/ticks.csv" written_bytes | head -n "${2:-99}" | paste -sd ' '; }
application() { columns "$1/application.csv" "${@:2}"; }

# --- write watermarks -----------------------------------------------------------------------------

# A packet of 1000 each 100 ms, and 500 B/tick of 100 ms. Above 1500 the application stops: it offers
# packets 0, 1, 2 (of which 1000, 1500, 2000 wait until the next write), continues when all is written
# (ticks 5, 9, 13, 17), with two packets each time: 3 and 4 in tick 5, then 5 and 6, 7 and 8, and 9.
# So 7 packets are held; before tick 9's release these are 5 to 9; packet 9 for 800 ms.
synth --direction write --packet 1000 --rate 10kB/s --duration 1s -o ten.pcap
ten=(ten.pcap --rate 500B/tick --tick 100ms --replay open)
run high "${ten[@]}" --write-high 1500
expect_equal "--write-high" "7 7000 5000 0.800000" \
    "$(application high held_packets held_bytes max_held_bytes max_held_s)"
expect_equal "what waits at each tick's end" \
    "500 1000 1500 1000 500 2000 1500 1000 500 2000 1500 1000 500 2000 1500 1000 500 1000 500 0" \
    "$(columns high/ticks.csv write_backlog_bytes | paste -sd ' ')"
# Who waits upstream waits all the same: delays are from the arrival on.
run free "${ten[@]}"
for column in offered_written_bytes written_bytes end_s write_delay_p50_s write_delay_max_s; do
    expect_equal "$column with and without it" "$(columns free/flows.csv $column)" \
        "$(columns high/flows.csv $column)"
done
expect_equal "the backlog" "5500 2500" \
    "$(columns free/flows.csv max_write_backlog_bytes) $(columns high/flows.csv max_write_backlog_bytes)"

# From 1000 on it continues: packet k leaves in tick 2k - 3. At 0.9 s packets 6 to 9 are held, 9 for 600 ms.
run low "${ten[@]}" --write-high 1500 --write-low 1000
expect_equal "--write-low" "7 7000 4000 0.600000" \
    "$(application low held_packets held_bytes max_held_bytes max_held_s)"
# At 0.95 s packets 7, 8, 9 are held: not offered, and not lost.
run cut "${ten[@]}" --write-high 1500 --max-time 950ms
expect_equal "held at the end" "7000 5000" "$(columns cut/flows.csv offered_written_bytes written_bytes)"
for key in withheld_bytes unoffered_bytes; do
    expect_equal "$key, read and written" "0 3000" \
        "$(sed -n "s/^ *\"$key\": \([0-9]*\),\{0,1\}$/\1/p" cut/summary.json | paste -sd ' ')"
done
# A packet above the mark is taken whole when nothing waits.
run tiny "${ten[@]}" --write-high 1
expect_equal "--write-high 1" "9 9000 10000" \
    "$(application tiny held_packets held_bytes) $(columns tiny/flows.csv written_bytes)"
# What waits is counted below the filters: 1040 for each.
run filtered "${ten[@]}" --write-high 1000 --via overhead=40:1460
expect_equal "below filters" "9 9000 10000 10000" \
    "$(application filtered held_packets held_bytes) $(columns filtered/flows.csv offered_written_bytes written_bytes)"

# --- watermark below filters ----------------------------------------------------------------------

# 10080 in two writes of 5040, at 0 and 0.1 s. Without records the mark changes nothing that a bucket
# is charged for. With TLS each write is a record of 22 more: 2 of 5040, or 2 x 6 of at most 1000.
synth --direction write --packet 5000 --rate 50kB/s --duration 200ms -o five.pcap
charged() { sed -n 's/^ *"charged_bytes": \([0-9]*\),\{0,1\}$/\1/p' "$1/summary.json" | tail -n 1; }
for transport in pair socket tls; do
    rate=2000B/tick
    [ $transport = tls ] && rate=1MB/s
    high=(five.pcap --tick 100ms --rate "$rate" --replay open --via overhead=40:5000 --transport "$transport")
    run below "${high[@]}"
    run mark "${high[@]}" --filter-high 1000
    check mark
    if [ $transport = tls ]; then
        expect_equal "--filter-high: ten records more" 220 $(($(charged mark) - $(charged below)))
    else
        expect_same "--filter-high, $transport: each tick" below/ticks.csv mark/ticks.csv
    fi
    expect_equal "--filter-high, $transport: all comes" "write 10000 10080 10080 10000" \
        "$(columns mark/filters.csv direction sent_before_bytes sent_after_bytes received_before_bytes \
            received_after_bytes | tail -n 1)"
    rm -rf below mark
done

# --- read watermark -------------------------------------------------------------------------------

# Two flows of 16000 in a group of 8000 a tick, min-share 1000. Without a mark one reads at most 4096
# and half of what is left: 4000, the other 2000, 1000, and 1000 which is the min-share. With one of
# 1000 or 500 they take turns, half each.
synth --flows 2 --packet 16000 --rate 16kB/s --duration 1s -o two.pcap
two=(two.pcap --rate 8000B/tick --tick 100ms --min-share 1000)
shares() { columns "$1/flow_ticks.csv" read_bytes | head -n 2 | paste -sd ' '; }
run no-mark "${two[@]}"
expect_equal "no --read-high" "5000 3000" "$(shares no-mark)"
for high in 1000 500; do
    run mark "${two[@]}" --read-high $high
    expect_equal "--read-high $high" "4000 4000" "$(shares mark)"
    rm -rf mark
done

# 300 bytes each 100 ms from 0 to 0.9 s, closed at 1 s: the mark is met with the fourth, at 0.3 and
# 0.7 s; the last two are taken at the close. Below the mark they have paid and wait: the first of
# four for 300 ms.
synth --direction read --packet 300 --rate 3kB/s --duration 1s -o reads.pcap
for via in '' '--via overhead=40:1460'; do
    for transport in pair socket tls; do
        # shellcheck disable=SC2086
        run read-low reads.pcap --rate 1MB/s --tick 100ms --replay open --read-low 1000 \
            --transport $transport $via
        expect_equal "--read-low, $transport $via: what waits" "300 600 900 0 300 600 900 0 300 600 0" \
            "$(columns read-low/ticks.csv read_backlog_bytes | paste -sd ' ')"
        expect_equal "and for how long, until the flow closes" "3000 0.300000 1.000000" \
            "$(columns read-low/flows.csv read_bytes read_delay_max_s end_s)"
        [ $transport = tls ] ||
            expect_equal "it has paid" "$([ "$via" ] && echo 340 || echo 300)" \
                "$(columns read-low/ticks.csv read_bytes | head -n 10 | sort -u)"
        expect_status 0 "$SHAPESIM" verify read-low
        rm -rf read-low
    done
done
# What has paid below the mark when the run is cut is in no delivery.
run read-cut reads.pcap --rate 1MB/s --tick 100ms --replay open --read-low 1000 --max-time 650ms
expect_equal "--read-low and --max-time" "2100 1200 2100" \
    "$(columns read-cut/flows.csv offered_read_bytes read_bytes) $(total read-cut/ticks.csv read_bytes)"
expect_status 0 "$SHAPESIM" verify read-cut

# --- timeouts -------------------------------------------------------------------------------------

# Read at 0, 1, 2, 3, 4 s, closed at 5 s: 300, 600 and 900 ms after each.
synth --packet 1000 --rate 1kB/s --duration 5s -o reads.pcap
run read-timeout reads.pcap --rate 1MB/s --tick 100ms --read-timeout 300ms
expect_equal "--read-timeout" "15 0" "$(application read-timeout read_timeouts write_timeouts)"
run exactly reads.pcap --rate 1MB/s --tick 100ms --read-timeout 1001ms
expect_equal "longer than the silences" 0 "$(application exactly read_timeouts)"
# Nothing to write is no reason for a socket or a pair.
run write-timeout reads.pcap --rate 1MB/s --tick 100ms --write-timeout 300ms
expect_equal "--write-timeout, nothing to write" "0 0" \
    "$(application write-timeout read_timeouts write_timeouts)"

# 5000 at once and 1000 B/s: what the bucket holds back is suspended, which is no timeout either.
synth --direction write --packet 5000 --rate 5kB/s --duration 1s -o writes.pcap
synth --direction read --packet 5000 --rate 5kB/s --duration 1s -o waits.pcap
for direction in read write; do
    trace=writes.pcap
    [ $direction = read ] && trace=waits.pcap
    run held $trace --rate 1000B/tick --$direction-timeout 300ms --replay open
    expect_equal "$direction: a bucket holds it" "0 4.000000" \
        "$(application held ${direction}_timeouts) $(columns held/flows.csv end_s)"
    rm -rf held
done
# A filter has passed all on at 0 and knows no bucket: each 300 ms until 4.8 s, and the flow goes at 5 s,
# when its last 4 + 996 bytes are out (5004 of them).
run filter-timeout writes.pcap --rate 1000B/tick --write-timeout 300ms --via overhead=4:5000 --replay open
expect_equal "a filter's write timeout" "16 5.000000" \
    "$(application filter-timeout write_timeouts) $(columns filter-timeout/flows.csv end_s)"
# Likewise a TLS filter: floor(5 / 0.3), though it never had anything to write.
run tls-timeout reads.pcap --rate 1MB/s --tick 100ms --read-timeout 300ms --write-timeout 300ms --transport tls
expect_equal "TLS's timeouts" "15 16" "$(application tls-timeout read_timeouts write_timeouts)"

# --- flush ----------------------------------------------------------------------------------------

# 38400 at once, 1000 a tick of 100 ms, closed at 1 s: 10 ticks have passed 10000. A pair's flush takes
# the other 28400 across at once, not charged; a socket's does nothing, and the last byte leaves
# in tick 38.
synth --direction write --packet 38400 --rate 38400B/s --duration 1s -o large.pcap
while read -r transport mode flushed end charged; do
    run flush large.pcap --rate 1000B/tick --tick 100ms --flush "$mode" --transport "$transport" --replay open
    expect_equal "$transport, $mode" "0 $flushed $end $charged" \
        "$(application flush flushed_read_bytes flushed_written_bytes) $(columns flush/flows.csv end_s) \
$(total flush/ticks.csv written_bytes)"
    rm -rf flush
done <<'END'
pair normal 0 3.800000 38400
pair flush 28400 1.000000 10000
pair finished 28400 1.000000 10000
socket normal 0 3.800000 38400
socket flush 0 3.800000 38400
socket finished 0 3.800000 38400
END
# What was sent to the shaped end is flushed, too.
synth --direction read --packet 38400 --rate 38400B/s --duration 1s -o large-read.pcap
run flush-read large-read.pcap --rate 1000B/tick --tick 100ms --flush flush --replay open
expect_equal "of what is read" "28400 0" "$(application flush-read flushed_read_bytes flushed_written_bytes)"
# mod_ratelimit holds 1536 of 38400 until an end: of a FLUSH or a FINISHED at 1 s, after
# its 200 ms; without one for ever.
for mode in flush finished; do
    run held large.pcap --rate 1MB/s --tick 200ms --via ratelimit=60 --flush $mode --transport socket --replay open
    expect_equal "$mode ends what a filter holds" "12288 12288 12288 0 0 0 1536" "$(written held)"
    rm -rf held
done
expect_status 1 "$SHAPESIM" run -q large.pcap --rate 1MB/s --tick 200ms --via ratelimit=60 --flush normal --replay open
expect_match "normal does not" 'no byte has moved since' err
# Timeouts continue meanwhile, but move nothing; and an application whose mark is below what the filter
# holds waits for ever, too.
for flags in '--read-timeout 300ms' '--write-high 1000'; do
    # shellcheck disable=SC2086
    expect_status 1 timeout 60 "$SHAPESIM" run -q large.pcap --rate 1MB/s --tick 200ms --via ratelimit=60 $flags \
        --flush normal --replay open
    expect_match "$flags" 'no byte has moved since' err
done

# --- flows that leave and join --------------------------------------------------------------------

# 50000 each 100 ms against 1000 B/tick, burst 2000. At 250 ms 3 packets have come and 3000 are out.
synth --direction write --packet 50000 --rate 500kB/s --duration 1s -o flood.pcap
flood=(flood.pcap --rate 1000B/tick --burst 2000 --tick 100ms)
other=(--group 'name=other,match=udp,rate=3000B/tick,tick=100ms')

run leave "${flood[@]}" --at 250ms:flow=1,leave
expect_equal "left: the rest at once" "1000 1000 1000 0" "$(written leave 4)"
expect_equal "the group's bucket" "0 1000 2000" \
    "$(columns leave/ticks.csv write_bucket_end_bytes | sed -n 3,5p | paste -sd ' ')"
expect_equal "its end and delay" "1.000000 0.250000 500000" \
    "$(columns leave/flows.csv end_s write_delay_max_s written_bytes)"
expect_equal "its event" "0.250000 2 all leave 0 0 1" \
    "$(columns leave/events.csv time_s tick group event write_bucket_before_bytes write_bucket_after_bytes flow)"
expect_equal "members" "1 1 0 0" "$(columns leave/ticks.csv members | head -n 4 | paste -sd ' ')"
expect_equal "the summary has both parts" "3000 497000" \
    "$(sed -n '/"write": {/,/}/s/.*"delivered_bytes": \([0-9]*\),/\1/p' \
    leave/summary.json | paste -sd ' ')"

# The other group's full bucket of 3000 is spent at once, in the same tick.
run join "${flood[@]}" "${other[@]}" --at 250ms:flow=1,join=other
of_group() { columns "$1/ticks.csv" group "$3" | sed -n "s/^$2 //p" | head -n 4 | paste -sd ' '; }
expect_equal "from all" "1000 1000 1000 0" "$(of_group join all written_bytes)"
expect_equal "to other" "0 0 3000 3000" "$(of_group join other written_bytes)"
expect_equal "its backlog goes along" "49000 98000 0 0, 0 0 144000 191000" \
    "$(of_group join all write_backlog_bytes), $(of_group join other write_backlog_bytes)"
expect_equal "two rows in that tick" "$(list 'all 1000 147000' 'other 3000 144000')" \
    "$(columns join/flow_ticks.csv tick group written_bytes write_backlog_bytes | sed -n 's/^2 //p')"
expect_equal "flows.csv has the first group" all "$(columns join/flows.csv group)"
# Away and back: the packet at 300 ms passed unlimited, so that nothing is left for tick 3, and all of
# the bucket for tick 4.
run back "${flood[@]}" "${other[@]}" --at 250ms:flow=1,leave --at 350ms:flow=1,join=all
expect_equal "away and back" "1000 1000 1000 0" "$(of_group back all written_bytes)"
expect_equal "the bucket saved up meanwhile" "2000" \
    "$(columns back/ticks.csv group tick written_bytes | sed -n 's/^all 4 //p')"

# --- per-flow limits ------------------------------------------------------------------------------

# 300 a tick from tick 3 on (in tick 2 the group has nothing left), while the group's bucket fills to
# 1700, 1700 + 1000 > 2000: so at 650 ms, when the limit is gone, 2000 - 300 pass at once.
run own "${flood[@]}" --at 250ms:flow=1,rate=300B/tick,tick=100ms --at 650ms:flow=1,rate=none
expect_equal "set and removed" "1000 1000 1000 300 300 300 2000 1000" "$(written own 8)"
expect_equal "its events" "$(list '2 set-own-limit  300 300 300 1' '6 remove-own-limit 0    1')" \
    "$(columns own/events.csv tick event write_bucket_before_bytes write_bucket_after_bytes \
        write_rate_bytes_per_tick write_burst_bytes flow)"
# Another tick length: 50 at once at 550 ms, 50 at 560, 570, 580, 590 ms, then 500 a tick. (libevent
# itself would fill the bucket, or stop for years.)
run retick "${flood[@]}" --at 250ms:flow=1,rate=300B/tick,tick=100ms --at 550ms:flow=1,rate=50B/tick,tick=10ms
expect_equal "another tick" "1000 1000 1000 300 300 550 500 500" "$(written retick 8)"
# Each new limit is a new bucket with a tick's worth in it, whatever the old one had left.
run again "${flood[@]}" --at 310ms:flow=1,rate=100B/tick,tick=1s --at 320ms:flow=1,rate=100B/tick,tick=1s
expect_equal "a new bucket each time" "100 100" \
    "$(columns again/events.csv write_bucket_after_bytes | paste -sd ' ')"

# --- flows that are not there ---------------------------------------------------------------------

for event in flow=7,leave flow=7,join=all flow=7,rate=1mbit; do
    run missed "${flood[@]}" --at 250ms:$event
    expect_match "$event: not open" 'warning: 1 of the --at events are for flows that were not open' missed.err
    expect_equal "$event: no row" "" "$(columns missed/events.csv event)"
    rm -rf missed
done
run twice "${flood[@]}" --at 250ms:flow=1,leave --at 350ms:flow=1,leave
expect_match "left already" '1 of the --at events .* or not in a group' twice.err

# --- pairs do as sockets do -----------------------------------------------------------------------

same() {
    for transport in pair socket; do
        expect_status 0 "$SHAPESIM" run "$@" -q --flow-ticks all --idle-ticks skip \
            --transport $transport -o $transport || return
    done
    diff -r --exclude=summary.json pair socket >difference ||
        fail "$*: pair and socket differ: $(head -n 5 difference)"
    check pair
    settings=$((settings + 1))
    rm -rf pair socket
}

matrix() {
    local settings=0 flags
    # shellcheck disable=SC2162 # a backslash continues a setting on the next line
    while read -a flags; do
        same "$here/../../traces/$1.pcap" --rate 1mbit --tick 20ms "${flags[@]}"
    done <<'END'
--write-high 5000
--write-high 5000 --write-low 3000 --via overhead=40:1460 --flow-rate 100kbit
--read-high 700 --flow-rate 100kbit
--read-high 700 --via overhead=40:1460
--read-low 900 --read-high 1000 --flow-rate 100kbit --replay open
--filter-high 700 --via overhead=40:1460 --write-high 600 --write-low 300 --flow-rate 100kbit
--filter-high 300 --via deflate --via overhead=40:1460 --payload random
--read-timeout 70ms --write-timeout 90ms
--read-timeout 70ms --write-timeout 90ms --via overhead=40:1460
--flush normal --via deflate
--group name=a,match=udp,rate=300kbit,tick=25ms --at 300ms:flow=1,leave --at 1s:flow=1,join=a \
    --at 500ms:flow=2,rate=50kbit,tick=10ms --at 2s:flow=2,rate=none --at 600ms:flow=3,join=a
--flow-rate 200kbit --flow-burst 9000 --initial-tokens 1500 --at 1s:flow=1,rate=none
END
    expect_equal "settings compared" 12 $settings
}
on_each_capture matrix

# --- refusals -------------------------------------------------------------------------------------

refused_run flood.pcap 'from 1 to 2147483647' --write-high 0
refused_run flood.pcap 'not a size' --write-high x
refused_run flood.pcap 'add --write-high' --write-low 5
refused_run flood.pcap 'is above --write-high' --write-low 6 --write-high 5
refused_run flood.pcap 'from 1 to 2147483647' --read-high 3000MB
refused_run flood.pcap 'from 1 to 2147483647' --read-low 0
refused_run flood.pcap 'lower it, or raise --read-high' --read-low 1001 --read-high 1000
refused_run flood.pcap 'from 1 to 2147483647' --filter-high 0 --via deflate
refused_run flood.pcap 'add one, like --via deflate, or use --write-high' --filter-high 1000
refused_run flood.pcap 'lower it, or raise --filter-high' --write-high 1000 --filter-high 1000 --via deflate
refused_run flood.pcap 'leave one of the two out' --receive-window 3000 --read-low 1000
refused_run flood.pcap 'must be above 0' --read-timeout 0s
refused_run flood.pcap 'needs a unit' --write-timeout 5
refused_run flood.pcap 'not one of normal, flush, finished' --flush now
refused_run flood.pcap 'there is no group other' --at 1s:flow=1,join=other
refused_run flood.pcap 'has no group limit' --at 1s:flow=1,join=own --group name=own,match=udp,flow-rate=1mbit
refused_run flood.pcap 'whole number from 1' --at 1s:flow=0,leave
refused_run flood.pcap 'whole number from 1' --at 1s:flow=-1,leave
refused_run flood.pcap 'says nothing to do' --at 1s:flow=1
refused_run flood.pcap 'says two things' --at 1s:flow=1,leave,join=all
refused_run flood.pcap 'says two things' --at 1s:flow=1,rate=none,tick=1s
refused_run flood.pcap 'without a rate; add rate=' --at 1s:flow=1,burst=5
refused_run flood.pcap 'flow=1,rate=300B/tick,burst=100: burst .*below one tick' --at 1s:flow=1,rate=300B/tick,burst=100
refused_run flood.pcap 'write leave, join=GROUP' --at 1s:flow=1,min-share=4
refused_run flood.pcap 'whole milliseconds' --at 1s:flow=1,rate=1mbit,tick=1500us

finish
