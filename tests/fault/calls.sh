#!/usr/bin/env bash
# Every system call about a file fails once with EIO, is interrupted or moves half of what it was
# asked to; and the disk is full from each that takes room on. The command then ends as it would have,
# or with status 1 and one line that names the file, and leaves nothing half-made.
. "$(dirname "$0")/steps.sh"
. "$here/cases.sh"

try_case() { # shellcheck disable=SC2034 # `every` is for allocations
    local every=$1 name=$2 needs=$3 made=$4
    shift 4
    cases+=("${name//[ \/]/-}")
    in_background "${name//[ \/]/-}" each_place "$name" "$needs" "$made" 1 'eio enospc eintr short' "$@"
}

cases=()
make_inputs
each_case
wait_for_cases
finish
