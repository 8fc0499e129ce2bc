#!/usr/bin/env bash
# tests/static/documents finds what it is there to find: each fault is put into a separate page.
. "$(dirname "$0")/../program/lib.sh"

mkdir -p tree/tests/sim
touch tree/tests/sim/test_units.c tree/tests/run.sh
page() { printf '# Title of It\n\n%s\n' "$1" >tree/README.md; }

# finds WHAT TEXT REGEX: in a page of that text
finds() {
    page "$2"
    expect_status 1 "$here/documents" tree
    expect_match "$1" "$3" err
    expect_equal "$1: lines" 1 "$(wc -l <err)"
}

page '[it](README.md#title-of-it), `tests/sim/test_NAME.c`, `tests/sim/units`, `tests/run MINUTES`, `away/x`'
expect_status 0 "$here/documents" tree
expect_equal "what is said of a page without a fault" "" "$(cat out err)"
finds "a file" 'See [it](NEWS.md).' '^README.md: the link NEWS.md leads to no file$'
finds "a heading" 'See [it](#title).' '^README.md: the link #title leads to no heading$'
finds "a path" 'See `tests/sim/test_unit.c`.' '^README.md: there is no tests/sim/test_unit.c$'
finds "a command" 'Type `tests/fuzz MINUTES`.' '^README.md: there is no tests/fuzz$'

finish
