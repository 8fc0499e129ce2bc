#!/usr/bin/env bash
# --transport tls: handshakes and records in the buckets, application bytes in the flows, and the
# same files from two runs although keys are random.
. "$(dirname "$0")/lib.sh"

# Flow 1: TCP, 1000 bytes there, 40000 back at 0.3 s, closed by both ends.
{
    capture_header
    tcp 0 3 2000 4 80 0 2
    tcp 200000 3 2000 4 80 1000 16
    tcp 300000 4 80 3 2000 40000 16
    tcp 400000 3 2000 4 80 0 17
    tcp 450000 4 80 3 2000 0 17
} >one.pcap

# in_summary DIR KEY: its values, read before write
in_summary() { sed -n "s/^ *\"$2\": \\([^,]*\\),*\$/\\1/p" "$1/summary.json" | paste -sd' '; }

# --- one flow, in exact figures -----------------------------------------------------------------

run one one.pcap --transport tls --rate 1000B/tick --tick 10ms
expect_equal "application bytes" "1000 1000 40000 40000" \
    "$(columns one/flows.csv offered_read_bytes read_bytes offered_written_bytes written_bytes)"
expect_equal "handshakes" "241 565" "$(in_summary one handshake_bytes)"
expect_equal "one record read, three written" "22 66" "$(in_summary one record_overhead_bytes)"
expect_equal "charged" "1263 40631" "$(in_summary one charged_bytes)"
expect_equal "charged in ticks.csv" "1263 40631" \
    "$(total one/ticks.csv read_bytes) $(total one/ticks.csv written_bytes)"
expect_equal "the handshake's tick" "1000 759 1000 435 241 565" \
    "$(columns one/ticks.csv read_bucket_start_bytes read_bucket_end_bytes write_bucket_start_bytes \
        write_bucket_end_bytes read_bytes written_bytes | head -n 1)"
# 1000 - 16406, 16 ticks, 594 - 16406, 16 ticks, 188 - 7254
expect_equal "one record at a time" \
    "$(list '30 1000 -15406 16406' '46 594 -15812 16406' '62 188 -7066 7254')" \
    "$(columns one/ticks.csv tick write_bucket_start_bytes write_bucket_end_bytes written_bytes |
        awk '$1 > 0 && $4 > 0')"
expect_equal "the last byte's delay" "0.320000" "$(columns one/flows.csv write_delay_max_s)"
expect_equal "opened and ended" "1 0" "$(in_summary one handshakes) $(in_summary one unclean_ends)"
expect_match "OpenSSL's version" '"openssl": "3\.' one/summary.json

run client one.pcap --transport tls --rate 1000B/tick --tick 10ms --shape initiator
expect_equal "the shaped end is the client" "565 241" "$(in_summary client handshake_bytes)"
expect_equal "and reads what the responder sends" "40000 1000" \
    "$(columns client/flows.csv read_bytes written_bytes)"

run dirty one.pcap --transport tls --rate 1000B/tick --tick 10ms --dirty-shutdown
expect_equal "--dirty-shutdown" "1" "$(in_summary dirty unclean_ends)"
for file in ticks.csv flow_ticks.csv flows.csv; do
    expect_same "how a flow ends is not charged" one/$file dirty/$file
done

for words in --dirty-shutdown=refused '--dirty-shutdown refused'; do
    # shellcheck disable=SC2086 # two words
    run again one.pcap --transport tls --rate 1000B/tick --tick 10ms --force $words
    expect_equal "$words" "1 true false" \
        "$(in_summary again unclean_ends) $(in_summary again dirty_shutdown) $(in_summary again dirty_shutdown_allowed)"
done
for words in --dirty-shutdown=allowed '--dirty-shutdown allowed'; do
    # shellcheck disable=SC2086
    run again one.pcap --transport tls --rate 1000B/tick --tick 10ms --force $words
    expect_equal "$words" "0 true true" \
        "$(in_summary again unclean_ends) $(in_summary again dirty_shutdown) $(in_summary again dirty_shutdown_allowed)"
    expect_same "$words: how a flow ends is not charged" one/ticks.csv again/ticks.csv
done
expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --transport tls --dirty-shutdown=alowed
expect_match "another word" "not one of allowed, refused, no; did you mean allowed" err

run version one.pcap --transport tls --rate 1000B/tick --tick 10ms --tls-version 1.2
expect_equal "TLS 1.2: handshakes, overhead, charged" "179 471 29 87 1208 40558" \
    "$(for key in handshake_bytes record_overhead_bytes charged_bytes; do in_summary version $key; done | paste -sd' ')"
expect_equal "versions" '"1.3" "1.2"' "$(in_summary one tls_version) $(in_summary version tls_version)"
# 1000 - 16413, 16 ticks, 587 - 16413, 16 ticks, 174 - 7261
expect_equal "TLS 1.2: one record at a time" \
    "$(list '30 1000 -15413 16413' '46 587 -15826 16413' '62 174 -7087 7261')" \
    "$(columns version/ticks.csv tick write_bucket_start_bytes write_bucket_end_bytes written_bytes |
        awk '$1 > 0 && $4 > 0')"

expect_status 0 "$SHAPESIM" sweep -q one.pcap --transport tls --rate 1000B/tick --tick 10ms \
    --vary tls-version=1.2,1.3 --vary dirty-shutdown=allowed,refused,no -o swept
expect_equal "a sweep of both" "1.2 allowed 0, 1.2 no 0, 1.2 refused 1, 1.3 allowed 0, 1.3 no 0, 1.3 refused 1" \
    "$(for summary in swept/runs/*/summary.json; do
        run=$(dirname "$summary")
        sed -n 's/.*--tls-version \([0-9.]*\) --dirty-shutdown \([a-z]*\).*/\1 \2/p' "$summary" | tr '\n' ' '
        in_summary "$run" unclean_ends
    done | sort | paste -sd, | sed 's/,/, /g')"

run cut one.pcap --transport tls --rate 1000B/tick --tick 10ms --max-time 350ms
expect_equal "--max-time in a record" "40000 16384" \
    "$(columns cut/flows.csv offered_written_bytes written_bytes)"

# --- many flows: the equalities, and twice the same -----------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --source pareto --flows 12 --duration 4s --rate 100kbit \
    --direction both --spread 1s -o many.pcap
while read -r -a limits; do
    run first many.pcap --transport tls "${limits[@]}"
    run second many.pcap --transport tls "${limits[@]}"
    expect_same "twice: ${limits[*]}" first second
    expect_equal "application bytes do not depend on the transport: ${limits[*]}" \
        "$(run pair many.pcap "${limits[@]}"; columns pair/flows.csv flow read_bytes written_bytes | sort -n)" \
        "$(columns first/flows.csv flow read_bytes written_bytes | sort -n)"
    rm -rf first second pair
done <<'END'
--rate 60kB/s --tick 10ms
--rate 60kB/s --tick 10ms --burst 10kB --shape initiator
--rate 60kB/s --tick 10ms --burst 10kB --flow-rate 20kB/s
--rate 60kB/s --tick 10ms --flow-rate 20kB/s --flow-tick 25ms --idle-ticks skip
--flow-rate 8kB/s --flow-tick 10ms
--rate 60kB/s --tick 10ms --min-share 600 --seed 2
END
for name in first second; do
    run $name many.pcap --transport tls --tls-version 1.2 --rate 60kB/s --tick 10ms --flow-rate 20kB/s
done
expect_same "twice with TLS 1.2" first second
run here many.pcap --transport tls --rate 60kB/s --tick 10ms
printf 'openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n' >cnf
OPENSSL_CONF=$scratch/cnf run there many.pcap --transport tls --rate 60kB/s --tick 10ms
expect_same "another openssl.cnf" here there

# --- refusals -------------------------------------------------------------------------------------

expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --dirty-shutdown
expect_match "--dirty-shutdown without TLS" "dirty-shutdown: .*--transport tls" err
expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --tls-version 1.3
expect_match "--tls-version without TLS" "tls-version: .*--transport tls" err
expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --transport tls --tls-version 1.1
expect_match "another version" "not one of 1.2, 1.3" err
expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --transport ssl
expect_match "another transport" "not one of pair, socket, tls" err
expect_status 2 "$SHAPESIM" run one.pcap --rate 1mbit --transport tls --min-share 0
expect_match "min-share 0" "min-share" err
# A tick in which bytes come through that were paid for earlier is no idle one. And with a filter a flow
# writes several records at once.
"$PACKETS" 0,0,r,2583 0,0,r,1 100000,0,r,2406 900000,0,r,1500 900001,0,r,3872 1800000,0,r,1949 >paid.pcap
run paid paid.pcap --transport tls --via overhead=7:536 --read-rate 1841B/tick --tick 100ms --min-share 1841 \
    --idle-ticks skip --seed 83
"$PACKETS" 0,0,w,19762 >large.pcap
run large large.pcap --transport tls --via ratelimit=664 --rate 941kbit --tick 10ms --flow-rate 15007B/s \
    --flow-tick 20ms
# A handshake that a write timeout sets off, in the tick after the flow has opened, finds a full bucket
# of one byte and asks it nothing: 565 are charged before libevent looks at the bucket and refills it.
"$PACKETS" 0,1,r,0 40000,0,r,0 >wait.pcap
run wait wait.pcap --transport tls --read-rate 1B/tick --tick 1ms --flow-rate 1B/tick --write-timeout 1us
expect_equal "charged, then refilled" "1 -563" "$(columns wait/flow_ticks.csv flow write_bucket_bytes |
    awk '$1 == 2 { print $2 }' | paste -sd ' ')"
# A limit that a flow is given later lets it be charged before its group's refill, too.
"$PACKETS" 0,1,r,1,U 0,0,r,1 0,1,r,1 0,2,r,1 0,1,r,1 0,2,r,65465 0,2,r,1 >early.pcap
run early early.pcap --transport tls --rate 20000B/tick --tick 10ms --min-share 1 --write-high 2 \
    --read-timeout 1000us --at 12732us:flow=4,rate=1000B/tick,tick=25ms \
    --background group=all,read=2501B/tick --seed 76
expect_equal "a start above the burst" 1 "$(columns early/ticks.csv read_bucket_start_bytes |
    awk '$1 > 20000' | wc -l)"
# A flow that joins brings the per-flow limit of the group that it leaves, and so does the same there.
"$PACKETS" 0,0,r,1 >join.pcap
run join join.pcap --transport tls --group name=a,read-rate=1kbit,tick=25ms,flow-rate=1B/tick,flow-tick=200ms \
    --rate 1B/tick --tick 1ms --at 200000us:flow=1,join=all
expect_equal "the tick that starts above the burst" "48.200000,2" \
    "$(columns join/ticks.csv time_s group read_bucket_start_bytes |
        awk '$2 == "all" && $3 > 1 { print $1 "," $3 }' | paste -sd ' ')"

finish
