#!/usr/bin/env bash
# `tests/gallery/run --coverage`: COVERAGE.md is what it prints, and rows that cannot be are found: an entry that is
# not there, a name that no program has, a row twice, an empty field, an open row with a finding.
set -u -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

bad() {
    printf 'coverage.sh: %s\n' "$*" >&2
    failures=$((failures + 1))
}

"$here/run" --coverage >"$work/printed" || bad '--coverage fails'
diff -u "$here/COVERAGE.md" "$work/printed" >&2 || bad 'COVERAGE.md is not what tests/gallery/run --coverage prints'

# finds MESSAGE FIELD...: these fields as a row after the header and one right row
finds() {
    local message=$1 row
    shift
    row=$(printf '%s\t' "$@")
    { head -n 2 "$here/statements.tsv"; printf '%s\n' "${row%?}"; } >"$work/statements.tsv"
    STATEMENTS=$work/statements.tsv "$here/run" --coverage >"$work/printed" 2>"$work/said" && bad "takes: $message"
    [ "$(cat "$work/said")" = "$message" ] || bad "says '$(cat "$work/said")', not '$message'"
    [ ! -s "$work/printed" ] || bad "prints a table although $message"
}

right=$(sed -n 2p "$here/statements.tsv" | cut -f 3)
finds 'statement in line 3: no entry no-such' book Pairs it so no-such
finds 'statement in line 3: no program of the gallery has bufferevent_no_such' \
    book Pairs '`bufferevent_no_such()`' so bucket-rate
finds 'statement in line 3: is the same as line 2' book Pairs "$right" so bucket-rate
finds 'statement in line 3: field 4 is empty' book Pairs it '' bucket-rate
finds 'statement in line 3: is open, but has a finding' book Pairs it so open
finds 'statement in line 3: is not shown, but not open' book Pairs it 'not shown yet' bucket-rate
finds 'statement in line 3: has 4 fields, not 5' book Pairs it bucket-rate

[ $failures -eq 0 ]
