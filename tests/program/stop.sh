#!/usr/bin/env bash
# INT, TERM and HUP end every command within a second, whatever it does: one line, status 130 (129
# after HUP), and nothing half-made is left. What hangs here hangs
# for good: pipes that never deliver, a gnuplot that sleeps, a file that has no end.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
expect_status 0 "$SHAPESIM" run -q t.pcap --rate 100kbit --tick 10ms -o whole
mkfifo silent # it never has a writer, but it is open
exec 9<>silent

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# is_waiting PID FILE: the process sleeps, and has FILE open
is_waiting() {
    grep -q '^State:.*S (sleeping)' "/proc/$1/status" 2>/dev/null &&
        find "/proc/$1/fd" -lname "*$2" 2>/dev/null | grep -q .
}

# stopped WHAT READY COMMAND...: is sent each signal when the command READY PID holds
stopped() {
    local what=$1 ready=$2 signal pid sent took
    shift 2
    for signal in INT TERM HUP; do
        "$@" >out 2>err &
        pid=$!
        until $ready $pid || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
        sent=$(now_ms)
        kill -s $signal $pid
        while kill -0 $pid 2>/dev/null && [ $(($(now_ms) - sent)) -lt 10000 ]; do sleep 0.02; done
        took=$(($(now_ms) - sent))
        if kill -0 $pid 2>/dev/null; then
            fail "$what: continues after SIG$signal"
            kill -s KILL $pid
            wait $pid 2>/dev/null
            continue
        fi
        wait $pid
        status=$?
        expect_equal "$what: status after SIG$signal" "$(status_after $signal)" $status
        expect_match "$what: SIG$signal" '^shapesim: .*interrupted' err
        expect_equal "$what: lines after SIG$signal" 1 "$(wc -l <err)"
        # A machine that is five times slower may take as much longer.
        [ $took -lt $((1000 * ${STOP_SLOWER:-5})) ] || fail "$what: takes $took ms after SIG$signal"
    done
}

# at_silent PID: waits for the pipe
at_silent() { is_waiting "$1" silent || is_waiting "$1" 'stuck/*'; }

# in_place_of FILE: whole, with the pipe in place of one of its files, is `stuck`
in_place_of() {
    rm -rf stuck
    cp -r whole stuck
    ln -f silent "stuck/$1" # no symbolic link: verify reads nothing outside
}

stopped 'trace info at a pipe' at_silent "$SHAPESIM" trace info silent
stopped 'run at a pipe' at_silent "$SHAPESIM" run -q silent --rate 1mbit -o none
[ ! -e none ] || fail "run leaves $(find none)"
stopped 'sweep at a pipe' at_silent "$SHAPESIM" sweep -q silent --rate 1mbit --vary min-share=1,64 -o none
[ ! -e none ] || fail "sweep leaves $(find none)"

# A run that has come to --max-time reads on for the trace's hash.
mkfifo slow
exec 8<>slow
{
    capture_header
    for second in 0 1 2 3; do udp $((second * 1000000)) 1 1000 2 2000 100; done
} >&8
has_parts_and_waits() { [ -e late/ticks.csv.part ] && is_waiting "$1" slow; }
late=("$SHAPESIM" run -q slow --rate 1mbit --tick 10ms --max-time 500ms -o late)
"${late[@]}" >out 2>err &
pid=$!
until has_parts_and_waits $pid || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -s TERM $pid
for ((i = 0; i < 250; i++)); do kill -0 $pid 2>/dev/null || break; sleep 0.02; done
kill -s KILL $pid 2>/dev/null && fail 'run still reads for the hash'
wait $pid
expect_equal 'run that reads for the hash: status' 130 $?
expect_equal 'run that reads for the hash: files that are whole' '' \
    "$(find late -name '*.csv' -o -name '*.json')"
exec 8>&-

for file in summary.json flows.csv ticks.csv fairness.csv delays.csv delays_time.csv; do
    in_place_of $file
    stopped "verify at $file" at_silent "$SHAPESIM" verify stuck
    stopped "report at $file" at_silent "$SHAPESIM" report -q stuck
    [ ! -e stuck/report.part ] || fail "report at $file leaves report.part"
done

# A file without an end, which takes the processor and not the kernel.
mkfifo endless
yes ' ' 1<>endless & # which opens both ends, so it waits without a reader
writer=$!
rm stuck/delays_time.csv
ln -f endless stuck/summary.json
is_at_work() { [ "$(awk '{ print $14 }' "/proc/$1/stat" 2>/dev/null || echo 99)" -ge 5 ]; }
stopped 'verify at work' is_at_work "$SHAPESIM" verify stuck
stopped 'verify --junit at work' is_at_work "$SHAPESIM" verify stuck --junit stuck.xml
[ ! -e stuck.xml.part ] && [ ! -e stuck.xml ] || fail 'verify --junit leaves a file'
stopped 'report at work' is_at_work "$SHAPESIM" report stuck
kill $writer

# gnuplot that never ends, and that would write on after an interrupt.
mkdir sleeping
cat >sleeping/gnuplot <<'END'
#!/bin/sh
[ "$1" = --version ] && { echo 'gnuplot 5.4 patchlevel 4'; exit 0; }
trap '' INT TERM
: >"drawing.$PPID"
while :; do sleep 0.05; done
END
chmod +x sleeping/gnuplot
is_drawing() { [ -e "drawing.$1" ]; }
cp -r whole drawn
(use_a_gnuplot_that_draws_nothing && exec "$SHAPESIM" report -q drawn) || fail 'the report before'
cp -r drawn/report before
PATH=$PWD/sleeping:$PATH stopped 'report while gnuplot draws' is_drawing "$SHAPESIM" report -q drawn
[ ! -e drawn/report.part ] || fail 'report while gnuplot draws leaves report.part'
expect_same 'the report before' before drawn/report

big=("$SHAPESIM" trace synth --flows 1000 --rate 1gbit --packet 100 --duration 1000s)
has_part() { [ "$(stat -c %s big.pcap.part 2>/dev/null || echo 0)" -gt 100000 ]; }
stopped 'trace synth' has_part "${big[@]}" -o big.pcap
[ ! -e big.pcap.part ] && [ ! -e big.pcap ] || fail 'trace synth leaves a file'
# Into a pipe that takes no more.
mkfifo full
exec 7<>full
at_full() { is_waiting "$1" full; }
stopped 'trace synth at a full pipe' at_full "${big[@]}" -o full
exec 7>&-
finish
