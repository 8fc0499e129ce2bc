#!/usr/bin/env bash
# shapesim sweep: the same tables however the runs were run, whatever ended them, and what is
# refused.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 6 --source pareto --rate 200kB/s --duration 1s \
    --direction both -o a.pcap
expect_status 0 "$SHAPESIM" trace synth --flows 3 --rate 300kB/s --duration 1s -o b.pcap
settings=(a.pcap b.pcap --rate 500kB/s --vary min-share=1,64..4096*64 --vary tick=10ms,100ms --seeds 1-2)
ids=24

# sweep STATUS DIR ARGUMENT...
sweep() {
    local status=$1 directory=$2
    shift 2
    expect_status "$status" "$SHAPESIM" sweep -q -o "$directory" "$@"
}

# expect_complete DIR: the tables of `one`, every run in place, and nothing else
expect_complete() {
    expect_same "$1: sweep.csv" one/sweep.csv "$1/sweep.csv"
    expect_same "$1: sweep-summary.csv" one/sweep-summary.csv "$1/sweep-summary.csv"
    expect_same "$1: sweep-long.csv" one/sweep-long.csv "$1/sweep-long.csv"
    expect_same "$1: runs" one/runs "$1/runs"
}

# --- the tables -----------------------------------------------------------------------------------

sweep 0 one "${settings[@]}" -j 1
expect_equal "files" "$(list runs sweep-long.csv sweep-summary.csv sweep.csv sweep.json sweep.lock)" "$(ls one)"
expect_equal "runs" $ids "$(columns one/sweep.csv run | sort -u | wc -l)"
expect_equal "directories" "$(columns one/sweep.csv run | sort)" "$(ls one/runs | sort)"
expect_equal "status" ok "$(columns one/sweep.csv status | sort -u)"
expect_equal "order" "$(list 'a.pcap_min-share=1_tick=10ms_seed=1 a.pcap 1 10ms 1' \
    'a.pcap_min-share=1_tick=10ms_seed=2 a.pcap 1 10ms 2' \
    'a.pcap_min-share=1_tick=100ms_seed=1 a.pcap 1 100ms 1')" \
    "$(columns one/sweep.csv run trace min-share tick seed | head -n 3)"
expect_equal "last row" 'b.pcap_min-share=4096_tick=100ms_seed=2' \
    "$(columns one/sweep.csv run | tail -n 1)"

# A list or a range that is given to a limit is one of --vary, word for word.
sweep 0 listed a.pcap b.pcap --rate 500kB/s --min-share 1,64..4096*64 --tick 10ms,100ms --seeds 1-2
expect_complete listed
expect_same "what is recorded of lists" one/sweep.json listed/sweep.json
sweep 0 listed "${settings[@]}"
expect_status 2 "$SHAPESIM" run -q a.pcap --rate 1mbit --min-share 1,64
expect_match "a list given to run" "^shapesim: --min-share 1,64: not a size; " err

# A row has the figures of the run's own summary, and the run is what `shapesim run` gives.
id=a.pcap_min-share=64_tick=10ms_seed=2
expect_status 0 "$SHAPESIM" run -q a.pcap --rate 500kB/s --min-share 64 --tick 10ms --files tables --seed 2 -o plain
expect_same "a run of the sweep" plain "one/runs/$id"
# of_summary KEY: its value in the direction "write"
of_summary() {
    awk -v key="\"$1\":" '/"write": \{/ { write = 1 } write && $1 == key { print $2 + 0; exit }' \
        plain/summary.json
}
of_table() { columns one/sweep.csv run "write_$1" | awk -v id=$id '$1 == id { print $2 + 0 }'; }
while read -r column key; do
    expect_equal "write_$column" "$(of_summary "$key")" "$(of_table "$column")"
done <<'END'
throughput_bytes_per_s achieved_bytes_per_s
delay_p50_s delay_p50_s
delay_p99_s delay_p99_s
delay_max_s delay_max_s
grants grants
lost_tokens_bytes lost_tokens_bytes
rfb_bytes rfb_attained_bytes
gps_lag_bytes gps_lag_max_bytes
sigma_bytes sigma_delivered_bytes
delivered_percent delivered_percent
undelivered_bytes undelivered_bytes
grants_per_mb grants_per_mb
END
expect_equal "rows of the summary" 12 "$(columns one/sweep-summary.csv n | grep -c '^2$')"
# Two seeds x and y: mean (x + y) / 2, sd |x - y| / sqrt(2), ci95 12.7062 sd / sqrt(2).
expect_equal "mean, sd and interval of two" "" "$(paste -d ' ' \
    <(columns one/sweep.csv write_grants | paste -d ' ' - -) \
    <(columns one/sweep-summary.csv write_grants_n write_grants_mean write_grants_sd write_grants_ci95) |
    awk '{ d = $1 > $2 ? $1 - $2 : $2 - $1; m = ($1 + $2) / 2; s = d / sqrt(2); c = 12.7062047361747 * d / 2 }
         $3 != 2 || $4 - m > 1e-9 || m - $4 > 1e-9 || $5 - s > 1e-8 || s - $5 > 1e-8 ||
         $6 - c > 1e-6 || c - $6 > 1e-6')"

# --- however they are run ---------------------------------------------------------------------------

sweep 0 two "${settings[@]}" -j 2
expect_complete two

# count_complete DIR: sets `complete` to how many runs are in place; starts no process, which would take
# longer than a run
count_complete() {
    local runs=("$1"/runs/*_seed=[0-9])
    complete=${#runs[@]}
    [ -e "${runs[0]}" ] || complete=0
}

# wait_for N DIR PID: until there are N, or the process has ended
wait_for() {
    count_complete "$2"
    while [ "$complete" -lt "$1" ] && kill -0 "$3" 2>/dev/null; do count_complete "$2"; done
}

# The sweep is killed repeatedly, at any point; the same command continues.
for runs in 0 3 8 13; do
    "$SHAPESIM" sweep -q -o killed "${settings[@]}" -j 2 >out 2>err &
    pid=$!
    wait_for $runs killed $pid
    kill -s KILL $pid
    wait $pid 2>/dev/null
done
expect_equal "killed before the end" no "$([ -e killed/sweep.csv ] && echo yes || echo no)"
sweep 0 killed "${settings[@]}" -j 2
expect_complete killed

# A run that is killed is a row; the rest continues.
expect_status 0 "$SHAPESIM" trace synth --flows 100 --rate 20kB/s --duration 4s -o c.pcap
"$SHAPESIM" sweep -q -o child c.pcap --rate 100kB/s --vary tick=10ms,1ms --vary min-share=1 -j 1 >out 2>err &
pid=$!
until [ -e child/runs/c.pcap_tick=10ms_min-share=1_seed=1.part/flows.csv.part ]; do
    kill -0 $pid 2>/dev/null || break
done
read -r child _ <"/proc/$pid/task/$pid/children"
kill -s KILL "$child"
wait $pid
expect_equal "exit status after a run was killed" 1 $?
expect_match "the message" '^shapesim: 1 of 2 runs failed; child/sweep.csv has their errors' err
expect_equal "its row" "$(list 10ms,1,1,'ended by signal 9 (Killed)' 1ms,1,1,ok)" \
    "$(sed 1d child/sweep.csv | cut -d, -f3-6)"

# An interrupt ends the runs; what is finished stays.
for signal in INT TERM HUP; do
    "$SHAPESIM" sweep -q -o interrupted "${settings[@]}" -j 2 --force >out 2>err &
    pid=$!
    wait_for 3 interrupted $pid
    kill -s $signal $pid
    wait $pid
    status=$?
    expect_equal "exit status after SIG$signal" "$(status_after $signal)" $status
    expect_match "what is done" '^shapesim: interrupted: [0-9]+ of 24 runs are done' err
    expect_equal "left over after SIG$signal" "" \
        "$(find interrupted/runs -name '*.part' -o -name '*.error')"
    count_complete interrupted
    [ $complete -ge 3 ] || fail "only $complete runs stay after SIG$signal"
    [ $signal = HUP ] || rm -r interrupted # a sweep that has to make them all is not yet done with three
done
sweep 0 interrupted "${settings[@]}"
expect_complete interrupted

# What is not that run is run again: other settings, another trace, a summary that is missing.
sed -i 's/--min-share 64/--min-share 65/' "killed/runs/$id/summary.json"
rm killed/runs/b.pcap_min-share=1_tick=10ms_seed=1/summary.json
touch -d @1000000 killed/runs/*/summary.json
sweep 0 killed "${settings[@]}"
expect_complete killed
expect_equal "runs that were run again" 2 "$(find killed/runs -name summary.json -newermt @1000001 | wc -l)"
cp a.pcap kept.pcap
cp b.pcap a.pcap
sweep 0 killed "${settings[@]}"
expect_equal "runs of another trace" 12 "$(diff <(sort one/sweep.csv) <(sort killed/sweep.csv) | grep -c '^>')"
mv kept.pcap a.pcap

# --- jobs -------------------------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" sweep -o jobs "${settings[@]}" --print-jobs
mv out jobs.txt
expect_equal "jobs" $ids "$(wc -l <jobs.txt)"
expect_equal "nothing is run" "" "$(ls jobs/runs)"
expect_status 1 "$SHAPESIM" sweep -q --collect jobs
expect_equal "those that are missing" $((ids + 1)) "$(wc -l <err)"
expect_match "by name" "^shapesim: $id: missing$" err
expect_equal "in the table" missing "$(columns jobs/sweep.csv status | sort -u)"
(cd / && xargs -P 2 -I{} sh -c '{}' <"$scratch/jobs.txt") >out 2>err || fail "a job failed: $(cat err)"
expect_status 0 "$SHAPESIM" sweep -q --collect jobs
expect_complete jobs
# A figure that no table could hold: the run counts as failed, and is run again.
cp -r jobs beyond
for number in 1e300 -1; do
    sed -E "s/\"grants\": [0-9]+/\"grants\": $number/" "jobs/runs/$id/summary.json" >"beyond/runs/$id/summary.json"
    expect_status 1 "$SHAPESIM" sweep -q --collect beyond
    expect_match "grants $number" "^shapesim: $id: summary.json: a figure is beyond all that a run can have" err
done
expect_status 0 "$SHAPESIM" sweep -o jobs "${settings[@]}" --print-jobs
expect_equal "jobs when all is there" "" "$(cat out)"

# --- runs that fail ---------------------------------------------------------------------------------

head -c 500 a.pcap >cut.pcap
printf 'no capture\n' >bad.pcap
failing=(bad.pcap cut.pcap --rate 1mbit --vary 'filter=tcp,no such, ip')
sweep 1 failing "${failing[@]}"
expect_match "how many" '^shapesim: 4 of 6 runs failed' err
expect_equal "their errors" \
    "$(list bad.pcap bad.pcap bad.pcap cut.pcap,tcp,1,ok cut.pcap "cut.pcap, ip,1,ok")" \
    "$(sed 1d failing/sweep.csv | cut -d, -f2-5 | sed -E 's/^(bad.pcap),.*/\1/; s/^(cut.pcap),no.*/\1/')"
expect_match "the reason" '^bad.pcap_filter=tcp_seed=1,bad.pcap,tcp,1,"?bad.pcap: ' failing/sweep.csv
expect_equal "paths of this machine" "" "$(grep -F "$scratch" failing/sweep.csv)"
expect_status 0 "$SHAPESIM" sweep -o by-jobs "${failing[@]}" --print-jobs
while read -r job; do sh -c "$job"; done <out >/dev/null 2>&1
expect_status 1 "$SHAPESIM" sweep -q --collect by-jobs
expect_same "failed jobs" failing/sweep.csv by-jobs/sweep.csv
sweep 1 failing "${failing[@]}"
expect_same "the same again" failing/sweep.csv by-jobs/sweep.csv

# --- groups, samples, ranking -----------------------------------------------------------------------

sweep 0 groups a.pcap --group 'name=one,match=port 80' --rate 1mbit --vary one.rate=1mbit,2mbit
expect_match "columns of groups" '^run,trace,one.rate,seed,status,one_read_throughput_bytes_per_s' \
    groups/sweep.csv
expect_match "and of the other" ',all_write_lost_tokens_bytes,compared_window_s,one_tick_s,one_rate_bytes_per_s,' \
    groups/sweep.csv
sweep 0 unshaped a.pcap --vary count=payload,ip
expect_match "without limits" '^run,trace,count,seed,status,read_throughput_bytes_per_s' unshaped/sweep.csv
space=(a.pcap --rate 1gbit --vary min-share=1..1000+1 --vary tick=1ms..100ms+1ms --random 4)
sweep 0 sample "${space[@]}"
expect_equal "rows of a sample" 4 "$(columns sample/sweep.csv run | sort -u | wc -l)"
expect_status 0 "$SHAPESIM" sweep "${settings[@]}" -o one --rank jain-1,lost
expect_match "the table" '^best by jain \(1 tick\), then lost tokens; places of all traces added' out
expect_equal "settings in it" 6 "$(grep -cE '^ +[0-9]+[* ] +(1|64|4096) +(10ms|100ms) ' out)"
expect_match "progress" '^24 of 24 runs done, 24 of them before; 0 failed' err

# --- what is refused --------------------------------------------------------------------------------

# refused STATUS REGEX ARGUMENT...: one line, and nothing is made
refused() {
    local status=$1 regex=$2
    shift 2
    expect_status "$status" "$SHAPESIM" sweep "$@" || return
    expect_equal "lines on standard error of: $*" 1 "$(wc -l <err)"
    expect_match "$*" "^shapesim: .*($regex)" err
    [ -e new ] && fail "a directory was left by: $*"
}

refused 2 '--vary min-share: given twice; give all values at once' a.pcap --rate 1mbit --min-share 1,64 \
    --vary min-share=1,2 -o new
refused 2 "--min-share: given twice, as '1' and as '1,64'; leave one out" a.pcap --rate 1mbit --min-share 1 \
    --min-share 1,64 -o new
refused 2 'with min-share=0: .*min-share' a.pcap --rate 1mbit --vary min-share=0 -o new
refused 2 'with tick=1.5ms: .*tick' a.pcap --rate 1mbit --vary tick=1.5ms,2.5ms -o new
refused 2 'with min-share=1: --dirty-shutdown: only TLS' \
    a.pcap --rate 1mbit --vary min-share=1,64 --dirty-shutdown -o new
refused 2 'not an option of run' a.pcap --vary mtu=1 -o new
refused 2 'no output; add -o DIR' a.pcap --rate 1mbit
refused 2 'no trace' --rate 1mbit -o new
refused 2 'seeds' a.pcap --seeds 3-1 -o new
refused 2 'jobs' a.pcap -j 0 -o new
refused 1 'missing.pcap: ' missing.pcap -o new
refused 2 'holds another sweep: there --rate=500kB/s, here --rate=1MB/s' \
    a.pcap b.pcap --rate 1MB/s --vary min-share=1 --vary tick=10ms -o one
refused 2 'holds another sweep: there --vary=tick, here nothing' a.pcap --rate 500kB/s --vary min-share=1 -o one
refused 2 'holds another sweep: there --vary=min-share, here --vary=tick' \
    a.pcap --rate 500kB/s --vary tick=10ms --vary min-share=1 -o one
refused 2 'jain-run is 1 for every run' a.pcap --rate 1mbit --rank jain-run -o new
refused 2 "--want 'p98<=1s'|p98" a.pcap --rate 1mbit --want 'p98<=1s' -o new
refused 2 'not empty and holds no sweep' a.pcap -o plain
refused 2 'plain: holds no sweep' --collect plain
refused 2 'takes the settings from there' --collect one a.pcap
cp -r one other
sweep 0 other a.pcap --rate 500kB/s --vary min-share=1 --vary tick=10ms --seeds 1 --force
expect_equal "by --force" "$(sed -n 2p one/sweep.csv)" "$(sed 1d other/sweep.csv)"
(
    flock 9
    failures=0
    refused 1 'another sweep is at work there' "${settings[@]}" -o one
    exit $failures
) 9<one/sweep.lock || fail "two sweeps at a time"

# --- a full disk ------------------------------------------------------------------------------------

mkdir small
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=400k tmpfs small 2>/dev/null; then
    sweep 1 small/sweep "${settings[@]}"
    expect_match "a full disk" '^shapesim: -o small/sweep: the disk is full .*; make room' err
    expect_equal "lines about it" 1 "$(wc -l <err)"
    count_complete small/sweep
    [ $complete -ge 1 ] || fail "no run was complete before the disk was full"
    mount -o remount,size=64m small
    sweep 0 small/sweep "${settings[@]}"
    expect_complete small/sweep
    umount small
    # What a message quotes does not say it.
    full="No space left on device.pcap"
    cp bad.pcap "$full"
    sweep 1 quoted "$full" a.pcap --rate 500kB/s --vary min-share=1 -j 1
    expect_match "a capture called '$full'" '^shapesim: 1 of 2 runs failed' err
else
    printf 'no small file system can be mounted: the full disk is left out\n'
fi
finish
