#!/usr/bin/env bash
# SIGINT, SIGTERM and SIGHUP at chosen steps (fault.c counts them): the status says it, no file has its final
# name unless all have, no report.part or sweep table half-made is left, and the next one continues.
# FAULT_EVERY: how many steps are between two that are tried; each test has its own otherwise.
# shellcheck disable=SC2317 # functions are called by the names that try is given
. "$(dirname "$0")/steps.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms --flow-ticks all)
expect_status 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o whole
vary=(sweep t.pcap "${limits[@]}" --vary 'min-share=1,64' -j 1 -q)
expect_status 0 "$SHAPESIM" "${vary[@]}" -o sweep-whole

# try EVERY NAME PREPARE JUDGE COMMAND...: a signal before steps 1, 1 + EVERY, ... until there is none.
try() {
    local every=${FAULT_EVERY:-$1} name=$2 prepare=$3 judge=$4 n signal=int count=0
    shift 4
    for ((n = 1; ; n += every)); do
        $prepare
        with_fault $signal=$n "$@"
        $judge "$name: $signal=$n"
        count=$((count + 1))
        [ $reached -eq 1 ] || break
        case $signal in int) signal=term ;; term) signal=hup ;; *) signal=int ;; esac
    done
    printf '%s: %d steps, %d runs\n' "$name" "$steps" $count
}

# is_interrupted WHAT: whether the command was, as it should say. Before it has begun, the signal
# ends it in the usual way.
is_interrupted() {
    if { [ $status -eq 130 ] || [ $status -eq 129 ]; } && [ -s err ]; then
        expect_equal "$1: exit status" "$(status_after "${signal^^}")" $status
        expect_one_line "$1" 'interrupted'
        return 0
    fi
    [ $status -eq 130 ] || [ $status -eq 143 ] || [ $status -eq 129 ]
}

no_run() { rm -rf d d.part; }
judge_run() {
    local file
    if is_interrupted "$1"; then
        for file in d/*.csv d/summary.json; do
            [ ! -e "$file" ] || fail "$1: $file is there"
        done
    elif [ $status -eq 0 ]; then
        expect_same "$1" whole d
    else
        fail "$1: exit status $status"
        head -n 5 err >&2
    fi
    [ ! -e d.part ] || fail "$1: d.part is left"
}
try 41 run no_run judge_run "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d
try 97 'run --atomic' no_run judge_run "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d --atomic
rm -rf whole-tls d
expect_status 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" --transport tls --flush flush -o whole-tls
mv whole whole-pair
mv whole-tls whole
try 1501 'run --transport tls' no_run judge_run "$SHAPESIM" run -q t.pcap "${limits[@]}" --transport tls \
    --flush flush -o d
mv whole-pair whole

no_sweep() { rm -rf s; }
judge_sweep() {
    local file
    if ! is_interrupted "$1" && [ $status -ne 0 ]; then
        fail "$1: exit status $status"
        head -n 5 err >&2
    fi
    for file in s/*.part s/runs/*.part s/runs/*.error; do
        [ ! -e "$file" ] || fail "$1: $file is left"
    done
    expect_status 0 "$SHAPESIM" "${vary[@]}" -o s
    expect_same "$1, and again" sweep-whole s
}
try 97 sweep no_sweep judge_sweep "$SHAPESIM" "${vary[@]}" -o s

no_junit() { rm -f j.xml; }
expect_status 0 "$SHAPESIM" verify sweep-whole --junit whole.xml
judge_junit() {
    if ! is_interrupted "$1"; then
        expect_equal "$1: exit status" 0 $status
        expect_same "$1" whole.xml j.xml
    elif [ -e j.xml ]; then
        expect_same "$1: after it was whole" whole.xml j.xml
    fi
    [ ! -s j.xml.part ] || fail "$1: j.xml.part is left"
}
try 31 'verify --junit of a sweep' no_junit judge_junit "$SHAPESIM" verify sweep-whole --junit j.xml

use_a_gnuplot_that_draws_nothing
expect_status 0 "$SHAPESIM" report -q whole --format svg
cp -r whole/report report-whole
judge_report() {
    if ! is_interrupted "$1"; then
        expect_equal "$1: exit status" 0 $status
        expect_same "$1" report-whole whole/report
    elif [ -e whole/report ]; then
        expect_same "$1: the one before" report-whole whole/report
    fi
    [ ! -e whole/report.part ] || fail "$1: report.part is left"
}
no_report() { rm -rf whole/report; }
old_report() { :; }
try 911 report no_report judge_report "$SHAPESIM" report -q whole --format svg
try 1301 'report over another' old_report judge_report "$SHAPESIM" report -q whole --format svg
finish
