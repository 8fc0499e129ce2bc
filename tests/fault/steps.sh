# Helpers of the tests of faults; sourced first. FAULT_LIBRARY is the built fault.c, FAULT_EVERY
# how many allocations or steps lie between two that are tried where a test tries not all (fault.c
# says what they are). Works with a plain build and with AddressSanitizer's alike; with the latter,
# a leak is a failure, too.
# shellcheck shell=bash

. "$(dirname "$0")/../program/lib.sh"
: "${FAULT_LIBRARY:?path of libfault.so}"
FAULT_LIBRARY=$(realpath -- "$FAULT_LIBRARY")

# with_fault FAULT COMMAND...: sets `status`, the files out and err, and `reached`
with_fault() {
    local fault=$1
    shift
    rm -f report
    FAULT=$fault FAULT_REPORT=report LD_PRELOAD=$FAULT_LIBRARY \
        ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-} "$@" >out 2>err
    status=$?
    allocations=0 steps=0 reached=1
    [ -e report ] && read -r allocations steps reached <report
}

# words_of FILE: its lines but for warnings and a sweep's progress, into `words`
words_of() {
    local line
    words=()
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        'shapesim: warning: '* | [0-9]*' runs done, '* | *': read once for '*' runs, '*) ;;
        *) words+=("$line") ;;
        esac
    done <"$1"
}

# expect_one_line WHAT REGEX: of standard error
expect_one_line() {
    words_of err
    if [ ${#words[@]} -ne 1 ] || ! [[ ${words[0]} =~ ^shapesim:\ .*($2) ]]; then
        fail "$1: not one line with '$2':"
        head -n 12 err >&2
    fi
}

# left_behind PATH...: those that are there, into `left`, but for those of a run that is complete
left_behind() {
    local path
    left=()
    for path; do [ -e "$path" ] && left+=("$path"); done
}

# each_place NAME NEEDS MADE EVERY FAULTS COMMAND...: each of the faults at every place, as each.c does it,
# in a separate directory (cases.sh says what the others are). The second fault begins in the middle
# between two places of the first.
each_place() {
    local name=$1 needs=$2 made=$3 every=$4 faults=$5 fault first=1 told
    shift 5
    [ -z "$needs" ] || cp -r "../$needs" .
    for fault in $faults; do
        told=$(FAULT=$fault FAULT_EACH=$first,$every FAULT_MADE=$made FAULT_LEFT=${left:-$made} \
            LD_PRELOAD=$FAULT_LIBRARY ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-} \
            "$@" 2>fault-err <"${input:-/dev/null}") || fail "$name: $(cat fault-err)"
        printf '%s:%s\n' "$name" "$told"
        sed -n 's/.*, \([0-9]*\) of them told of it$/\1/p' <<<"$told" >told
        first=$((1 + every / 2))
    done
}
