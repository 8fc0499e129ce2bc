#!/usr/bin/env bash
# What the command line does with words that are given twice or written wrong, where help is found, and
# captures of which nothing can be replayed.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

"$PACKETS" 0,0,r,1000 100000,1,r,500,U 200000,0,w,300 >two.pcap

# refused REGEX ARGUMENT...: misuse in one line that matches
refused() {
    local regex=$1
    shift
    expect_status 2 "$SHAPESIM" "$@"
    expect_match "$*" "^shapesim: $regex" err
    expect_equal "$*: one line" 1 "$(wc -l <err)"
    expect_equal "$*: nothing on standard output" "" "$(cat out)"
}

# --- an option given twice ------------------------------------------------------------------------

refused "--rate: given twice, as '1mbit' and as '2mbit'; leave one out" run two.pcap --rate 1mbit --rate 2mbit
refused "--seed: given twice, as '1' and as '3'" run two.pcap --rate 1mbit --seed 1 --tick 1s --seed=3
refused "--output: given twice, as 'a' and as 'b'" run two.pcap --rate 1mbit -o a --output b
refused "--rate: given twice, as '1mbit' and as '2mbit'" sweep two.pcap --rate 1mbit --rate 2mbit \
    --vary tick=10ms,20ms -o compared
refused "--seeds: given twice, as '1-2' and as '1-3'" sweep two.pcap --rate 1mbit --seeds 1-2 --seeds 1-3 -o compared
refused "--vary tick: given twice; give all values at once" sweep two.pcap --rate 1mbit --vary tick=10ms \
    --vary tick=20ms -o compared
refused "--vary tick: 10ms is given twice" sweep two.pcap --rate 1mbit --vary tick=10ms,10ms -o compared
refused "--max-p99-delay: given twice, as '1s' and as '2s'" verify run --max-p99-delay 1s --max-p99-delay 2s
refused "--format: given twice, as 'svg' and as 'png'" report run --format svg --format png
refused "--flows: given twice, as '2' and as '3'" trace synth --flows 2 --flows 3 -o some.pcap
refused "--filter: given twice, as 'tcp' and as 'udp'" trace info two.pcap --filter tcp --filter udp
refused "--group .*: gives rate twice" run two.pcap --group 'name=a,rate=1mbit,rate=2mbit'
refused "--at .*: gives rate twice" run two.pcap --rate 1mbit --at 1s:group=all,rate=1mbit,rate=2mbit
refused "--at .*: gives decrement-read twice" run two.pcap --rate 1mbit \
    --at 1s:group=all,decrement-read=1,decrement-read=2
refused "--at .*: gives rate twice" run two.pcap --rate 1mbit --at 1s:flow=1,rate=1mbit,rate=2mbit
refused "--background .*: the group's write traffic is given twice" run two.pcap --rate 1mbit \
    --background group=all,write=1kbit,write=2kbit
refused "--background .*: the group's read traffic is given twice" run two.pcap --rate 1mbit \
    --background group=all,read=1kbit --background group=all,write=1kbit,read=2kbit
[ ! -e compared ] || fail "a refused sweep wrote something"

# The same once more changes nothing; what adds something may be given again; a direction is no repetition.
run once two.pcap --rate 1mbit --tick 10ms
run again two.pcap --rate 1mbit --tick 10ms --rate 1mbit --tick=10ms --quiet
expect_same "the same value twice" once/ticks.csv again/ticks.csv
run several two.pcap --group 'name=a,match=udp,rate=1mbit' --group 'name=b,match=tcp,rate=1mbit' --scheduler drr \
    --weight 2:udp --weight 3:tcp --at 1ms:group=a,rate=2mbit --at 2ms:group=a,rate=3mbit
run directed two.pcap --rate 1mbit --read-rate 2mbit

# --- words that are close to one that is known ----------------------------------------------------

while IFS='|' read -r words suggested; do
    # shellcheck disable=SC2086
    refused "[^;].*; did you mean $suggested\\?\$" $words
done <<'END'
run two.pcap --rate 1mbit --brust 64KiB|--burst
run two.pcap --rate 1mbit --brust=64KiB|--burst
run two.pcap -rate 1mbit|--rate
run two.pcap --rate 1mbit --minshar 3|--min-share
trace synth --flosw 3 -o some.pcap|--flows
verify run --jsno|--json
rnu two.pcap|run
swep two.pcap|sweep
trcae info two.pcap|trace
trace inof two.pcap|trace info
help verfiy|verify
--hlep|--help
run two.pcap --rate 10Mbit|10mbit
run two.pcap --rate 10mbits|10mbit
run two.pcap --rate 1.5kb/s|1.5kB/s
run two.pcap --rate 1mbit --burst 64KB|64kB
run two.pcap --rate 1mbit --tick 10MS|10ms
run two.pcap --transport sokcet|socket
run two.pcap --group name=a,brst=3kB|burst
run two.pcap --rate 1mbit --at 1s:group=all,reset-total|reset-totals
run two.pcap --rate 1mbit --at 1s:flow=1,leav|leave
run two.pcap --via defalte|deflate
run two.pcap --via ratelimit=60,brigdae=3|brigade
run two.pcap --via ratelimit=60,variant=niave|naive
sweep two.pcap --rate 1mbit --rank jian -o compared|jain
sweep two.pcap --rate 1mbit --vary tik=10ms,20ms -o compared|tick
END
for words in 'run two.pcap --xyzzy 3' 'gallop two.pcap' 'run two.pcap --rate 10parsecs' 'run two.pcap -x' \
    'run two.pcap --transport pigeon' 'sweep two.pcap --vary mtu=1 -o compared'; do
    # shellcheck disable=SC2086
    refused "" $words
    ! grep -q 'did you mean' err || fail "$words: $(cat err)"
done

# --- help and version -----------------------------------------------------------------------------

for command in run sweep advise verify report 'trace info' 'trace synth'; do
    # shellcheck disable=SC2086
    "$SHAPESIM" $command --help >expected
    # shellcheck disable=SC2086
    expect_status 0 "$SHAPESIM" help $command
    expect_same "help $command" expected out
done
expect_status 0 "$SHAPESIM" --help
cp out expected
for words in help -h; do
    expect_status 0 "$SHAPESIM" $words
    expect_same "$words" expected out
done
refused "help: unexpected 'two.pcap' after 'run'" help run two.pcap
refused "trace: needs info or synth after it" help trace
expect_status 0 "$SHAPESIM" --version
cp out expected
expect_status 0 "$SHAPESIM" -V
expect_same "-V" expected out

# --- JSON on standard output ----------------------------------------------------------------------

# Two flows compete for 1000 B a tick of 50 ms; 13 ticks of 20 are before the end.
for i in $(seq 0 19); do echo "$((i * 50000)),0,r,1000"; echo "$((i * 50000)),1,r,1000"; done | "$PACKETS" >compete.pcap
limits=(--read-rate 20kB/s --burst 2000 --tick 50ms --min-share 1 --max-time 640ms)
expect_status 0 "$SHAPESIM" run compete.pcap "${limits[@]}" -o figures
cp out table
expect_status 0 "$SHAPESIM" run compete.pcap "${limits[@]}" -o again-figures --json --quiet
cp out figures.json
expect_equal "keys" "directory end end_s groups trace warnings" "$(jq -r 'keys | join(" ")' figures.json)"
expect_equal "of a direction" "behind_max_s behind_p50_s behind_p90_s behind_p99_s burst_bytes delay_max_s \
delay_p50_s delay_p99_s delivered_bytes delivered_percent grants_per_mb jain rate rate_bytes_per_s undelivered_bytes \
unoffered_bytes utilisation withheld_bytes" \
    "$(jq -r '.groups[0].read | keys | join(" ")' figures.json)"
expect_equal "those of a limit" "20 kB/s 20000 2000" \
    "$(jq -r '.groups[0].read | "\(.rate) \(.rate_bytes_per_s) \(.burst_bytes)"' figures.json)"
expect_equal "none of the other direction" "null null null null" \
    "$(jq -r '.groups[0].write | "\(.rate) \(.rate_bytes_per_s) \(.burst_bytes) \(.utilisation)"' figures.json)"
# What the files say: the keys of both are the same but for these.
expect_equal "the figures of summary.json" \
    "$(jq '.groups[0].read | {delivered_bytes, utilisation, delay_p50_s, delay_p99_s, delay_max_s,
        undelivered_bytes, unoffered_bytes, delivered_percent,
        window_s: 0.1, mean: (.fairness.jain[] | select(.window_ticks == 2).mean),
        min: (.fairness.jain[] | select(.window_ticks == 2).min),
        grants_per_mb: (.throughput.grants * 1e6 / .delivered_bytes * 1e6 | round)}' figures/summary.json)" \
    "$(jq '.groups[0].read | {delivered_bytes, utilisation, delay_p50_s, delay_p99_s, delay_max_s,
        undelivered_bytes, unoffered_bytes, delivered_percent, window_s: .jain.window_s, mean: .jain.mean,
        min: .jain.min, grants_per_mb: (.grants_per_mb * 1e6 | round)}' figures.json)"
[ "$(jq '.groups[0].read.jain.windows' figures.json)" -gt 0 ] || fail "nothing was contended"
expect_same "the files of both" figures/flows.csv again-figures/flows.csv
expect_equal "directory" again-figures "$(jq -r .directory figures.json)"
expect_match "warnings are there, too" 'stopped at --max-time' figures.json

# The table rounds what JSON has in full.
expect_match "the table's J" "^all +read +$(jq -r '.groups[0].read.jain.mean' figures.json |
    awk '{ printf "%.3f", $1 }') +$(jq -r '.groups[0].read.jain.min' figures.json |
    awk '{ printf "%.3f", $1 }') +100 ms +$(jq -r '.groups[0].read.grants_per_mb' figures.json |
    awk '{ printf "%.0f", $1 }') +" table
expect_match "the table's rate" '^all +2 +read +20 kB/s +2 kB ' table
expect_status 0 "$SHAPESIM" run compete.pcap "${limits[@]}"
expect_equal "without files the table is the same" "$(grep -v '^figures' table | head -n 11)" "$(head -n 11 out)"
expect_status 0 "$SHAPESIM" run compete.pcap "${limits[@]}" --json
expect_equal "and so is JSON" "$(jq 'del(.directory)' figures.json)" "$(jq 'del(.directory)' out)"

expect_status 0 "$SHAPESIM" run two.pcap --rate 4mbit --tick 20ms --write-rate 50KiB/s
expect_match "mbit stays" '^all +2 +read +4 Mbit/s ' out
expect_match "KiB/s stays" '^ +write +50 KiB/s ' out

expect_status 0 "$SHAPESIM" trace info two.pcap --json
cp out info.json
expect_equal "trace info" "two.pcap 3 3 2 0.2 stream 1800 9000 false all" \
    "$(jq -r '"\(.file) \(.packets) \(.replayed_packets) \(.flows) \(.duration_s) \(.counted) \(.bytes) " +
        "\(.mean_rate_bytes_per_s) \(.is_truncated) \(.listed)"' info.json)"
expect_equal "its flows" "$(list '1 tcp 10.1.0.0 20000 10.0.0.1 80 0 1000 300' \
    '2 udp 10.1.0.1 20001 10.0.0.1 80 0.1 500 0')" \
    "$(jq -r '.flow_list[] | "\(.flow) \(.protocol) \(.initiator_address) \(.initiator_port) \(.responder_address) " +
        "\(.responder_port) \(.start_s) \(.initiator_bytes) \(.responder_bytes)"' info.json)"
expect_status 0 "$SHAPESIM" trace info compete.pcap --flows 1 --json
expect_equal "the largest" "largest 1 2" "$(jq -r '"\(.listed) \(.flow_list | length) \(.flows)"' out)"
refused "--csv: --json is given too" trace info two.pcap --csv --json

# --- captures of which nothing can be replayed ----------------------------------------------------

capture_header >none.pcap
{ capture_header
  record_header 0 42 42; bytes 255 255 255 255 255 255 2 0 0 0 0 2 8 6 # ARP
  bytes 0 1 8 0 6 4 0 1 0 0 0 0 0 0 10 0 0 2 0 0 0 0 0 0 10 0 0 1; } >arp.pcap
{ capture_header; udp 0 1 1000 2 53 100; } >one.pcap
{ head -c 24 one.pcap; record_header 0 30 142; tail -c +41 one.pcap | head -c 30; } >cut.pcap
{ head -c 20 one.pcap; le32 195; tail -c +25 one.pcap; } >zigbee.pcap # a link type of its own

# nothing FILE REGEX OPTION...: run fails in one line, leaves nothing, and trace info says what is there
nothing() {
    local file=$1 regex=$2
    shift 2
    expect_status 1 "$SHAPESIM" run "$file" --rate 1mbit -o nothing "$@"
    expect_match "run $file" "^shapesim: $file: $regex" err
    expect_equal "run $file: one line" 1 "$(wc -l <err)"
    [ ! -e nothing ] || fail "run $file leaves $(find nothing)"
    expect_status 0 "$SHAPESIM" trace info "$file" "$@"
    expect_match "trace info $file" '^flows      0$' out
    expect_status 1 "$SHAPESIM" run - --rate 1mbit "$@" <"$file"
    expect_match "run - <$file" "^shapesim: -: $regex" err
    expect_equal "run - <$file: nothing on standard output" "" "$(cat out)"
}
nothing none.pcap 'the capture has no packets'
{ capture_header; udp 0 1 1000 2 53 100 | head -c 40; } >first.pcap
nothing first.pcap 'the capture ends in the middle of its first packet'
nothing arp.pcap 'none of the 1 packets is whole IP \(1 not IP, 0 malformed\)'
nothing cut.pcap 'the 1 packets are cut before their ports.*larger snap length'
nothing zigbee.pcap 'link type .* is not supported.*convert the capture'
nothing two.pcap "--filter 'port 9' lets none of the 3 packets pass" --filter 'port 9'

expect_status 1 "$SHAPESIM" sweep -q arp.pcap --rate 1mbit --vary tick=10ms,20ms -o compared
expect_match "sweep" '2 of 2 runs failed' err
expect_match "its table has the reason" 'none of the 1 packets is whole IP' compared/sweep.csv

finish
