# The commands that are tried with a fault at every place; sourced after steps.sh by memory.sh and
# calls.sh, each of which defines its own `try_each`. FAULT_ONLY: a regular expression for the names of
# those that are tried.
# shellcheck shell=bash disable=SC2034 # input, left and calls_every are for try_each
cases=()

# What the cases read, in $scratch; each works in a directory below.
make_inputs() {
    local synth=("$SHAPESIM" trace synth --packet 500 --duration 100ms --rate 50kB/s)
    expect_status 0 "${synth[@]}" --flows 3 -o t.pcap
    expect_status 0 "${synth[@]}" --flows 400 -o many.pcap
    # More than is read at once.
    expect_status 0 "$SHAPESIM" trace synth --flows 20 --packet 100 --duration 1s --rate 60kB/s -o large.pcap
    gzip -k t.pcap large.pcap
    ! command -v zstd >/dev/null || zstd -q t.pcap large.pcap
    expect_status 0 "$SHAPESIM" run -q t.pcap --rate 100kbit --flow-rate 90kbit -o base --write-pcap \
        --at 20ms:group=all,rate=200kbit --flow-ticks all
    cp -r base same
    expect_status 0 "$SHAPESIM" sweep t.pcap --rate 100kbit --vary min-share=1,64 -j 1 -q -o s
    use_a_gnuplot_that_draws_nothing
}

# try_case EVERY NAME NEEDS MADE COMMAND...: calls try_each COMMAND... with the others as variables, in the
# background, in a separate directory.
try_case() {
    local every=$1 name=$2 needs=$3 made=$4 directory="case-${2//[ \/]/-}"
    shift 4
    [[ $name =~ ${FAULT_ONLY-} ]] || return 0
    cases+=("$directory")
    in_background "$directory" try_each "$@"
}

# wait_for_cases: those that did not pass have said why
# shellcheck disable=SC2154 # lib.sh sets scratch
wait_for_cases() {
    local path
    wait
    for path in "${cases[@]}"; do [ -e "$scratch/$path/passed" ] || fail "$path did not pass"; done
}

# each_case: all of them. EVERY: of the allocations, where not all are tried; NEEDS: which of the inputs
# the command writes to, and wants a copy of; MADE: what it makes. In `input` is its standard input, in
# `left` what it may not leave, if not all of MADE, in `calls_every` which of the calls are tried.
each_case() {
    local input='' left='' calls_every=1
    trace_cases
    run_cases
    directory_cases
}

trace_cases() {
    local words synth=("$SHAPESIM" trace synth --packet 500 --duration 100ms --rate 50kB/s --flows 3)
    try_case 1 'trace info' '' '' "$SHAPESIM" trace info ../t.pcap
    try_case 1 'trace info --filter' '' '' "$SHAPESIM" trace info --filter 'udp port 53' ../t.pcap
    try_case 1 'trace info --csv, gzip' '' '' "$SHAPESIM" trace info --csv ../t.pcap.gz
    input=../large.pcap try_case 1 'trace info of standard input' '' '' "$SHAPESIM" trace info -
    try_case 1 'trace info of a large file' '' '' "$SHAPESIM" trace info ../large.pcap
    try_case 1 'trace info, large gzip' '' '' "$SHAPESIM" trace info ../large.pcap.gz
    if [ -e t.pcap.zst ]; then
        try_case 1 'trace info, zstd' '' '' "$SHAPESIM" trace info --filter tcp ../t.pcap.zst
        try_case 1 'trace info, large zstd' '' '' "$SHAPESIM" trace info ../large.pcap.zst
    fi
    try_case 97 'trace info of 400 flows' '' '' "$SHAPESIM" trace info ../many.pcap
    try_case 97 'trace info --csv of 400 flows' '' '' "$SHAPESIM" trace info --csv ../many.pcap
    try_case 1 'trace synth' '' 's.pcap s.pcap.part' "${synth[@]}" -o s.pcap
    try_case 1 'trace synth of a large file' '' 's.pcap s.pcap.part' \
        "${synth[@]}" --duration 10s -o s.pcap
    try_case 1 'trace synth to standard output' '' '' "${synth[@]}" -o -
    for words in --help --version 'run --help' 'trace info --help' 'verify --help'; do
        # shellcheck disable=SC2086 # words
        try_case 1 "$words" '' '' "$SHAPESIM" $words
    done
    try_case 1 'a misuse' '' '' "$SHAPESIM" run ../t.pcap --rate 5
    try_case 1 'an unknown option' '' '' "$SHAPESIM" run ../t.pcap --rat 5kB/s --frob
    try_case 1 'a run without limits' '' 'd d.part' "$SHAPESIM" run ../t.pcap -o d
}

run_cases() {
    local scheduler run=("$SHAPESIM" run -q ../t.pcap -o d) made='d d.part d.error'
    try_case 23 'run' '' "$made" "${run[@]}" --rate 1mbit
    calls_every=3 input=../large.pcap try_case 1009 'run of standard input' '' "$made" \
        "$SHAPESIM" run -q - -o d --rate 50mbit --write-pcap
    calls_every=3 try_case 1009 'run of a large gzip file' '' "$made" \
        "$SHAPESIM" run -q ../large.pcap.gz -o d --rate 50mbit
    [ ! -e t.pcap.zst ] || calls_every=5 try_case 23 'run of a zstd file' '' "$made" \
        "$SHAPESIM" run -q ../t.pcap.zst -o d --rate 1mbit
    calls_every=3 try_case 61 'run with groups and events' '' "$made" "${run[@]}" --flow-ticks all --rate 100kbit \
        --flow-rate 50kbit --filter tcp \
        --group 'name=a,match=tcp port 40001,rate=1mbit,flow-rate=500kbit' \
        --at 20ms:group=a,rate=2mbit --at 50ms:flow=2,rate=1mbit
    for scheduler in drr sfq shuffle; do
        calls_every=7 try_case 101 "run --scheduler $scheduler" '' "$made" "${run[@]}" --rate 100kbit \
            --scheduler $scheduler
    done
    calls_every=5 try_case 83 'run with filters' '' "$made" "${run[@]}" --rate 100kbit --via deflate \
        --via overhead=40:1460 --write-high 600
    calls_every=7 try_case 83 'run through mod_ratelimit' '' "$made" "${run[@]}" --via ratelimit=10
    calls_every=5 try_case 101 'run --transport socket' '' "$made" "${run[@]}" --rate 100kbit --transport socket
    calls_every=5 try_case 4003 'run --transport tls' '' "$made" "${run[@]}" --rate 100kbit --transport tls
    left='d d.part' try_case 29 'run --atomic' '' "$made" "${run[@]}" --rate 1mbit --atomic
    try_case 29 'run --write-pcap --copies' '' "$made" "${run[@]}" --rate 1mbit --write-pcap --copies 2 --speed 2
    # The rest of the capture is read for its hash alone.
    calls_every=3 try_case 211 'run --max-time' '' "$made" \
        "$SHAPESIM" run -q ../large.pcap -o d --rate 50mbit --max-time 10ms
    try_case 7 'run, with its table' '' "$made" "$SHAPESIM" run ../t.pcap -o d --rate 1mbit
    try_case 23 'run without files' '' '' "$SHAPESIM" run ../t.pcap --rate 100kbit
}

directory_cases() {
    local tables vary=("$SHAPESIM" sweep ../t.pcap --rate 100kbit --vary 'min-share=1,64' -j 1 -q)
    try_case 7 verify '' '' "$SHAPESIM" verify ../base
    calls_every=3 try_case 61 'verify --json --against' '' '' \
        "$SHAPESIM" verify ../base --against ../same --json --no-hashes
    try_case 17 'verify --junit' '' 'j.xml j.xml.part' "$SHAPESIM" verify ../base --junit j.xml --max-burst 1MB
    calls_every=3 try_case 97 'verify of a sweep' '' 'j.xml j.xml.part' \
        "$SHAPESIM" verify ../s --junit j.xml --want 'p99<=10s'
    calls_every=3 try_case 97 'verify --json of a sweep' '' '' "$SHAPESIM" verify ../s --json
    # What a sweep leaves is used by the next one: only its tables are complete or missing.
    tables='s/sweep.csv.part s/sweep-summary.csv.part s/sweep-long.csv.part s/sweep.json.part'
    left=$tables try_case 101 sweep '' s "${vary[@]}" -o s
    left=$tables try_case 23 'sweep --collect' s "s/sweep.csv s/sweep-summary.csv s/sweep-long.csv $tables" \
        "$SHAPESIM" sweep --collect s
    try_case 7 'sweep --print-jobs' '' '' "${vary[@]}" -o s --print-jobs
    # Here gnuplot is started for each figure.
    calls_every=7 try_case 97 report base 'base/report base/report.part' "$SHAPESIM" report -q base --format svg
    calls_every=3 try_case 97 'report of a sweep' s 's/report s/report.part' "$SHAPESIM" report -q s --format svg
    calls_every=7 try_case 97 'report of two runs' '' 'compared compared.part' \
        "$SHAPESIM" report -q ../base ../same -o compared --format svg
    calls_every=3 try_case 41 'report --table' '' '' \
        "$SHAPESIM" report ../s --table min-share,jain,write.p90 --format latex
}
