#!/usr/bin/env bash
# Figures that others have published, replayed. (tests/sim/metrics/test_published.c holds those that take no
# run.)
. "$(dirname "$0")/lib.sh"

# --- ns-3, src/traffic-control/test/tbf-queue-disc-test-suite.cc -----------------------------------

# A bucket of 5000 bytes, full at first, that gets 5000 bytes a second; ten packets of 1000 bytes at
# intervals of 0.1 s. The tenth is blocked. (ns-3 lets no part of it through: here half of it waits.)
expect_status 0 "$SHAPESIM" trace synth --protocol udp --rate 80kbit --packet 1000 --duration 1s -o ten.pcap
expect_status 0 "$SHAPESIM" run -q ten.pcap --read-rate 500B/tick --read-burst 5000 --tick 100ms \
    --initial-tokens burst -o ns3
expect_equal "tokens before each packet" "$(seq 5000 -500 500; echo 500)" \
    "$(columns ns3/ticks.csv read_bucket_start_bytes)"
expect_equal "nine pass, the tenth is blocked" "$(list "$(repeat 9 0)" 500 0)" \
    "$(columns ns3/ticks.csv read_backlog_bytes)"
# A depth of 5500 would have let all pass, 5000 with a tick's delay.
expect_equal "the depth that it takes" "$(list '0 5500' '1 5000')" \
    "$(awk -F, '$2 == "" && $5 == "burst_for_delay" && $6 < 2 { print $6, $7 }' ns3/burst.csv)"

# --- libevent, CMakeLists.txt: test-ratelim -g 30000 -n 30 -t 100 -----------------------------------

# --check-grouplimit 1000 --check-stddev 150: thirty connections with all they can send, 30,000 bytes
# a second in ticks of 100 ms, a burst of four ticks, for 4.995 of 5 s. The total is to be within 1000
# bytes a second, the flows' standard deviation at most 150. (The test is an echo through real
# sockets; here both directions are loaded alike. A run of it on CI, in libevent's issue 1049: 30175.6
# in all, deviation 46.43.)
expect_status 0 "$SHAPESIM" trace synth --flows 30 --rate 2kB/s --packet 100 --duration 5s \
    --direction both -o thirty.pcap
run ratelim thirty.pcap --rate 30000B/s --burst 12000 --tick 100ms --max-time 4995ms --replay open
for column in read_bytes written_bytes; do
    expect_equal "$column, 50 ticks of 3000 and an overdraft of 61" 150061 "$(total ratelim/flows.csv $column)"
    expect_equal "$column: in libevent's bounds" "yes yes" \
        "$(columns ratelim/flows.csv $column | awk '
            { rate = $1 / 5; sum += rate; squares += rate * rate }
            END { off = sum - 30000; mean = sum / NR
                  print (off * off <= 1000 * 1000 ? "yes" : "no"), \
                        (squares / NR - mean * mean <= 150 * 150 ? "yes" : "no") }')"
done
finish
