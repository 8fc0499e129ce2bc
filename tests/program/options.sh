#!/usr/bin/env bash
# What each option of a run does, in exact figures, on a capture of eight packets.
. "$(dirname "$0")/lib.sh"

# Flow 1: UDP, 300 bytes there, 400 back. Flow 2: TCP, 1000 there, 3000 back, closed by both ends.
# Flow 3: one datagram of 50 bytes.
{
    capture_header
    udp 0 1 1000 2 53 100
    tcp 100000 3 2000 4 80 0 2
    tcp 200000 3 2000 4 80 1000 16
    udp 250000 2 53 1 1000 400
    tcp 300000 4 80 3 2000 3000 16
    tcp 400000 3 2000 4 80 0 17
    tcp 450000 4 80 3 2000 0 17
    udp 500000 1 1000 2 53 200
    udp 600000 5 5 6 6 50
} >tiny.pcap
wide=(--rate 1gbit --tick 100ms)

# flow_bytes DIR: flow, group, bytes read, bytes written
flow_bytes() { columns "$1/flows.csv" flow group read_bytes written_bytes | sort -n; }

# --- --count, --shape -----------------------------------------------------------------------------

run payload tiny.pcap "${wide[@]}"
expect_equal "flows" "$(list '1 udp 10.0.0.1 1000 10.0.0.2 53 0.000000 0.600000 end 3' \
    '2 tcp 10.0.0.3 2000 10.0.0.4 80 0.100000 0.450000 fin 5' \
    '3 udp 10.0.0.5 5 10.0.0.6 6 0.600000 0.600000 end 1')" \
    "$(columns payload/flows.csv flow protocol initiator_address initiator_port responder_address \
        responder_port start_s end_s close packets | sort -n)"
expect_equal "the streams" "$(list '1 all 300 400' '2 all 1000 3000' '3 all 50 0')" \
    "$(flow_bytes payload)"
run stream tiny.pcap "${wide[@]}" --count stream
expect_same "stream is the default" payload/ticks.csv stream/ticks.csv
run payload-too tiny.pcap "${wide[@]}" --count payload
expect_same "nothing is sent again" payload/ticks.csv payload-too/ticks.csv
run ip tiny.pcap "${wide[@]}" --count ip
expect_equal "--count ip" "$(list '1 all 356 428' '2 all 1120 3080' '3 all 78 0')" "$(flow_bytes ip)"
run wire tiny.pcap "${wide[@]}" --count wire
expect_equal "--count wire" "$(list '1 all 384 442' '2 all 1162 3108' '3 all 92 0')" \
    "$(flow_bytes wire)"

run initiator tiny.pcap "${wide[@]}" --shape initiator
expect_equal "--shape initiator" "$(list '1 all 400 300' '2 all 3000 1000' '3 all 0 50')" \
    "$(flow_bytes initiator)"
run swapped tiny.pcap --filter tcp --read-rate 100B/tick --write-rate 300B/tick --tick 100ms
run swapped-back tiny.pcap --filter tcp --read-rate 300B/tick --write-rate 100B/tick --tick 100ms \
    --shape initiator
expect_equal "both swapped" "$(columns swapped/ticks.csv tick read_bytes written_bytes)" \
    "$(columns swapped-back/ticks.csv tick written_bytes read_bytes)"

# --- --group --------------------------------------------------------------------------------------

run groups tiny.pcap --group 'name=dns,match=udp port 53 or udp port 54,rate=64B/tick,tick=100ms' \
    --group 'name=udp,match=udp,rate=1mbit,tick=50ms' --group 'name=late,match=udp,rate=1mbit'
expect_equal "the first match wins, others are under '-'" \
    "$(list '1 dns 300 400' '2 - 1000 3000' '3 udp 50 0')" "$(flow_bytes groups)"
expect_equal "groups with ticks" "$(list dns late udp)" "$(columns groups/ticks.csv group | sort -u)"
expect_equal "a flow without limits is not held up" "0.000000 0.000000" \
    "$(columns groups/flows.csv group read_delay_max_s write_delay_max_s | sed -n 's/^- //p')"
run swap tiny.pcap --group 'name=udp,match=udp,rate=1mbit,tick=50ms' \
    --group 'name=dns,match=udp port 53,rate=64B/tick,tick=100ms'
expect_equal "the other order" "$(list '1 udp 300 400' '2 - 1000 3000' '3 udp 50 0')" \
    "$(flow_bytes swap)"
run rest tiny.pcap --group 'name=dns,match=udp port 53,rate=64B/tick,tick=100ms' --rate 1mbit
expect_equal "'all' comes after the groups" "$(list '1 dns 300 400' '2 all 1000 3000' '3 all 50 0')" \
    "$(flow_bytes rest)"
run later tiny.pcap --group 'name=back,match=src port 53,rate=1mbit'
expect_equal "the first packet decides" "$(list '1 - 300 400' '2 - 1000 3000' '3 - 50 0')" \
    "$(flow_bytes later)"
run no-match tiny.pcap --group 'name=every,flow-rate=1mbit'
expect_equal "no match means every flow" "$(list '1 every 300 400' '2 every 1000 3000' '3 every 50 0')" \
    "$(flow_bytes no-match)"

# --- --filter -------------------------------------------------------------------------------------

run filtered tiny.pcap "${wide[@]}" --filter 'udp and (port 53 or port 6)'
expect_equal "--filter" "$(list '1 all 300 400' '2 all 50 0')" "$(flow_bytes filtered)"
expect_match "packets that were filtered out" '"filtered": 5' filtered/summary.json
if tcpdump -r tiny.pcap -w beforehand.pcap udp 2>/dev/null; then
    run beforehand beforehand.pcap "${wide[@]}"
    for file in ticks.csv flow_ticks.csv flows.csv; do
        expect_same "filtered by tcpdump before" filtered/$file beforehand/$file
    done
else
    printf 'without tcpdump: its part is left out\n'
fi

# --- --max-time, --max-gap, --idle-timeout --------------------------------------------------------

run cut tiny.pcap --filter tcp --rate 100B/tick --tick 100ms --max-time 250ms --replay open
expect_equal "cut: offered = delivered + backlog" \
    "1 cut 1000 200 3000 100" \
    "$(columns cut/flows.csv flow close offered_read_bytes read_bytes offered_written_bytes \
        written_bytes)"
expect_equal "ticks until the cut" "0 1 2" "$(columns cut/ticks.csv tick | xargs)"
expect_match "the warning" "warning: stopped at --max-time" cut.err
# What was read ahead and never replayed is in no count.
expect_equal "packets at --max-time" "$(total cut/flows.csv packets)" \
    "$(awk -F'[:,]' '/"replayed_packets"/ { print $2 + 0 }' cut/summary.json)"
run uncut tiny.pcap "${wide[@]}" --max-time 1h
expect_equal "a --max-time that is not reached" "" "$(cat uncut.err)"
expect_same "a --max-time that is not reached" payload/ticks.csv uncut/ticks.csv

# Cut in a silence whose ticks have no rows.
{ capture_header; udp 0 1 1000 2 53 10; udp 900000 1 1000 2 53 10; } >silence.pcap
run silent silence.pcap "${wide[@]}" --max-time 550ms --idle-ticks skip
expect_equal "rows of a flow that was cut in a silence" 0 "$(columns silent/flow_ticks.csv tick)"

# Cut within ticks of two lengths: the longer one, which ends later, comes first.
{ capture_header; for i in $(seq 0 30); do udp $((i * 20000)) 1 1000 2 53 900; udp $((i * 20000)) 1 1001 2 53 900; done
} >steady.pcap
run lengths steady.pcap --max-time 613ms --group 'name=first,match=tcp,rate=1000B/tick,tick=50ms' \
    --rate 1000B/tick --tick 20ms
expect_equal "the last window" "30 1 1000" \
    "$(columns lengths/fairness.csv tick window_ticks bytes | grep '^30 ')"

# A run that ends with a tick: the next one, in which nothing is left, belongs to no earlier window.
run whole steady.pcap --max-time 600ms --rate 1000B/tick --tick 20ms
expect_equal "windows that end with the run" "$(list '28 2 2000' '27 3 3000' '25 5 5000' '20 10 10000' '30 1 1000')" \
    "$(columns whole/fairness.csv tick window_ticks bytes | tail -n 6 | head -n 5)"

# A packet that comes at the very last instant and gets nothing is in the backlog of the last tick.
{ capture_header; udp 0 1 1000 2 53 1; udp 0 3 1 2 53 300; udp 100000 1 1000 2 53 300; } >edge.pcap
for rows in all none; do
    expect_status 0 "$SHAPESIM" run -q -o edge-$rows edge.pcap --rate 64B/tick --tick 100ms \
        --max-time 100ms --flow-ticks $rows
    check edge-$rows
done
expect_same "ticks.csv whatever --flow-ticks" edge-all/ticks.csv edge-none/ticks.csv

{
    capture_header
    udp 0 1 1000 2 53 10
    udp 1000000 1 1000 2 53 20
    udp 9000000 2 53 1 1000 30
    udp 9500000 1 1000 2 53 40
} >gaps.pcap
run gap gaps.pcap --rate 1gbit --tick 100ms --max-gap 2s
expect_equal "--max-gap 2s" "$(list '0.000000 10 0' '1.000000 20 0' '3.000000 0 30' '3.500000 40 0')" \
    "$(columns gap/ticks.csv time_s read_bytes written_bytes | awk '$2 || $3')"
expect_match "the time taken out" '"removed_by_max_gap_s": 6\.0' gap/summary.json
run split gaps.pcap "${wide[@]}" --idle-timeout 5s
expect_equal "--idle-timeout splits a flow" \
    "$(list '1 10.0.0.1 0.000000 6.000000 idle 30 0' '2 10.0.0.2 9.000000 9.500000 end 30 40')" \
    "$(columns split/flows.csv flow initiator_address start_s end_s close offered_read_bytes \
        offered_written_bytes | sort -n)"
run one gaps.pcap "${wide[@]}" --idle-timeout 7999999us
expect_equal "--idle-timeout just below the gap" 2 "$(columns one/flows.csv flow | wc -l)"
run one-flow gaps.pcap "${wide[@]}" --idle-timeout 8000001us
expect_equal "--idle-timeout just above the gap" 1 "$(columns one-flow/flows.csv flow | wc -l)"

# --- --idle-ticks ---------------------------------------------------------------------------------

run keep gaps.pcap --rate 100B/s --burst 50 --tick 100ms
run skip gaps.pcap --rate 100B/s --burst 50 --tick 100ms --idle-ticks skip
# Idle: the bucket stands full, and nothing passes or waits.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
    { idle = $at["read_bytes"] == 0 && $at["written_bytes"] == 0 &&
             $at["read_backlog_bytes"] == 0 && $at["write_backlog_bytes"] == 0 &&
             $at["read_bucket_start_bytes"] == 50 && $at["write_bucket_start_bytes"] == 50 }
    !idle' keep/ticks.csv >busy.csv
expect_same "--idle-ticks skip leaves out the idle rows and no other" busy.csv skip/ticks.csv
expect_differ "there are idle rows" keep/ticks.csv busy.csv
expect_equal "rows of flows in the same ticks" "$(columns skip/ticks.csv tick)" \
    "$(columns skip/flow_ticks.csv tick)"
expect_same "flows" keep/flows.csv skip/flows.csv

# --- --flow-ticks ---------------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --source pareto --flows 30 --duration 3s --rate 100kbit \
    --direction both --spread 2s -o thirty.pcap
limits=(--rate 40kB/s --tick 50ms)
run every thirty.pcap "${limits[@]}"
# The N flows with most bytes in both directions, the lower number first among equals.
largest() {
    columns every/flows.csv flow offered_read_bytes offered_written_bytes |
        awk '{ print $2 + $3, $1 }' | sort -k1,1nr -k2,2n | head -n "$1" | cut -d' ' -f2 | sort -n
}
recorded() { columns "$1/flow_ticks.csv" flow | sort -nu; }
expect_equal "--flow-ticks all" "$(seq 30)" "$(recorded every)"
for n in 0 1 7 20 29 30 1000; do
    expect_status 0 "$SHAPESIM" run -q thirty.pcap "${limits[@]}" --flow-ticks $n -o top-$n
    check top-$n
    expect_equal "--flow-ticks $n" "$(largest $n)" "$(recorded top-$n)"
    expect_same "ticks.csv with --flow-ticks $n" every/ticks.csv top-$n/ticks.csv
    expect_same "flows.csv with --flow-ticks $n" every/flows.csv top-$n/flows.csv
done
grep -E "^[^,]*,[^,]*,[^,]*,($(largest 7 | paste -sd'|'))," every/flow_ticks.csv >seven
tail -n +2 top-7/flow_ticks.csv >top-seven
expect_same "the rows of seven flows" seven top-seven
expect_status 0 "$SHAPESIM" run -q thirty.pcap "${limits[@]}" -o default
expect_equal "20 by default" "$(largest 20)" "$(recorded default)"
expect_status 0 "$SHAPESIM" run -q thirty.pcap "${limits[@]}" --flow-ticks none -o none
check none
expect_equal "--flow-ticks none" 1 "$(wc -l <none/flow_ticks.csv)"
expect_status 0 "$SHAPESIM" run -q - "${limits[@]}" --flow-ticks 5 -o from-pipe < <(cat thirty.pcap)
check from-pipe
expect_equal "--flow-ticks 5 from a pipe: the first to open" "$(seq 5)" "$(recorded from-pipe)"

# --- what is said ---------------------------------------------------------------------------------

run unlimited tiny.pcap
expect_match "without limits" "^shapesim: warning: no limit is given, so the trace passes unshaped" \
    unlimited.err
expect_equal "without limits" "$(list '1 - 300 400' '2 - 1000 3000' '3 - 50 0')" \
    "$(flow_bytes unlimited)"
expect_equal "without limits, no ticks" 1 "$(wc -l <unlimited/ticks.csv)"

run rounded tiny.pcap --rate 1001B/s --burst 1kB --tick 300ms
expect_match "a rate that is rounded down" \
    "^shapesim: warning: group all: the rate is no whole number .*read 300 B/tick \(1000 B/s\)" rounded.err
expect_match "the effective rate" '"read_rate_bytes_per_tick": 300,' rounded/summary.json
expect_match "the effective rate per second" '"read_rate_bytes_per_s": 1000\.0' rounded/summary.json
expect_match "the configured rate" '"read_rate_bytes_per_s": 1001\.0' rounded/summary.json
expect_match "the warning is recorded" '"group all: the rate is no whole number' rounded/summary.json
run exact tiny.pcap --rate 1000B/s --burst 1kB --tick 300ms
expect_equal "a whole number of bytes" "" "$(cat exact.err)"

# Without -o nothing is written, and the table is printed; with -q nothing is said.
mkdir nowhere
(cd nowhere && "$SHAPESIM" run ../tiny.pcap "${wide[@]}" >../table 2>&1)
expect_equal "files without -o" "" "$(ls -A nowhere)"
expect_match "the table" '^all +3 +read +1 Gbit/s +12\.5 MB +1\.35 kB ' table
expect_match "its second part" '^all +read +- +- +- +[0-9]+ +0 B +0 B +100\.0 %$' table
expect_status 0 "$SHAPESIM" run -q tiny.pcap "${wide[@]}"
expect_equal "--quiet" "" "$(cat out err)"
# jain DIR DIRECTION: the mean of Jain's index at one tick, cut to seven places
jain() {
    awk -v key="\"$2\"" '$1 == key ":" { inside = 1 }
        inside && /"jain_one_tick_mean"/ { print substr($2, 1, 9); exit }' "$1/summary.json"
}

# --- --max-single-read, --max-single-write ----------------------------------------------------------

# Two flows with 60,000 bytes each at once, 4000 a tick, nothing else decides: the first takes half of
# what is left, then the second, ...; with at most 100 at a time they take turns until 100 are left.
for direction in read write; do
    column=read_bytes
    [ $direction = write ] && column=written_bytes
    expect_status 0 "$SHAPESIM" trace synth --flows 2 --direction $direction --packet 60000 --rate 60kB/s \
        --duration 1s -o two.pcap
    set -- two.pcap --rate 4000B/tick --tick 10ms --min-share 1 --max-time 5ms --force
    run halves "$@"
    run turns "$@" --max-single-$direction 100
    expect_equal "$direction: halves" "$(list 2667 1333)" \
        "$(columns halves/flow_ticks.csv $column | sort -rn)"
    # Jain's index of the tick: 4000^2 / (2 (2667^2 + 1333^2)) and 4000^2 / (2 (2034^2 + 1966^2))
    expect_equal "$direction: fairness of halves" 0.8999099 "$(jain halves $direction)"
    expect_equal "$direction: fairness of turns" 0.9997110 "$(jain turns $direction)"
    expect_equal "$direction: turns" "$(list 2034 1966)" "$(columns turns/flow_ticks.csv $column)"
done

finish
