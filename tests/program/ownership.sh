#!/usr/bin/env bash
# Only what shapesim wrote is ever removed or replaced: whatever of the user's has a name of ours, or
# is where we would write, is one line that names it, exit status 1, and everything stays. What a
# killed run left is cleared away, and nothing else.
. "$(dirname "$0")/lib.sh"
use_a_gnuplot_that_draws_nothing

expect_status 0 "$SHAPESIM" trace synth --flows 2 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
trace=$PWD/t.pcap
limits=(--rate 100kbit --tick 10ms)
expect_status 0 "$SHAPESIM" run -q "$trace" "${limits[@]}" -o whole
vary=("$trace" "${limits[@]}" --vary 'min-share=1,64' -j 1 -q)
id='t.pcap_min-share=1_seed=1'
expect_status 0 "$SHAPESIM" sweep "${vary[@]}" -o swept
expect_status 0 "$SHAPESIM" report -q whole --format svg
mv whole/report report-whole

# Every name, kind and byte below the directory u, the targets of links, too.
snapshot() {
    find u -printf '%p %y %m %l\n' | LC_ALL=C sort
    find u -type f -exec cksum {} + | LC_ALL=C sort
}

# stays WHAT REGEX COMMAND...: refused in one line that matches, and u is as it was
stays() {
    local what=$1 pattern=$2 before
    shift 2
    before=$(snapshot)
    expect_status 1 "$@" || printf '(%s)\n' "$what" >&2
    expect_match "$what" "^shapesim: .*$pattern.*, so it stays as it is; move it away" err
    expect_equal "$what: one line" 1 "$(wc -l <err)"
    expect_equal "$what: what was there" "$before" "$(snapshot)"
}

# fresh: u has a folder of the user's with a file, to which links lead
fresh() {
    rm -rf u
    mkdir -p u/mine
    echo '\documentclass{book}' >u/mine/thesis.tex
}

# --- run -o DIR --force ---------------------------------------------------------------------------

run_files=(ticks.csv flow_ticks.csv flows.csv fairness.csv burst.csv delays.csv delays_time.csv
    events.csv filters.csv application.csv exchanges.csv shaped.pcap summary.json)
force=("$SHAPESIM" run -q "$trace" "${limits[@]}" -o u/d --force)
for name in "${run_files[@]}"; do
    for file in "$name" "$name.part"; do
        fresh && mkdir u/d && echo mine >"u/d/$file"
        stays "a user's $file" "u/d/$file: was not written by shapesim" "${force[@]}"
    done
done
fresh && mkdir u/d && echo '{"versions": {"shapesim": 1}, "files": []}' >u/d/summary.json
stays "a summary of somebody else's" 'u/d/summary.json: was not written' "${force[@]}"
fresh && mkdir u/d && echo 'my own' >u/d/.shapesim
stays "a .shapesim of the user's" 'u/d/\.shapesim: was not written' "${force[@]}"
# In a finished run: what its summary does not list, and what is no longer a file.
for file in filters.csv shaped.pcap ticks.csv.part summary.json.part; do
    fresh && cp -r whole u/d && echo mine >"u/d/$file"
    stays "a user's $file beside a run" "u/d/$file: was not written by shapesim" "${force[@]}"
done
for name in ticks.csv summary.json; do
    fresh && cp -r whole u/d && mv "u/d/$name" u/mine && ln -s "../mine/$name" "u/d/$name"
    stays "$name is a link" "u/d/$name: is a symbolic link" "${force[@]}"
    fresh && cp -r whole u/d && rm "u/d/$name" && mkdir "u/d/$name"
    stays "$name is a folder" "u/d/$name: is no regular file" "${force[@]}"
    fresh && cp -r whole u/d && rm "u/d/$name" && mkfifo "u/d/$name"
    stays "$name is a pipe" "u/d/$name: is no regular file" "${force[@]}"
done

# Others stay, and are no obstacle; the run is the same, and has no marker.
fresh && cp -r whole u/d && echo mine >u/d/notes
expect_status 0 "${force[@]}"
expect_equal "notes beside a run" mine "$(cat u/d/notes)"
rm u/d/notes
expect_same "a run by --force" whole u/d
fresh && mkdir u/d && echo mine >u/d/notes
(ulimit -f 1 && "${force[@]}" >out 2>err) && fail 'a run without room succeeded'
expect_equal "notes beside a run that fails" "notes" "$(ls -A u/d)"
# A directory that the user names may be a link.
fresh && mkdir u/disk && ln -s disk u/d
expect_status 0 "$SHAPESIM" run -q "$trace" "${limits[@]}" -o u/d
expect_same "a run into a link" whole u/disk

# --- killed ---------------------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --flows 100 --packet 50000 --duration 100ms --rate 500kB/s \
    --protocol udp -o slow.pcap
# kill_run DIR OPTION...: a run that would last for days is killed when it has rows
kill_run() {
    local directory=$1 pid
    shift
    "$SHAPESIM" run -q slow.pcap --rate 1B/tick --tick 1ms --flow-ticks all "$@" >out 2>err &
    pid=$!
    while kill -0 $pid 2>/dev/null && ! [ -s "$directory/flow_ticks.csv.part" ]; do sleep 0.02; done
    kill -s KILL $pid
    wait $pid 2>/dev/null
}

fresh && mkdir u/d && echo mine >u/d/notes
kill_run u/d -o u/d --force
[ -e u/d/ticks.csv.part ] || fail 'the killed run has left nothing'
echo mine >u/d/filters.csv
stays "a user's file beside a killed run" 'u/d/filters.csv: was not written' "${force[@]}"
rm u/d/filters.csv
ln -s ../mine/thesis.tex u/d/events.csv.part
stays "a link beside a killed run" 'u/d/events.csv.part: is a symbolic link' "${force[@]}"
rm u/d/events.csv.part
expect_status 2 "$SHAPESIM" run -q "$trace" "${limits[@]}" -o u/d
expect_status 0 "${force[@]}"
expect_equal "notes beside a killed run" mine "$(cat u/d/notes)"
rm u/d/notes
expect_same "after a killed run" whole u/d

fresh
kill_run u/d.part -o u/d --atomic
echo mine >u/d.part/notes
atomic=("$SHAPESIM" run -q "$trace" "${limits[@]}" -o u/d --atomic)
stays "notes in a killed run's DIR.part" 'u/d\.part/notes: was not written' "${atomic[@]}"
rm u/d.part/notes
expect_status 0 "${atomic[@]}"
expect_equal "after a killed run" "$(list d mine)" "$(ls -A u)"
expect_same "after a killed run --atomic" whole u/d

# --- run --atomic ---------------------------------------------------------------------------------

fresh && mkdir u/d.part && cp u/mine/thesis.tex u/d.part
stays "a thesis in DIR.part" 'u/d\.part/thesis\.tex: was not written' "${atomic[@]}"
fresh && ln -s mine u/d.part
stays "DIR.part is a link" 'u/d\.part: is a symbolic link' "${atomic[@]}"
fresh && echo mine >u/d.part
stays "DIR.part is a file" 'u/d\.part: is no directory' "${atomic[@]}"
fresh && mkdir u/d.part && echo mine >u/d.part/ticks.csv
stays "a table in DIR.part" 'u/d\.part/ticks\.csv: was not written' "${atomic[@]}"
fresh && echo mine >u/d.error
stays "a user's DIR.error" 'u/d\.error: was not written' "${atomic[@]}"
fresh && mkdir u/d.error
stays "DIR.error is a folder" 'u/d\.error: was not written' "${atomic[@]}"
fresh && echo '{"command": "x", "error": "y"}' >u/mine/error && ln -s mine/error u/d.error
stays "DIR.error is a link" 'u/d\.error: was not written' "${atomic[@]}"
fresh && mkdir u/empty && ln -s empty u/d
stays "DIR is a link" 'u/d: is a symbolic link' "${atomic[@]}"
# What a failure left is its own, and so is an empty folder; DIR.error.part is never touched.
fresh && mkdir u/d.part && echo mine >u/d.error.part
printf 'no capture' >bad.pcap
expect_status 1 "$SHAPESIM" run -q bad.pcap "${limits[@]}" -o u/d --atomic
expect_equal "after a failure" "$(list d.error d.error.part mine)" "$(ls -A u)"
expect_status 0 "${atomic[@]}"
expect_equal "after a failure and a run" "$(list d d.error.part mine)" "$(ls -A u)"
expect_equal "DIR.error.part" mine "$(cat u/d.error.part)"

# --- sweep ----------------------------------------------------------------------------------------

# What a sweep writes before it looks at its runs is its lock.
sweep_stays() {
    touch u/s/sweep.lock
    stays "$@"
}
sweep=("$SHAPESIM" sweep "${vary[@]}" -o u/s)
other=("$SHAPESIM" sweep "$trace" --rate 200kbit --tick 10ms --vary 'min-share=1,64' -j 1 -q -o u/s --force)
fresh && cp -r swept u/s && rm -r "u/s/runs/$id" && ln -s ../../mine "u/s/runs/$id"
sweep_stays "a run is a link" "$id: is a symbolic link" "${sweep[@]}"
sweep_stays "a run is a link, by --force" "$id: is a symbolic link" "${other[@]}"
fresh && cp -r swept u/s && rm -r u/s/runs && ln -s ../mine u/s/runs
sweep_stays "runs is a link" 'u/s/runs: is a symbolic link' "${sweep[@]}"
fresh && cp -r swept u/s && echo mine >"u/s/runs/$id/notes"
sweep_stays "notes in a run" "$id/notes: was not written" "${other[@]}"
fresh && cp -r swept u/s && echo mine >"u/s/runs/$id.error"
sweep_stays "a user's ID.error" "$id\.error: was not written" "${other[@]}"
fresh && cp -r swept u/s && rm u/s/sweep* "u/s/runs/$id/summary.json"
sweep_stays "a run without its summary or a sweep" "$id/[a-z_]*\.csv: was not written" "${sweep[@]}" --force
fresh && cp -r swept u/s && rm "u/s/runs/$id/summary.json" # so it is run again
expect_status 0 "${sweep[@]}"
expect_same "a run without its summary" swept u/s
for file in sweep.csv sweep-summary.csv sweep-long.csv sweep.json sweep.json.part sweep.csv.part; do
    fresh && mkdir u/s && echo mine >"u/s/$file"
    stays "a user's $file" "u/s/$file: was not written by shapesim" "${sweep[@]}" --force
done
fresh && cp -r swept u/s && mv u/s/sweep.csv u/mine && ln -s ../mine/sweep.csv u/s/sweep.csv
stays "sweep.csv is a link" 'u/s/sweep\.csv: is a symbolic link' "${sweep[@]}"
stays "sweep.csv is a link, --collect" 'u/s/sweep\.csv: is a symbolic link' "$SHAPESIM" sweep -q --collect u/s
fresh && cp -r swept u/s && echo mine >u/s/notes && rm "u/s/runs/$id/"*.csv
mkdir u/s/runs/mine && echo mine >u/s/runs/mine/notes
expect_status 0 "${other[@]}"
expect_equal "notes beside a sweep" "$(list mine mine)" "$(cat u/s/notes u/s/runs/mine/notes)"
expect_equal "files of a sweep" \
    "$(list notes runs sweep-long.csv sweep-summary.csv sweep.csv sweep.json sweep.lock)" "$(ls -A u/s)"

# --- report ---------------------------------------------------------------------------------------

report=("$SHAPESIM" report -q u/d --format svg)
for folder in report report.part; do
    fresh && cp -r whole u/d && ln -s ../mine u/d/$folder
    stays "$folder is a link" "u/d/$folder: is a symbolic link" "${report[@]}"
    fresh && cp -r whole u/d && echo mine >u/d/$folder
    stays "$folder is a file" "u/d/$folder: is no directory" "${report[@]}"
    fresh && cp -r whole u/d && mkdir u/d/$folder && echo mine >u/d/$folder/index.html
    stays "a page of the user's in $folder" "u/d/$folder/index.html: was not written" "${report[@]}"
    fresh && cp -r whole u/d && cp -r report-whole u/d/$folder && echo mine >u/d/$folder/notes
    stays "notes in $folder" "u/d/$folder/notes: was not written" "${report[@]}"
    fresh && cp -r whole u/d && cp -r report-whole u/d/$folder && echo mine >u/d/$folder/data/notes
    stays "notes in $folder/data" "u/d/$folder/data/notes: was not written" "${report[@]}"
    fresh && cp -r whole u/d && cp -r report-whole u/d/$folder && rm -r u/d/$folder/data
    ln -s ../../mine u/d/$folder/data
    stays "$folder/data is a link" "u/d/$folder/data: is a symbolic link" "${report[@]}"
done
fresh && cp -r whole u/d && cp -r report-whole u/d/report && cp -r report-whole u/d/report.part
rm u/d/report.part/index.html && : >u/d/report.part/.shapesim # as one that was killed leaves it
expect_status 0 "${report[@]}"
expect_same "a report in the place of another" report-whole u/d/report
rm -r u/d/report
expect_same "what a report leaves" whole u/d

# --- trace synth ----------------------------------------------------------------------------------

synth=("$SHAPESIM" trace synth --duration 1s -o u/new.pcap)
fresh && cp u/mine/thesis.tex u/new.pcap
stays "a thesis in the place of a capture" 'u/new\.pcap: is no capture of trace synth' "${synth[@]}"
fresh && cp u/mine/thesis.tex u/new.pcap.part
stays "a thesis in the place of FILE.part" 'u/new\.pcap\.part: is no capture of trace synth' "${synth[@]}"
for file in new.pcap new.pcap.part; do
    fresh && ln -s mine/thesis.tex u/$file
    stays "$file is a link" "u/${file//./\\.}: is a symbolic link" "${synth[@]}"
done
finish
