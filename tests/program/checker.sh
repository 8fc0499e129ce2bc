#!/usr/bin/env bash
# check_run finds every single number that is changed in the files of a good run, and names it.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --source poisson --flows 4 --duration 2s --rate 100kbit \
    --direction both --protocol udp -o trace.pcap
run good trace.pcap --rate 30kB/s --tick 100ms --flow-rate 15kB/s

# changed FILE ROW COLUMN BY REGEX: BY is added to a field of the good run $good
good=good
changed() {
    local what="$1 row $2 $3 by $4"
    rm -rf bad && cp -r $good bad
    awk -F, -v OFS=, -v row="$2" -v column="$3" -v by="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        NR == row + 1 { n = at[column]; $n = $n ~ /\./ ? sprintf("%.6f", $n + by) : $n + by }
        { print }' "$good/$1" >"bad/$1"
    cmp -s "$good/$1" "bad/$1" && fail "$what: nothing was changed"
    expect_status 1 "$CHECK_RUN" bad || { fail "$what was not found"; return; }
    expect_equal "$what: lines" 1 "$(wc -l <err)"
    expect_match "$what" "^($1|(ticks|flows|flow_ticks|exchanges|delays_time).csv|summary.json): .*($5)" err
}

while read -r file row column by regex; do
    changed "$file" "$row" "$column" "$by" "$regex"
done <<'END'
ticks.csv 3 time_s 0.000001 time = tick
ticks.csv 3 tick 1 time = tick
ticks.csv 4 members -1 members
ticks.csv 4 members 9 members
ticks.csv 4 backlogged_flows 1 backlogged
ticks.csv 5 read_bucket_start_bytes 1 start - bytes = end
ticks.csv 5 read_bucket_end_bytes -1 start - bytes = end
ticks.csv 5 write_bucket_start_bytes 1 start - bytes = end
ticks.csv 5 write_bucket_end_bytes -1 start - bytes = end
ticks.csv 5 read_bytes 1 total = total before
ticks.csv 5 written_bytes -1 total = total before
ticks.csv 5 total_read_bytes 1 total = total before
ticks.csv 5 total_written_bytes -1 total = total before
ticks.csv 5 read_backlog_bytes 1 backlog
ticks.csv 5 write_backlog_bytes 1 backlog
flow_ticks.csv 9 time_s 0.000001 time = tick
flow_ticks.csv 9 tick 1 tick
flow_ticks.csv 9 flow 1 tick|bucket|backlog
flow_ticks.csv 9 read_bucket_bytes 1 per-flow bucket
flow_ticks.csv 9 write_bucket_bytes -1 per-flow bucket
flow_ticks.csv 9 read_bytes 1 per-flow bucket|sum
flow_ticks.csv 9 written_bytes 1 per-flow bucket|sum
flow_ticks.csv 9 read_backlog_bytes 1 backlog
flow_ticks.csv 9 write_backlog_bytes 1 backlog
flow_ticks.csv 9 max_write_bytes 1 max_write_bytes
flows.csv 2 flow 7 flow
flows.csv 2 start_s 9.000000 start <= end
flows.csv 2 end_s 9.000000 end
flows.csv 2 packets 1 packets
flows.csv 2 offered_read_bytes 1 offered = delivered
flows.csv 2 read_bytes -1 offered = delivered
flows.csv 2 offered_written_bytes 1 offered = delivered
flows.csv 2 written_bytes -1 offered = delivered
flows.csv 2 max_read_backlog_bytes -99999 backlog
flows.csv 2 max_write_backlog_bytes 99999999 backlog
flows.csv 2 read_delay_p50_s 9.000000 p50
flows.csv 2 write_delay_p99_s 9.000000 p50
flows.csv 2 read_delay_max_s 9.000000 delay
delays.csv 2 delay_s 99.000000 ascend
delays.csv 2 packets 1 packets
delays_time.csv 2 second -1 last second
delays_time.csv 2 second 99 end
delays_time.csv 2 packets -1 packets
delays_time.csv 2 delay_p50_s 9.000000 p50
delays_time.csv 2 delay_p99_s 9.000000 p99
delays_time.csv 2 delay_max_s 9.000000 longest
END

# A row too few, half a row, a file too few.
for file in ticks.csv flow_ticks.csv flows.csv; do
    rm -rf bad && cp -r good bad
    sed 3d "good/$file" >"bad/$file"
    expect_status 1 "$CHECK_RUN" bad
    head -c -3 "good/$file" >"bad/$file"
    expect_status 1 "$CHECK_RUN" bad
    expect_match "half a row" "^$file: row [0-9]+: " err
    rm "bad/$file"
    expect_status 1 "$CHECK_RUN" bad
done

# Every count of a group in summary.json.
for key in offered_bytes delivered_bytes peak_tick_bytes flows packets ticks; do
    rm -rf bad && cp -r good bad
    sed "s/\"$key\": /&1/" good/summary.json >bad/summary.json
    expect_status 1 "$CHECK_RUN" bad
    expect_match "$key" "^summary.json: .*$key" err
done

# Two flows that see a false end of file: flow 1 can never go on, and withholds 70 + 300 bytes.
"$PACKETS" 0,0,r,100 1000,1,r,100 50000,0,w,300 60000,0,r,70 61000,0,w,0,F 62000,0,r,0,F >lost.pcap
run lost lost.pcap --read-rate 8B/tick --read-burst 8 --tick 100ms --min-share 0 --transport socket
while read -r file from to pattern; do
    rm -rf bad && cp -r lost bad
    sed "s/$from/$to/" "lost/$file" >bad/"$file"
    cmp -s "lost/$file" "bad/$file" && fail "$from: nothing was changed"
    expect_status 1 "$CHECK_RUN" bad || { fail "$file: $from was not found"; continue; }
    expect_match "$file: $from" "$pattern" err
done <<'END'
flows.csv ,broken, ,eof, broken_flows
flows.csv ,broken, ,fin, the run drained
flows.csv ,eof, ,broken, broken_flows
summary.json "broken_flows":.1 "broken_flows":2 broken_flows
summary.json "false_end_of_file_flows":.2 "false_end_of_file_flows":3 false_end_of_file_flows
summary.json "withheld_bytes":.300 "withheld_bytes":301 not.offered
summary.json "unoffered_bytes":.70 "unoffered_bytes":71 not.offered
summary.json "undelivered_bytes":.185 "undelivered_bytes":184 undelivered_bytes
summary.json "replay":."closed" "replay":"open" not.TCP.in.closed.loop.or.with.a.window
END
# Three exchanges of two flows, which wait for their responses: the first of flow 1 for 90 ms of 1.
"$PACKETS" 0,0,r,100 0,1,r,100 10000,0,w,600 40000,1,w,700 60000,0,r,50 61000,0,w,200 >talk.pcap
run talk talk.pcap --write-rate 16kbit --tick 100ms
good='talk'
while read -r file row column by regex; do
    changed "$file" "$row" "$column" "$by" "$regex"
done <<'END'
exchanges.csv 1 flow 7 flows.csv
exchanges.csv 1 exchange 1 count from 1
exchanges.csv 1 start_s 9.000000 start
exchanges.csv 1 request_bytes 1 offered
exchanges.csv 1 response_bytes -1 offered
exchanges.csv 1 captured_first_byte_s 9.000000 first byte
exchanges.csv 1 first_byte_s 9.000000 first byte
exchanges.csv 1 captured_response_s 0.001000 sorted
exchanges.csv 1 response_s 0.010000 sorted|flow
exchanges.csv 2 response_s 0.010000 sorted|flow
exchanges.csv 3 response_s -0.010000 sorted|first byte
flows.csv 1 captured_completion_s 9.000000 completion
flows.csv 1 completion_s 9.000000 completion
flows.csv 1 completion_s -0.020000 sorted
END
for key in response_p50_s response_max_s captured_response_p99_s added_p50_s added_max_s slowdown_p50 \
    completion_max_s captured_completion_p50_s; do
    rm -rf bad && cp -r talk bad
    sed "s/\"$key\": [0-9.]*/\"$key\": 0.2345/" talk/summary.json >bad/summary.json
    expect_status 1 "$CHECK_RUN" bad
    expect_match "$key" "^summary.json: group 'all': $key is 0.2345" err
done
for key in exchanges unanswered without_response slowdown_left_out incomplete flow exchange; do
    rm -rf bad && cp -r talk bad
    sed "s/\"$key\": [0-9]/\"$key\": 7/" talk/summary.json >bad/summary.json
    expect_status 1 "$CHECK_RUN" bad
    expect_match "$key" "^summary.json: group 'all': $key is not" err
done

# Nothing is withheld where no flow broke.
rm -rf bad && cp -r good bad
sed 's/"withheld_bytes": 0/"withheld_bytes": 1/' good/summary.json >bad/summary.json
expect_status 1 "$CHECK_RUN" bad
expect_match "withheld" 'withheld, though no flow broke' err

# What it once refused: a flow that moves into a group in another one, one that opens without limits,
# and a flow without rows that leaves its group.
"$PACKETS" 0,0,r,0 1227000,0,r,0 >silent.pcap
run nested silent.pcap --count wire --scheduler active-share --group name=a,rate=1B/s \
    --group name=c,rate=1B/tick,parent=a --rate 1B/s --at 1200000us:flow=1,join=c
"$PACKETS" 0,0,r,0 1000000,0,r,0 >silent.pcap
run unlimited silent.pcap --group 'name=a,match=src port 1 or dst port 0,rate=1B/tick' --at 1us:flow=1,join=a
"$PACKETS" 0,0,r,3000 0,1,r,3000 >left.pcap
expect_status 0 "$SHAPESIM" run -q left.pcap --rate 1000B/tick --group name=b,match=udp,rate=500B/tick --flow-ticks 1 \
    --at 1500ms:flow=2,join=b -o left
check left
finish
