#!/usr/bin/env bash
# The files of a run are a pure function of trace, flags and seed: not of the time, the place, the
# names of folders, or the way the capture is packed.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --source pareto --flows 8 --duration 5s --rate 200kbit \
    --direction both --spread 1s -o trace.pcap
limits=(--rate 60kB/s --burst 10kB --tick 10ms --flow-rate 20kB/s)
run first trace.pcap "${limits[@]}"

# --- the same again -----------------------------------------------------------------------------

run second trace.pcap "${limits[@]}"
expect_same "the same command twice" first second

mkdir -p 'else where/deeper'
(cd 'else where' && "$SHAPESIM" run -q -o deeper/third --flow-ticks all ../trace.pcap "${limits[@]}")
expect_same "another working directory" first 'else where/deeper/third'

run fourth "$scratch/trace.pcap" "${limits[@]}"
expect_same "the trace's absolute path" first fourth

expect_status 0 env -i TZ=Asia/Tokyo LANG=de_DE.UTF-8 "$SHAPESIM" run "$scratch/trace.pcap" \
    --output "$scratch/fifth" --flow-ticks all "${limits[@]}"
expect_same "another environment, not quiet" first fifth

run fifth --force trace.pcap "${limits[@]}"
expect_same "over an earlier run" first fifth

run default-seed trace.pcap "${limits[@]}" --seed 1
expect_same "the default seed's ticks" first/flow_ticks.csv default-seed/flow_ticks.csv

grep -rlF "$scratch" first && fail "a file names the folder that it was made in"
expect_equal "files" "$(list burst.csv delays.csv delays_time.csv exchanges.csv fairness.csv flow_ticks.csv \
    flows.csv summary.json ticks.csv)" "$(ls first)"

# --- another seed: another order within the ticks, the same bytes in the end ----------------------

run other trace.pcap "${limits[@]}" --seed 2
expect_differ "another seed" first/flow_ticks.csv other/flow_ticks.csv
totals() {
    columns "$1/flows.csv" flow group protocol initiator_address initiator_port responder_address \
        responder_port start_s close packets offered_read_bytes read_bytes offered_written_bytes \
        written_bytes | sort -n
}
expect_equal "totals of another seed" "$(totals first)" "$(totals other)"

# A flow alone meets no chance.
run alone-1 trace.pcap --filter 'host 198.18.0.1' "${limits[@]}" --seed 1
run alone-2 trace.pcap --filter 'host 198.18.0.1' "${limits[@]}" --seed 2
for file in ticks.csv flow_ticks.csv flows.csv; do
    expect_same "one flow, another seed" alone-1/$file alone-2/$file
done

# --- the same capture in other forms --------------------------------------------------------------

same_csv() {
    local file
    for file in ticks.csv flow_ticks.csv flows.csv; do
        expect_same "$1" "first/$file" "$2/$file"
    done
}

# summary.json apart from what names the trace
anonymous() { grep -vE '"(name|command|xxh3_128)": ' "$1/summary.json"; }

same_summary() { expect_equal "$1: summary.json" "$(anonymous first)" "$(anonymous "$2")"; }

hash_of() { sed -n 's/.*"xxh3_128": "\(.*\)".*/\1/p' "$1/summary.json"; }

run stdin - "${limits[@]}" <trace.pcap
same_csv "standard input" stdin
same_summary "standard input" stdin
expect_equal "hash of standard input" "$(hash_of first)" "$(hash_of stdin)"
mkfifo pipe
cat trace.pcap >pipe &
run fifo pipe "${limits[@]}"
same_csv "a named pipe" fifo
run pipe-run - "${limits[@]}" < <(cat trace.pcap)
expect_same "a pipe and a file as standard input" stdin pipe-run

for packer in gzip zstd; do
    if ! command -v $packer >/dev/null; then
        printf 'without %s: its part is left out\n' $packer
        continue
    fi
    $packer -q -c trace.pcap >trace.pcap.$packer
    run packed-$packer trace.pcap.$packer "${limits[@]}"
    same_csv "packed with $packer" packed-$packer
    same_summary "packed with $packer" packed-$packer
    run stdin-$packer - "${limits[@]}" <trace.pcap.$packer
    same_csv "packed with $packer, standard input" stdin-$packer
done

if command -v xxhsum >/dev/null; then
    expect_equal "the hash that xxhsum -H2 prints" "$(xxhsum -q -H2 trace.pcap | cut -d' ' -f1)" \
        "$(hash_of first)"
else
    printf 'without xxhsum: its part is left out\n'
fi

# --- synthetic captures ---------------------------------------------------------------------------

for source in constant on-off poisson pareto; do
    for n in 1 2; do
        expect_status 0 "$SHAPESIM" trace synth --source $source --flows 3 --seed 5 --duration 1s \
            -o $source-$n.pcap
    done
    expect_same "trace synth $source twice" $source-1.pcap $source-2.pcap
    expect_status 0 "$SHAPESIM" trace synth --source $source --flows 3 --seed 5 --duration 1s -o -
    expect_same "trace synth $source to standard output" $source-1.pcap out
done
finish
