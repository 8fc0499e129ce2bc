#!/usr/bin/env bash
# Without memory at any allocation, each in turn: status 1 and one line that says so, or a result
# that is whole; nothing half-made is left, nothing leaks.
#
# Tried are the allocations 1, 1 + EVERY, 1 + 2 EVERY, ... of each command, alone and with all that
# come after; FAULT_EVERY=1 tries all of all (tests/fault/full).
# shellcheck disable=SC2317 # functions are called by the names that try is given
. "$(dirname "$0")/steps.sh"

no_memory='out of memory|[Nn]o memory|not enough memory|Cannot allocate memory'

# try EVERY NAME PREPARE COMMAND...: PREPARE sets the stage each time, and `made` to what must not be
# there after a failure.
try() {
    local every=${FAULT_EVERY:-$1} name=$2 prepare=$3 kind n count=0
    shift 3
    $prepare
    with_fault none=1 "$@"
    [ "$status" -eq 0 ] || { fail "$name: exit status $status without a fault"; cat err >&2; return; }
    cp out whole.out
    keep_whole
    for kind in allocation allocations; do
        # Where not all are tried, the second kind tries others than the first.
        [ $kind = allocation ] && n=1 || n=$((1 + every / 2))
        for (( ; ; n += every)); do
            $prepare
            with_fault $kind=$n "$@"
            judge "$name: $kind=$n" $kind
            [ "$failures" -lt 30 ] || finish
            count=$((count + 1))
            [ "$reached" -eq 1 ] || break
        done
    done
    printf '%s: %d allocations, %d runs\n' "$name" "$allocations" "$count"
}

keep_whole() {
    local path
    rm -rf whole
    mkdir whole
    for path in "${made[@]}"; do [ ! -e "$path" ] || cp -r "$path" whole/; done
}

judge() {
    local path
    if [ "$status" -eq 0 ]; then
        expect_same "$1: standard output" whole.out out
        for path in "${made[@]}"; do
            [ ! -e "whole/${path##*/}" ] || expect_same "$1" "whole/${path##*/}" "$path"
        done
        return
    fi
    if [ "$status" -ne 1 ]; then
        fail "$1: exit status $status"
        head -n 20 err >&2
        return
    fi
    expect_one_line "$1" "$no_memory"
    for path in "${made[@]}"; do
        # To remove a report's folder it has to be read, which takes memory; the next one removes it.
        [ ! -e "$path" ] || { [ "$2" = allocations ] && [[ $path = *.part ]]; } || fail "$1: left $path"
    done
}

synth=(trace synth --packet 500 --duration 100ms --rate 50kB/s)
expect_status 0 "$SHAPESIM" "${synth[@]}" --flows 3 -o t.pcap
expect_status 0 "$SHAPESIM" "${synth[@]}" --flows 400 -o many.pcap
gzip -k t.pcap

nothing() { made=(); }
try 1 'trace info' nothing "$SHAPESIM" trace info t.pcap
try 3 'trace info --csv, gzip' nothing "$SHAPESIM" trace info --csv t.pcap.gz
if command -v zstd >/dev/null; then
    zstd -q t.pcap
    try 3 'trace info, zstd' nothing "$SHAPESIM" trace info --filter tcp t.pcap.zst
fi
try 97 'trace info of 400 flows' nothing "$SHAPESIM" trace info many.pcap
try 3 'help' nothing "$SHAPESIM" run --help

# Filters are compiled in a process of its own, where libpcap and its lexer may end as they like.
try 2 'trace info --filter' nothing "$SHAPESIM" trace info --filter 'udp port 53' t.pcap
filter_child() { # EVERY COMMAND...
    local every=${FAULT_EVERY:-$1} n=1 deaths=0
    shift
    for ((; ; n += every)); do
        $made_filtered
        with_fault child=$n "$@"
        [ "$reached" -eq 1 ] || break
        judge "the filter's allocation $n" child
        [ "$status" -eq 0 ] || deaths=$((deaths + 1))
    done
    [ $deaths -gt 3 ] || fail "only $deaths allocations of a filter's compiler failed"
    printf 'filter: the %dth allocation is not reached, %d failures\n' $n $deaths
}
made_filtered=nothing
filter_child 3 "$SHAPESIM" trace info --filter 'udp port 53 or tcp' t.pcap
made_capture() { rm -f s.pcap s.pcap.part; made=(s.pcap s.pcap.part); }
try 1 'trace synth' made_capture "$SHAPESIM" "${synth[@]}" --flows 3 -o s.pcap

# What the thread that reads allocates: a place for a batch's packets, and what unpacks them.
for n in 1 2; do
    for trace in many.pcap t.pcap.gz; do
        [ $n = 1 ] || [ $trace = many.pcap ] || continue
        with_fault reader=$n "$SHAPESIM" trace info "$trace"
        expect_equal "the reader's allocation $n: reached" 1 "$reached"
        expect_equal "the reader's allocation $n: status" 1 "$status"
        expect_one_line "the reader's allocation $n" "$no_memory"
    done
done

made_run() { rm -rf d d.part d.error; made=(d d.part); }
run=("$SHAPESIM" run -q t.pcap -o d)
try 23 'run' made_run "${run[@]}" --rate 1mbit
try 61 'run with groups and events' made_run "${run[@]}" --flow-ticks all --rate 100kbit --flow-rate 50kbit \
    --filter tcp --group 'name=a,match=tcp port 40001,rate=1mbit,flow-rate=500kbit' \
    --at 20ms:group=a,rate=2mbit --at 50ms:flow=2,rate=1mbit
made_filtered=made_run
filter_child 41 "${run[@]}" --rate 100kbit --group 'name=a,match=tcp port 40001,rate=1mbit' \
    --scheduler drr --weight '2:udp port 53'
for scheduler in drr sfq shuffle; do
    try 101 "run --scheduler $scheduler" made_run "${run[@]}" --rate 100kbit --scheduler $scheduler
done
try 83 'run with filters' made_run "${run[@]}" --rate 100kbit --via deflate --via overhead=40:1460 --write-high 600
try 83 'run through mod_ratelimit' made_run "${run[@]}" --via ratelimit=10
try 101 'run --transport socket' made_run "${run[@]}" --rate 100kbit --transport socket
try 1009 'run --transport tls' made_run "${run[@]}" --rate 100kbit --transport tls
try 101 'run --atomic' made_run "${run[@]}" --rate 1mbit --atomic
try 23 'run without files' nothing "$SHAPESIM" run t.pcap --rate 100kbit

expect_status 0 "$SHAPESIM" run -q t.pcap --rate 100kbit --flow-rate 90kbit -o base \
    --at 20ms:group=all,rate=200kbit --flow-ticks all
cp -r base same
try 61 verify nothing "$SHAPESIM" verify base
try 97 'verify --json --against' nothing "$SHAPESIM" verify base --against same --json --no-hashes

vary=(sweep t.pcap --rate 100kbit --vary 'min-share=1,64' -j 1 -q)
# What a sweep leaves is there for the next to go on with: its tables alone are whole or not there.
made_sweep() { rm -rf s; made=(s/sweep.csv.part s/sweep-summary.csv.part s/sweep.json.part); }
try 101 sweep made_sweep "$SHAPESIM" "${vary[@]}" -o s
expect_status 0 "$SHAPESIM" "${vary[@]}" -o s
try 61 'sweep --collect' nothing "$SHAPESIM" sweep --collect s
try 61 'sweep --print-jobs' nothing "$SHAPESIM" "${vary[@]}" -o s --print-jobs

use_a_gnuplot_that_draws_nothing
made_report() { rm -rf base/report base/report.part; made=(base/report base/report.part); }
try 97 report made_report "$SHAPESIM" report -q base --format svg
made_sweep_report() { rm -rf s/report s/report.part; made=(s/report s/report.part); }
try 97 'report of a sweep' made_sweep_report "$SHAPESIM" report -q s --format svg
finish
