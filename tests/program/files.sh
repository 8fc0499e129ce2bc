#!/usr/bin/env bash
# A trace in several files, packed files, and cuts of a trace: what is replayed is the same, byte for
# byte, as from one plain file. Captures whose times are out of line, as people's are.
. "$(dirname "$0")/lib.sh"

web=$here/../../traces/web.pcap
limits=(--rate 4mbit --tick 10ms)

# same_files A B: every CSV file of two runs
same_files() {
    local file
    for file in "$1"/*.csv; do
        expect_same "$file and $2's" "$file" "$2/$(basename "$file")"
    done
}

# trace_of DIR KEY: a number or text of summary.json's trace
trace_of() {
    sed -n "/\"trace\": {/,/^  }/s/^    \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1/summary.json"
}

expect_status 0 "$SHAPESIM" run "$web" "${limits[@]}" -o whole

# --- packed files, by the programs that people pack with ---------------------------------------------

for program in gzip zstd xz bzip2 lz4; do
    command -v "$program" >/dev/null || continue # its library is tested by itself
    "$program" -c <"$web" >packed
    expect_status 0 "$SHAPESIM" run packed "${limits[@]}" -o "$program"
    same_files whole "$program"
    # A packed file that is packed again says so, and the command that it names works.
    "$program" -c <packed >twice
    expect_status 1 "$SHAPESIM" trace info twice
    expect_match "$program twice" "packed twice, .*\($program -dc FILE >OUT\)" err
    "$program" -dc <twice >once
    expect_status 0 "$SHAPESIM" trace info once
    # Its end is missing: what is there is replayed. bzip2 and LZ4 have all of it in one block.
    head -c $(($(wc -c <packed) * 9 / 10)) packed >short
    case $program in
    bzip2 | lz4)
        expect_status 1 "$SHAPESIM" trace info short
        expect_match "$program, cut" "the file ends too early.*($program -dc FILE >OUT)" err
        ;;
    *)
        expect_status 0 "$SHAPESIM" trace info --flows 0 short
        expect_match "$program, cut" '^truncated' out
        ;;
    esac
done

# --- several files -----------------------------------------------------------------------------------

# packets_of FIRST LAST: rows for the tool that makes captures; flows overlap the files' borders
packets_of() {
    awk -v first="$1" -v last="$2" 'BEGIN {
        for (i = first; i <= last; i++)
            printf "%d,%d,%s,%d\n", i * 1700, i % 7, (i >= 7 && i % 3) ? "w" : "r", 100 + i * 37 % 1300
    }'
}
packets_of 0 899 | "$PACKETS" >all.pcap
header=24 record=$((16 + 54))
head -c $((header + 300 * record)) all.pcap >a.pcap
{ head -c $header all.pcap && tail -c +$((header + 300 * record + 1)) all.pcap | head -c $((250 * record)); } >b.pcap
{ head -c $header all.pcap && tail -c +$((header + 550 * record + 1)) all.pcap; } >c.pcap
gzip -c b.pcap >b.pcap.gz
expect_status 0 "$SHAPESIM" run all.pcap "${limits[@]}" -o one
for order in "a.pcap b.pcap c.pcap" "c.pcap a.pcap b.pcap" "b.pcap.gz c.pcap a.pcap"; do
    rm -rf joined
    # shellcheck disable=SC2086
    expect_status 0 "$SHAPESIM" run $order "${limits[@]}" -o joined
    same_files one joined
    expect_status 0 "$SHAPESIM" verify joined
    expect_match "the files of $order" "\"${order%% *}\"," joined/summary.json
    if command -v xxhsum >/dev/null; then
        # shellcheck disable=SC2086
        hash=$(xxhsum -H2 $order | cut -c1-32 | xxhsum -H2 | cut -c1-32)
        expect_equal "the hash of $order" "$hash" "$(trace_of joined xxh3_128)"
    fi
done
# A name that is not the command's is found.
sed 's/^      "c.pcap"/      "d.pcap"/' joined/summary.json >forged && cp forged joined/summary.json
expect_status 1 "$SHAPESIM" verify joined
expect_match "a forged name" "trace: files: 'd.pcap', but the command replays 'c.pcap'" err
# Of a pipe and a file, too; and their names are in the list.
mkfifo pipe
cat b.pcap >pipe &
expect_status 0 "$SHAPESIM" run a.pcap pipe c.pcap "${limits[@]}" -o piped
wait
same_files one piped
expect_status 0 "$SHAPESIM" trace info a.pcap b.pcap c.pcap
expect_match "its files" '^file       c.pcap$' out
expect_match "its packets" '^packets    900,' out
expect_status 0 "$SHAPESIM" trace info --json a.pcap b.pcap
expect_match "the files in JSON" '"files": \[' out
# A fault names its file.
printf 'nothing' >d.pcap
expect_status 1 "$SHAPESIM" run a.pcap d.pcap "${limits[@]}" -o bad
expect_match "the fault's file" '^shapesim: d.pcap: ' err

# --- a cut of a trace ----------------------------------------------------------------------------------

# From packet 300 (0.51 s) up to packet 549: what b.pcap holds.
expect_status 0 "$SHAPESIM" run b.pcap "${limits[@]}" -o part
expect_status 0 "$SHAPESIM" run all.pcap --from 509ms --to 935ms "${limits[@]}" -o cut-out
same_files part cut-out
expect_equal "packets before the cut, and the one that ends it" 301 "$(trace_of cut-out packets_left_out)"
expect_status 0 "$SHAPESIM" verify cut-out
expect_status 0 "$SHAPESIM" run c.pcap b.pcap a.pcap --from 509ms --to 935ms "${limits[@]}" -o cut-joined
same_files part cut-joined
# A time is before --to or not: packet 1 is at 1700 us.
for row in 1700us,1 1701us,2; do
    expect_status 0 "$SHAPESIM" trace info all.pcap --flows 0 --to "${row%,*}"
    expect_match "packets before ${row%,*}" "^packets    ${row#*,}," out
done
for row in 1700us,899 1701us,898; do
    expect_status 0 "$SHAPESIM" trace info all.pcap --flows 0 --from "${row%,*}"
    expect_match "packets from ${row%,*} on" "^packets    ${row#*,}," out
done
expect_status 1 "$SHAPESIM" run all.pcap --from 10s "${limits[@]}" -o nothing
expect_match "a cut without packets" '--from and --to leave out all 900 packets' err

# --- times ---------------------------------------------------------------------------------------------

# rogue NUMBER SECONDS: 27 packets 0.1 s apart, of which one is that many seconds ahead
rogue() {
    local i at
    capture_header
    for ((i = 1; i <= 27; i++)); do
        at=$((i * 100000))
        ((i == $1)) && at=$((at + $2 * 1000000))
        udp $at 1 4000 2 5000 750
    done
}
rogue 0 0 >good.pcap
rogue 6 86400 >rogue.pcap
rogue 1 86400 >rogue-first.pcap
for name in good rogue rogue-first; do
    expect_status 0 "$SHAPESIM" run $name.pcap --rate 100kbit --tick 10ms --min-share 32 -o $name-run
    cp err $name.err
    expect_status 0 "$SHAPESIM" verify $name-run
done
expect_equal "warnings of good.pcap" "" "$(cat good.err)"
expect_match "the packet and its jump" 'warning: packet 6 is out of line by 86400.100000 s' rogue.err
expect_match "the first packet, likewise" 'warning: packet 1 is out of line by 86399.900000 s' rogue-first.err
expect_equal "warnings of each" "1 1" "$(wc -l <rogue.err) $(wc -l <rogue-first.err)"
expect_equal "the length of good.pcap" 2.6 "$(trace_of good-run duration_s)"
expect_equal "the length of rogue.pcap" 2.6 "$(trace_of rogue-run duration_s)"
expect_equal "the length of rogue-first.pcap, which begins at packet 2" 2.5 "$(trace_of rogue-first-run duration_s)"
[ "$(wc -l <rogue-run/ticks.csv)" -lt 300 ] || fail "rogue.pcap has $(wc -l <rogue-run/ticks.csv) ticks"

# The clock is set: later packets stay there.
# stepped BEFORE AFTER: 40 packets 0.1 s apart, with BEFORE and AFTER seconds added to the first and second half
stepped() {
    local i
    capture_header
    for ((i = 1; i <= 40; i++)); do
        udp $((i * 100000 + (i > 20 ? $2 : $1) * 1000000)) 1 4000 2 5000 9
    done
}
stepped 0 7200 >ahead.pcap
expect_status 0 "$SHAPESIM" run ahead.pcap --rate 1mbit --idle-ticks skip -o ahead
expect_match "a step ahead" 'warning: time steps ahead by 7200.100000 s at packet 21, and later packets stay there' err
stepped 500 0 >back.pcap
expect_status 0 "$SHAPESIM" run back.pcap --rate 1mbit -o back
expect_match "a step back" 'warning: the clock is set back by 499.900000 s at packet 21, and later packets stay' err
expect_equal "the length of back.pcap" 3.8 "$(trace_of back duration_s)"

# Seconds are unsigned: 2038 and 2040 are no past.
{
    le32 $((0xa1b2c3d4)); bytes 2 0 4 0; le32 0; le32 0; le32 65535; le32 1
    for ((i = 0; i < 20; i++)); do
        { udp 0 1 4000 2 5000 1000; } | tail -c 42 >frame
        le32 $((${second:-2208988800} + i / 2)); le32 $((i % 2 * 500000)); le32 42; le32 1042
        cat frame
    done
} >2040.pcap
expect_status 0 "$SHAPESIM" run 2040.pcap --rate 16kbit --tick 100ms --write-pcap -o 2040
expect_equal "warnings of 2040.pcap" "" "$(cat err)"
expect_match "the start in 2040" '"start_epoch_s": "2208988800.000000000"' 2040/summary.json
expect_equal "the length across 2040" 9.5 "$(trace_of 2040 duration_s)"

# --- rows without traffic ------------------------------------------------------------------------------

# Two packets, three hours apart: more than a million rows need a word, whether a bucket is full or
# still fills.
{ capture_header && udp 0 1 4000 2 5000 9 && udp 10800000000 1 4000 2 5000 9; } >silence.pcap
expect_status 1 "$SHAPESIM" run silence.pcap --rate 1mbit --tick 10ms -o silence
expect_match "a silence" 'use --idle-ticks skip, or --max-gap 10s' err
expect_status 1 "$SHAPESIM" run silence.pcap --rate 1B/tick --burst 100MB --initial-tokens 1B --tick 10ms -o filling
expect_match "a bucket that fills" 'rows of ticks without traffic are more than 1000000 .*--max-gap 10s' err
expect_status 0 "$SHAPESIM" run silence.pcap --rate 1mbit --tick 10ms --idle-ticks skip -o skipped
expect_status 0 "$SHAPESIM" run silence.pcap --rate 1mbit --tick 10ms --max-gap 10s -o shortened

finish
