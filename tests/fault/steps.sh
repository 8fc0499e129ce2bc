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

# words_of FILE: its lines but for warnings, into `words`
words_of() {
    local line
    words=()
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in 'shapesim: warning: '* | [0-9]*' runs done, '*) ;; *) words+=("$line") ;; esac
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
