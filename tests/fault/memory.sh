#!/usr/bin/env bash
# Without memory at any allocation, alone and with all that come after: status 1 and one line that says
# so, or a result that is whole; nothing half-made is left, nothing leaks. Of the small commands every
# allocation is tried, of the others each EVERY-th; FAULT_EVERY=1 tries all of all (tests/fault/full).
# Allocations inside pcap_compile() are left out (fault.c).
# shellcheck disable=SC2154 # try_case sets what try_each reads
. "$(dirname "$0")/steps.sh"
. "$here/cases.sh"

no_memory='out of memory|[Nn]o memory|not enough memory|Cannot allocate memory'

try_each() {
    each_place "$name" "$needs" "$made" "${FAULT_EVERY:-$every}" 'allocation allocations' "$@"
}

make_inputs
FAULT_SAYS=$no_memory each_case
wait_for_cases

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
