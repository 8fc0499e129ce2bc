#!/usr/bin/env bash
# Without memory at any allocation, alone and with all that come after: status 1 and one line that says
# so, or a result that is whole; nothing half-made is left, and, in a build with sanitizers, nothing leaks.
# Of the small commands every allocation is tried, of the others each EVERY-th (each of the EVERY times
# FAULT_SPARSER-th, if that is given); FAULT_EVERY=1 tries all of all (tests/fault/full).
# shellcheck disable=SC2154 # try_case sets what try_each reads
. "$(dirname "$0")/steps.sh"
. "$here/cases.sh"

no_memory='out of memory|[Nn]o memory|not enough memory|Cannot allocate memory'
export FAULT_SAYS=$no_memory

try_each() {
    each_place "$name" "$needs" "$made" "${FAULT_EVERY:-$((every * ${FAULT_SPARSER:-1}))}" "$faults" "$@"
}

make_inputs
faults='allocation allocations'
each_case
wait_for_cases

# Filters of packets and of system calls are made in a separate process, which libpcap and libseccomp may
# end.
faults=child
FAULT_SPARSER=1
try_case 7 'a sandbox, made in its process' '' '' "$SHAPESIM" verify ../base
try_case 3 'a filter, in its process' '' '' "$SHAPESIM" trace info --filter 'udp port 53 or tcp' ../t.pcap
try_case 41 'filters of a run, in their processes' '' 'd d.part' "$SHAPESIM" run -q ../t.pcap -o d \
    --rate 100kbit --group 'name=a,match=tcp port 40001,rate=1mbit' --scheduler drr --weight '2:udp port 53'
wait_for_cases
# expect_told WHAT CASE: allocations of the child failed, and it was told; FAULT_ONLY may have left it out
expect_told() {
    local told
    told=$(cat "$scratch/$2/told" 2>/dev/null) || told=99
    [ "$told" -gt 3 ] || fail "only $told allocations of $1 failed"
}
expect_told "a filter's compiler" case-a-filter,-in-its-process
[[ $("$SHAPESIM" --version) != *'sandbox: seccomp'* ]] ||
    expect_told "a sandbox's maker" case-a-sandbox,-made-in-its-process

# What the thread that reads allocates: a place for a batch's packets, and what unpacks them.
for n in 1 2; do
    for trace in many.pcap t.pcap.gz; do
        [ $n = 1 ] || [ $trace = many.pcap ] || continue
        with_fault reader=$n "$SHAPESIM" trace info "$trace"
        expect_equal "the reader's allocation $n: reached" 1 "$reached"
        expect_equal "the reader's allocation $n: status" 1 "$status"
        expect_one_line "the reader's allocation $n" "$no_memory"
    done
done
finish
