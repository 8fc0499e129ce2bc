#!/usr/bin/env bash
# Out of descriptors, at every small limit: one line that names the way out, status 1, and nothing
# half-made is left; or the command does what it does with more.
. "$(dirname "$0")/steps.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
expect_status 0 "$SHAPESIM" run -q t.pcap --rate 100kbit --tick 10ms --write-pcap -o whole
gzip -k t.pcap

# The loader needs some to begin with.
starts_at=3
until (ulimit -n $starts_at && "$SHAPESIM" --version) >/dev/null 2>&1; do starts_at=$((starts_at + 1)); done

# with_descriptors NAME MADE LEFT COMMAND...: at each limit until three succeed in a row; LEFT are files
# that must not be there after a failure
with_descriptors() {
    local name=$1 made=$2 leftovers=$3 n path refused=0 good=0
    shift 3
    for ((n = starts_at; good < 3 && n < 64; n++)); do
        rm -rf "$made" "$made.part" "$made.error"
        (ulimit -n $n && exec "$@") <t.pcap >out 2>err
        status=$?
        if [ $status -eq 0 ]; then
            good=$((good + 1))
            continue
        fi
        good=0 refused=$((refused + 1))
        expect_equal "$name with $n descriptors: exit status" 1 $status
        expect_one_line "$name with $n descriptors" "$no_descriptors"
        for path in $leftovers; do
            [ ! -e "$path" ] || fail "$name with $n descriptors: left $(find "$path")"
        done
    done
    [ $good -eq 3 ] || fail "$name: never succeeds"
    printf '%s: refused at %d limits\n' "$name" $refused
}

no_descriptors='Too many open files|no descriptor|runs failed'
run=("$SHAPESIM" run -q t.pcap --rate 100kbit --tick 10ms)
with_descriptors run d 'd d.part' "${run[@]}" -o d
expect_status 0 "$SHAPESIM" verify d
with_descriptors 'run --write-pcap' d 'd d.part' "${run[@]}" --write-pcap -o d
expect_same 'a run with few descriptors' whole d
with_descriptors 'run --atomic' d 'd d.part' "${run[@]}" --atomic -o d
with_descriptors 'run with filters' d 'd d.part' "${run[@]}" --filter tcp --group 'name=a,match=tcp,rate=1mbit' -o d
with_descriptors 'run from standard input' d 'd d.part' "$SHAPESIM" run -q - --rate 100kbit -o d
with_descriptors 'run --transport tls' d 'd d.part' "${run[@]}" --transport tls -o d
with_descriptors 'trace info' none none "$SHAPESIM" trace info t.pcap.gz
with_descriptors 'trace synth' s.pcap 's.pcap s.pcap.part' "$SHAPESIM" trace synth --duration 100ms -o s.pcap
with_descriptors verify none none "$SHAPESIM" verify whole --against whole
with_descriptors sweep s 's/sweep.csv.part s/sweep-summary.csv.part s/sweep-long.csv.part s/sweep.json.part' \
    "$SHAPESIM" sweep t.pcap --rate 100kbit --vary 'min-share=1,64' -j 1 -q -o s
# Only gnuplot could report what its own start lacks.
no_descriptors="$no_descriptors|gnuplot"
use_a_gnuplot_that_draws_nothing
with_descriptors report whole/report 'whole/report whole/report.part' "$SHAPESIM" report -q whole --format svg
finish
