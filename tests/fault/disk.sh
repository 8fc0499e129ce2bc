#!/usr/bin/env bash
# No room for the next byte, at many places: one line that says so, status 1, and no file under its
# final name. A limit on the size of a file stands for the full disk, and a disk of 64 KiB where one
# may be mounted.
. "$(dirname "$0")/steps.sh"
command -v prlimit >/dev/null || skip 'no prlimit'

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 300ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms --flow-ticks all)

no_room='cannot (be written|write|rename|create).*File too large|File too large|output cannot be written'

# short_of BYTES COMMAND...: no file may become larger; the message goes through a pipe
short_of() {
    local bytes=$1
    shift
    { prlimit --fsize="$bytes" "$@" 2>&1 >&3 | cat >err; } 3>out
    status=${PIPESTATUS[0]}
}

# step_sizes NAME LARGEST STEP MADE COMMAND...
step_sizes() {
    local name=$1 largest=$2 step=$3 path=$4 bytes failed=0 left
    shift 4
    for ((bytes = 0; bytes < largest; bytes += step)); do
        rm -rf "$path"
        short_of "$bytes" "$@"
        if [ $status -ne 1 ]; then
            fail "$name with room for $bytes bytes: exit status $status"
            head -n 5 err >&2
            continue
        fi
        expect_one_line "$name with room for $bytes bytes" "$no_room"
        left=("$path" "$path.part")
        left_behind "${left[@]}"
        [ ${#left[@]} -eq 0 ] || fail "$name with room for $bytes bytes: left ${left[*]}"
        failed=$((failed + 1))
    done
    rm -rf "$path"
    short_of "$((largest + 100))" "$@"
    expect_equal "$name with room for all" 0 "$status"
    printf '%s: failed at %d sizes\n' "$name" $failed
}

largest_of() { find "$@" -type f -printf '%s\n' | sort -n | tail -n 1; }

expect_status 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o whole
size=$(largest_of whole)
step_sizes run "$size" $((size / 20)) d "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d
step_sizes atomic "$size" $((size / 5)) d "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d --atomic
rm -f d.error
size=$(stat -c %s t.pcap)
step_sizes synth "$size" $((size / 20)) s.pcap \
    "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 300ms --rate 50kB/s -o s.pcap

# The tables on standard output: what is there is no file of ours, but the status says it.
for command in 'trace info --csv' 'trace info'; do
    read -ra words <<<"$command"
    short_of 100 "$SHAPESIM" "${words[@]}" t.pcap
    expect_equal "$command into 100 bytes" 1 "$status"
    expect_one_line "$command into 100 bytes" 'standard output.* cannot be written'
done

# A sweep: a run that had no room is a row, a table that had none is an error; with room again the
# same command continues and gives the same result.
vary=(sweep t.pcap "${limits[@]}" --files all --vary 'min-share=1,64,512' -j 2)
expect_status 0 "$SHAPESIM" "${vary[@]}" -q -o sweep-whole
size=$(largest_of sweep-whole)
for ((bytes = 0; bytes < size; bytes += size / 6)); do
    rm -rf sweep
    short_of "$bytes" "$SHAPESIM" "${vary[@]}" -q -o sweep
    expect_equal "a sweep with room for $bytes bytes" 1 "$status"
    expect_one_line "a sweep with room for $bytes bytes" "$no_room|runs failed"
    for file in sweep/runs/*/summary.json; do
        [ ! -e "$file" ] || check "${file%/*}"
    done
    rm -f sweep/sweep.csv.part
    expect_status 0 "$SHAPESIM" "${vary[@]}" -q -o sweep
    expect_same "a sweep after it had no room ($bytes bytes)" sweep-whole sweep
done

# A report: gnuplot is short of room, too.
if command -v gnuplot >/dev/null; then
    expect_status 0 "$SHAPESIM" report -q whole --format svg
    size=$(largest_of whole/report)
    cp -r whole drawn
    for bytes in 0 100 2000 20000 $((size - 1)); do
        for directory in whole drawn; do
            [ $directory = drawn ] || rm -rf whole/report
            short_of "$bytes" "$SHAPESIM" report -q $directory --format svg
            expect_equal "a report with room for $bytes bytes" 1 "$status"
            [ ! -e $directory/report.part ] || fail "a report with room for $bytes bytes: report.part is left"
        done
        [ ! -e whole/report ] || fail "a report with room for $bytes bytes is there"
        expect_status 0 test -s drawn/report/index.html
    done
else
    printf 'without gnuplot: no reports\n'
fi

# A disk that is really full.
full=(unshare --map-root-user --mount)
if "${full[@]}" mount -t tmpfs -o size=64k none "$scratch" 2>/dev/null; then
    mkdir disk
    # shellcheck disable=SC2016
    "${full[@]}" sh -c 'mount -t tmpfs -o size=64k none disk &&
        "$0" run -q t.pcap --rate 100kbit --tick 1ms --flow-ticks all -o disk/d; code=$?
        ls -A disk; exit $code' "$SHAPESIM" >out 2>err
    expect_equal 'exit status on a full disk' 1 $?
    expect_one_line 'on a full disk' 'No space left on device|output cannot be written'
    expect_equal 'left on the full disk' '' "$(cat out)"
else
    printf 'without the right to mount: no disk that is really full\n'
fi
finish
