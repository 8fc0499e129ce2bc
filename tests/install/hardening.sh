#!/usr/bin/env bash
# What is released is built as Debian builds its own programs: readelf says so of the binary.
. "$(dirname "$0")/../program/lib.sh"
command -v readelf >/dev/null || skip 'no readelf'
cache=${SHAPESIM%/*}/CMakeCache.txt
grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=Release$' "$cache" || skip 'no release build'
grep -q '^SHAPESIM_SANITIZE:BOOL=ON$' "$cache" && skip 'built with sanitizers'

readelf --wide --file-header --program-headers --dynamic --notes --dyn-syms "$SHAPESIM" >elf 2>/dev/null
expect_match 'position independent' 'Type: +DYN' elf
expect_match 'position independent' '\(FLAGS_1\) .*\bPIE\b' elf
expect_match 'relocations are read-only' 'GNU_RELRO' elf
expect_match 'bound at once' '\(FLAGS(_1)?\) .*NOW' elf
expect_match 'no executable stack' 'GNU_STACK +(0x[0-9a-f]+ +){5}RW ' elf
expect_match 'stack protector' '__stack_chk_fail' elf
for function in printf snprintf vsnprintf; do
    expect_match "fortified $function" "__${function}_chk" elf
done
expect_equal 'no path of libraries' '' "$(grep -E '\((RPATH|RUNPATH)\)' elf)"
if grep -q 'Machine: .*X86-64' elf; then
    objdump -d --no-show-raw-insn "$SHAPESIM" >code
    # Where a call may come from a pointer. (Debian's own crt1.o has no such note, so neither has the whole.)
    [ "$(grep -c 'endbr64' code)" -gt 100 ] || fail 'no control-flow protection'
    # Each page of a large frame is touched in turn.
    expect_match 'stack clash protection' 'or[ql] +\$0x0,(0x[0-9a-f]+)?\(%rsp' code
fi
finish
