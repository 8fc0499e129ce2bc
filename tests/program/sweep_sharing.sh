#!/usr/bin/env bash
# The runs of a sweep read a trace once for all that read it alike: their files are those of runs by themselves, and the
# events that they share leave nothing behind, however the sweep ends.
. "$(dirname "$0")/lib.sh"

traces=$(cd "$here/../../traces" && pwd)
expect_status 0 "$SHAPESIM" trace synth --flows 6 --source poisson --rate 400kB/s --duration 2s -o a.pcap

# alone NAME SWEEP...: as the sweep of that directory, its runs one by one
alone() {
    local name=$1
    shift
    expect_status 0 "$SHAPESIM" sweep -q "$@" -o "$name" --print-jobs
    mv out jobs.txt
    while read -r job; do sh -c "$job"; done <jobs.txt >/dev/null 2>&1
}

# shares NAME SWEEP...: with two at a time, and then alone
shares() {
    local name=$1
    shift
    expect_status 0 "$SHAPESIM" sweep "$@" -j 2 -o "$name"
    cp err "$name.err"
    alone "$name-alone" "$@"
    expect_same "$name" "$name-alone/runs" "$name/runs"
}

# What they read differs by some of the keys, and not by others.
shares keys "$traces/web.pcap" "$traces/dns.pcap" --rate 1mbit --write-pcap --max-gap 2s \
    --vary 'filter=ip,src port 53 or tcp' --vary tick=10ms,100ms --vary copies=1,2
expect_equal "recordings" 4 "$(grep -c 'read once for 4 runs, whose files take up to about' keys.err)"
shares contents "$traces/bulk.pcap" --rate 1mbit --via deflate --max-time 3s --vary idle-timeout=1s,300s --seeds 1-2
expect_equal "recordings with contents" 2 "$(grep -c 'read once for 2 runs' contents.err)"
shares one "$traces/ipv6.pcap" "$traces/dns.pcap" --rate 1mbit --vary tick=10ms
expect_equal "not worth it" 0 "$(grep -c 'read once' one.err)"

# A run that shares does not read the packets: those of this trace are gone.
run=(run -q gone.pcap --rate 500kB/s --tick 10ms)
cp a.pcap gone.pcap
expect_status 0 "$SHAPESIM" "${run[@]}" -o whole
: >events
(exec -a shapesim-sweep-recorder "$SHAPESIM" "${run[@]}" -o nowhere) 3<>events || fail "the recorder fails"
expect_equal "a recorder makes no directory" no "$([ -e nowhere ] && echo yes || echo no)"
truncate -s 24 gone.pcap
(exec -a shapesim-sweep-sharing-run "$SHAPESIM" "${run[@]}" -o shared) 3<events || fail "a run that shares fails"
expect_same "a run that shares" whole shared
# With another option of reading it does not take them, and says of the trace what there is to say.
(exec -a shapesim-sweep-sharing-run "$SHAPESIM" "${run[@]}" --max-gap 1s -o other) 3<events 2>err &&
    fail "a run takes what others read"
expect_match "it reads the trace" '^shapesim: gone.pcap: ' err

# No room for what they share: they read the trace themselves.
(ulimit -f 100 && exec "$SHAPESIM" sweep a.pcap --rate 500kB/s --vary tick=10ms,20ms -o narrow) >out 2>err ||
    fail "without room: $(cat err)"
expect_equal "no recording" 0 "$(grep -c 'read once' err)"
alone narrow-alone a.pcap --rate 500kB/s --vary tick=10ms,20ms
expect_same "without room" narrow-alone/runs narrow/runs

# --- however it ends ------------------------------------------------------------------------------

# shared_files: what any process has open, or mapped, of files without a name in this directory
shared_files() {
    find /proc/[0-9]*/fd -lname "$scratch/*(deleted)" 2>/dev/null
    grep -sh "$scratch/.*(deleted)" /proc/[0-9]*/maps
}

# begin: a sweep of long runs, with a recording that they share
begin() {
    rm -rf slow
    "$SHAPESIM" sweep -q slow.pcap --rate 1B/tick --tick 1ms --vary min-share=1,2 -j 1 -o slow >out 2>err &
    sweep=$!
    until [ -e "slow/runs/slow.pcap_min-share=1_seed=1.part/flows.csv.part" ]; do
        kill -0 $sweep 2>/dev/null || fail "the sweep ended: $(cat err)"
    done
    victim=$(pgrep -P $sweep)
    [ -n "$(shared_files)" ] || fail "nothing is shared"
}

expect_status 0 "$SHAPESIM" trace synth --flows 1 --rate 100kB/s --duration 1s -o slow.pcap
for signal in INT KILL; do
    begin
    kill -s $signal $sweep
    wait $sweep 2>/dev/null
    while kill -0 "$victim" 2>/dev/null; do :; done
    expect_equal "after SIG$signal of the sweep" "" "$(shared_files)"
    expect_equal "in its directory" '' "$(find slow -maxdepth 1 -type f ! -name 'sweep.*' ! -name '.shapesim')"
done
# A run that is killed fails, the next one shares.
begin
kill -s KILL "$victim"
until [ -e "slow/runs/slow.pcap_min-share=2_seed=1.part/flows.csv.part" ]; do
    kill -0 $sweep 2>/dev/null || fail "the sweep ended: $(cat err)"
done
[ -n "$(shared_files)" ] || fail "the next run shares nothing"
kill -s INT $sweep
wait $sweep
expect_equal "after the sweep" "" "$(shared_files)"

finish
