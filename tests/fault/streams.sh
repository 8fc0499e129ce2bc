#!/usr/bin/env bash
# Standard output that takes nothing: a pipe without a reader, a full device, one that is closed.
# Each is reported in one line with status 1, whatever the command had done; and what it prints never
# ends up in one of its files.
. "$(dirname "$0")/steps.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms --flow-ticks all)
expect_status 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o whole
expect_status 0 "$SHAPESIM" sweep t.pcap "${limits[@]}" --vary min-share=1,64 -q -o sweep-whole

# A pipe whose reader has gone: no matter of luck, as it would be with | true.
mkfifo pipe
exec {both}<>pipe {unread}>pipe {both}>&-

cannot='standard output.* cannot be written|cannot write standard output'

# broken NAME COMMAND...: on each of them
broken() {
    local name=$1
    shift
    "$@" 1>&"$unread" 2>err
    expect_equal "$name into a closed pipe" 1 $?
    expect_one_line "$name into a closed pipe" "$cannot"
    if [ -w /dev/full ]; then
        "$@" >/dev/full 2>err
        expect_equal "$name into a full device" 1 $?
        expect_one_line "$name into a full device" "$cannot"
    fi
    "$@" >&- 2>err
    expect_equal "$name without standard output" 1 $?
    expect_one_line "$name without standard output" "$cannot"
}

broken 'the usage' "$SHAPESIM" --help
broken 'the version' "$SHAPESIM" --version
for command in run sweep verify report 'trace info' 'trace synth'; do
    read -ra words <<<"$command"
    broken "the help of $command" "$SHAPESIM" "${words[@]}" --help
done
broken 'trace info' "$SHAPESIM" trace info t.pcap
broken 'trace info --csv' "$SHAPESIM" trace info --csv t.pcap
broken 'trace synth -o -' "$SHAPESIM" trace synth --duration 1s -o -
broken 'run without files' "$SHAPESIM" run t.pcap "${limits[@]}"
broken 'verify' "$SHAPESIM" verify whole
broken 'verify --json' "$SHAPESIM" verify whole --json
broken 'verify of a sweep' "$SHAPESIM" verify sweep-whole
broken 'verify --json of a sweep' "$SHAPESIM" verify sweep-whole --json
broken 'sweep --print-jobs' "$SHAPESIM" sweep t.pcap "${limits[@]}" --vary min-share=1,64 -o jobs --print-jobs
broken 'sweep --collect' "$SHAPESIM" sweep --collect sweep-whole

# The files are complete, and free of what was printed.
run_again() { rm -rf d; "$SHAPESIM" run t.pcap "${limits[@]}" -o d; }
sweep_again() { rm -rf s; "$SHAPESIM" sweep t.pcap "${limits[@]}" --vary min-share=1,64 -o s; }
broken 'run' run_again
expect_same 'a run whose table could not be printed' whole d
broken 'sweep' sweep_again
expect_same 'a sweep whose ranking could not be printed' sweep-whole s

# Without standard input or standard error.
rm -rf d
"$SHAPESIM" run -q t.pcap "${limits[@]}" -o d <&- >&- 2>&-
expect_equal 'a quiet run without any stream' 0 $?
expect_same 'a quiet run without any stream' whole d
expect_status 1 "$SHAPESIM" run -q - "${limits[@]}" -o no-input <&-
expect_one_line 'a run from a closed standard input' '^|Bad file|empty'
[ ! -e no-input ] || fail 'a run from a closed standard input left a directory'
rm -rf d
"$SHAPESIM" run -q t.pcap --rate 1mbit --flow-ticks none -o d --max-time 1ms 2>&-
expect_equal 'a run whose warning is lost' 0 $?
expect_equal 'files of a run whose warning is lost' 0 "$(grep -l 'shapesim: warning' d/* | wc -l)"
check d

if command -v gnuplot >/dev/null; then
    report_again() { rm -rf whole/report; "$SHAPESIM" report whole --format svg; }
    broken report report_again
    expect_status 0 test -s whole/report/index.html
    # There it is gnuplot that writes, and does not look whether it could.
    "$SHAPESIM" report whole --terminal 1>&"$unread" 2>err
    [ ! -e whole/report.part ] || fail 'report --terminal into a closed pipe left report.part'
fi
finish
