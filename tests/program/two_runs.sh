#!/usr/bin/env bash
# Two at a time in one directory, runs, sweeps and reports alike: the second is refused in one line,
# and the first one's files stay whole.
. "$(dirname "$0")/lib.sh"
use_a_gnuplot_that_draws_nothing

expect_status 0 "$SHAPESIM" trace synth --flows 20 --packet 100 --duration 1s --rate 60kB/s -o t.pcap
expect_status 0 "$SHAPESIM" trace synth --flows 100 --packet 50000 --duration 100ms --rate 500kB/s \
    --protocol udp -o slow.pcap
limits=(--rate 50mbit --tick 10ms)
run=("$SHAPESIM" run -q "${limits[@]}")
expect_status 0 "${run[@]}" - -o whole <t.pcap
expect_status 0 "$SHAPESIM" report -q whole --format svg
mv whole/report report-whole
mkfifo trace

# Waits until a path is there, or process $1 has ended.
wait_for() { while kill -0 "$1" 2>/dev/null && [ ! -e "$2" ]; do sleep 0.02; done; }

# refused WHAT PATH COMMAND...: somebody else is at work in PATH
refused() {
    local what=$1 path=$2
    shift 2
    expect_status 1 "$@" || printf '(%s)\n' "$what" >&2
    expect_equal "$what" \
        "shapesim: $path: another run, sweep or report is at work there; wait for it, or choose another directory" \
        "$(cat err)"
}

# begin_run PART OPTION...: a run that waits for the rest of its trace, with files in PART
begin_run() {
    local part=$1
    shift
    "${run[@]}" trace "$@" >first.out 2>first.err &
    first=$!
    exec 3>trace
    head -c 300000 t.pcap >&3
    wait_for $first "$part/ticks.csv.part"
    [ -e "$part/ticks.csv.part" ] || fail "$part: the first run writes nothing"
}

# end_run WHAT DIR: it gets the rest, and its files are as if it had been alone
end_run() {
    tail -c +300001 t.pcap >&3
    exec 3>&-
    wait $first
    expect_equal "$1: exit status of the first" 0 $?
    sed -i 's/shapesim run trace /shapesim run - /; s/"name": "trace"/"name": "-"/' "$2/summary.json"
    expect_same "$1: files of the first" whole "$2"
    rm -r "$2"
}

ln -s d link
for force in '' --force; do
    begin_run d -o d ${force:+"$force"}
    refused "a run beside a run" d "${run[@]}" t.pcap -o d
    refused "a run --force beside a run" d "${run[@]}" t.pcap -o d --force
    refused "a run --atomic beside a run" d "${run[@]}" t.pcap -o d --atomic
    refused "a sweep beside a run" d "$SHAPESIM" sweep -q t.pcap "${limits[@]}" --vary min-share=1 -o d
    refused "a sweep --force beside a run" d \
        "$SHAPESIM" sweep -q t.pcap "${limits[@]}" --vary min-share=1 -o d --force
    refused "a run in a link beside a run" link "${run[@]}" t.pcap -o link --force
    end_run "a run ${force:-without --force}" d
done
rm link

begin_run d.part -o d --atomic
refused "a run --atomic beside one" d.part "${run[@]}" t.pcap -o d --atomic
refused "a run beside a run --atomic" d.part "${run[@]}" t.pcap -o d
refused "a run --force beside a run --atomic" d.part "${run[@]}" t.pcap -o d/ --force
refused "a sweep beside a run --atomic" d.part \
    "$SHAPESIM" sweep -q t.pcap "${limits[@]}" --vary min-share=1 -o d
end_run "a run --atomic" d

# Two that begin together, again and again: one is complete, the other refused; or they come one
# after the other, and the second finds the directory full.
for _ in $(seq 20); do
    rm -rf d
    "${run[@]}" t.pcap -o d >out.1 2>err.1 &
    one=$!
    "${run[@]}" t.pcap -o d >out.2 2>err.2 &
    two=$!
    wait $one
    statuses=$?
    wait $two
    statuses+=" $?"
    case $statuses in '0 1' | '1 0' | '0 2' | '2 0') ;; *) fail "two at once: exit statuses $statuses" ;; esac
    check d
done

# --- a sweep is at work ---------------------------------------------------------------------------

"$SHAPESIM" sweep -q slow.pcap --rate 1B/tick --tick 1ms --vary min-share=1 -j 1 -o s >first.out 2>first.err &
first=$!
wait_for $first 's/runs/slow.pcap_min-share=1_seed=1.part/flows.csv.part'
refused "a run beside a sweep" s "${run[@]}" t.pcap -o s
refused "a run --force beside a sweep" s "${run[@]}" t.pcap -o s --force
refused "a sweep beside a sweep" s \
    "$SHAPESIM" sweep -q slow.pcap --rate 1B/tick --tick 1ms --vary min-share=1 -j 1 -o s
refused "--collect beside a sweep" s "$SHAPESIM" sweep -q --collect s
refused "a report beside a sweep's run" 's/runs/slow.pcap_min-share=1_seed=1.part' \
    "${run[@]}" slow.pcap -o 's/runs/slow.pcap_min-share=1_seed=1' --atomic
kill -s INT $first
wait $first
expect_equal "exit status of the sweep" 130 $?

# --- a report is at work --------------------------------------------------------------------------

mkfifo drawing
cat >bin/gnuplot <<'END'
#!/bin/sh
[ "$1" = --version ] && { echo 'gnuplot 6.0 patchlevel 0'; exit 0; }
[ -e begun ] || { : >begun; read -r _ <drawing; }
for name in $9; do echo '<svg/>' >"$7/$name.svg"; done
END
rm -r d
cp -r whole d
"$SHAPESIM" report -q d --format svg >first.out 2>first.err &
first=$!
wait_for $first begun
refused "a report beside a report" d "$SHAPESIM" report -q d --format svg
refused "a run --force beside a report" d "${run[@]}" t.pcap -o d --force
echo >drawing
wait $first
expect_equal "exit status of the report" 0 $?
expect_same "the first report" report-whole d/report
rm -r d/report
expect_same "the run of the report" whole d

# A report waits for no run: it is refused while one writes, and in DIR alone.
begin_run e -o e
cp whole/summary.json e
refused "a report beside a run" e "$SHAPESIM" report -q e --format svg
rm e/summary.json
end_run "a run beside a report" e
finish
