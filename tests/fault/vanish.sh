#!/usr/bin/env bash
# What is read or written changes during a run: the trace grows, is cut or loses its name; the output
# directory loses its name or may no longer be written to. Each at chosen steps (fault.c). A run is
# then complete and agrees with itself, or it has failed in one line and left nothing half-made.
# shellcheck disable=SC2317 # functions are called by the names that try is given
. "$(dirname "$0")/steps.sh"

# Larger than what is read at once, so that there is something to come when it changes.
expect_status 0 "$SHAPESIM" trace synth --flows 20 --packet 100 --duration 1s --rate 60kB/s -o original.pcap
size=$(stat -c %s original.pcap)
[ "$size" -gt 600000 ] || fail "the trace is of $size bytes only"
limits=(--rate 50mbit --tick 10ms)

# try EVERY NAME FAULT PREPARE JUDGE COMMAND...: at steps 1, 1 + EVERY, ... until there is none.
try() {
    local every=${FAULT_EVERY:-$1} name=$2 fault=$3 prepare=$4 judge=$5 n count=0
    shift 5
    for ((n = 1; ; n += every)); do
        $prepare
        with_fault "$fault=$n" "$@"
        $judge "$name at step $n"
        count=$((count + 1))
        [ $reached -eq 1 ] || break
    done
    printf '%s: %d steps, %d runs\n' "$name" "$steps" $count
}

fresh() { rm -rf d gone t.pcap gone.pcap; cp original.pcap t.pcap; }

# One that is complete agrees with itself; one that is not leaves nothing but a line.
judge_trace() {
    if [ $status -eq 0 ]; then
        check d
    else
        expect_equal "$1: exit status" 1 $status
        expect_one_line "$1" "t.pcap: "
        [ ! -e d ] || fail "$1: d is there"
    fi
}

run=("$SHAPESIM" run -q t.pcap "${limits[@]}" -o d)
export FAULT_PATH=t.pcap FAULT_TO
for FAULT_TO in 0 20 300000; do
    try 2003 "cut to $FAULT_TO bytes" truncate fresh judge_trace "${run[@]}"
done
FAULT_TO=4000
try 2003 'grown by 4000 bytes' grow fresh judge_trace "${run[@]}"
FAULT_TO=gone.pcap
try 2003 'another name' rename fresh judge_trace "${run[@]}"

# The wanted step is before the last: otherwise the above has tried nothing.
fresh
with_fault truncate=1 "${run[@]}"
expect_equal 'a trace cut before the first step' 1 $status

# A pipe whose writer dies in mid-packet, or that is not one for long.
for bytes in 0 10 24 100 300011; do
    rm -rf d
    head -c $bytes original.pcap | "$SHAPESIM" run -q - "${limits[@]}" -o d >out 2>err
    status=${PIPESTATUS[1]}
    if [ $bytes -le 100 ]; then # nothing in it can be replayed
        expect_equal "a pipe of $bytes bytes" 1 "$status"
        expect_one_line "a pipe of $bytes bytes" '-: '
        [ ! -e d ] || fail "a pipe of $bytes bytes: d is there"
    else
        expect_equal "a pipe of $bytes bytes" 0 "$status"
        check d
    fi
done

# --- the output directory -----------------------------------------------------------------------

head -c 100040 original.pcap >small.pcap
expect_status 0 "$SHAPESIM" run -q small.pcap "${limits[@]}" -o whole
fresh_output() { rm -rf d gone; }
judge_output() {
    local file
    if [ $status -eq 0 ]; then
        if [ -d d ]; then file=d; else file=gone; fi
        expect_same "$1" whole $file
        return
    fi
    expect_equal "$1: exit status" 1 $status
    expect_one_line "$1" 'cannot be (written|made|opened|renamed)'
    [ ! -e d/summary.json ] || fail "$1: d/summary.json is there"
    for file in d/*.csv gone/*.csv gone/summary.json; do
        [ ! -e "$file" ] || expect_same "$1" "whole/${file##*/}" "$file"
    done
}
run=("$SHAPESIM" run -q small.pcap "${limits[@]}" -o d)
FAULT_PATH=d FAULT_TO=gone
fresh_output() { rm -rf d gone; mkdir d; }
try 211 'the directory has another name' rename fresh_output judge_output "${run[@]}"

# Not writable any more: not for root, who may do everything.
FAULT_TO=555
judge_mode() {
    chmod 755 d
    judge_output "$1"
}
if [ "$(id -u)" -eq 0 ]; then
    printf 'as root: no directory that may not be written to\n'
else
    try 211 'the directory is not writable' chmod fresh_output judge_mode "${run[@]}"
fi
finish
