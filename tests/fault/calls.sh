#!/usr/bin/env bash
# Every system call about a file fails once with EIO, is interrupted or moves half of what it was
# asked to; and the disk is full from each that takes room on. The command then ends as it would have,
# or with status 1 and one line that names the file, and leaves nothing half-made.
# shellcheck disable=SC2154 # try_case sets what try_each reads
. "$(dirname "$0")/steps.sh"
. "$here/cases.sh"

try_each() {
    each_place "$name" "$needs" "$made" "${FAULT_EVERY:-$calls_every}" 'eio enospc eintr short' "$@"
}

make_inputs
each_case
wait_for_cases
finish
