#!/usr/bin/env bash
# tests/static/format finds code that is not formatted and lines that are too long.
. "$(dirname "$0")/../program/lib.sh"

columns() { printf "%*s" "$1" '' | tr ' ' x; }

mkdir tree
cp "$here/../../.clang-format" tree
printf 'int a;\n/* %s */\n' "$(columns 94)" >tree/a.c
{
    columns 130
    printf '\n| %s |\n' "$(columns 150)"
} >tree/a.md
"$here/format" tree >out 2>err
status=$?
[ $status -eq 77 ] || expect_equal "status of a tree without a fault" 0 $status

printf 'int a;\n/* %s */\n' "$(columns 95)" >tree/a.c
columns 121 >tree/b.sh
columns 131 >>tree/a.md
"$here/format" tree >out 2>err && fail "long lines are not found"
expect_equal "long lines" "a.c:2: more than 100 columns
a.md:3: more than 130 columns
b.sh:1: more than 120 columns" "$(grep -v ^skipped out)"

if [ $status -eq 0 ]; then
    rm tree/b.sh
    printf 'int  a;\n' >tree/a.c
    "$here/format" tree >out 2>err && fail "code that is not formatted is not found"
    expect_match "code that is not formatted" '^a\.c:1:4: error: code should be clang-formatted' err
fi
finish
