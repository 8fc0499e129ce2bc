#!/usr/bin/env bash
# tests/static/rooms finds what it is there to find: each fault is put into a separate small tree.
. "$(dirname "$0")/../program/lib.sh"

# tree: three rooms that are as they should be, made anew in ./tree
tree() {
    rm -rf tree && mkdir -p tree/{traces,shaper,sim/{base,cli,account,package}}
    printf '#include "sim/base/ground.h"\n' >tree/sim/base/ground.c
    printf '#include "sim/base/ground.h"\n' >tree/sim/cli/words.h
    printf '#include "sim/cli/words.h"\n#include "sim/base/ground.h"\n' >tree/sim/cli/words.c
    printf '#include "sim/base/ground.h"\n' >tree/sim/account/sum.h
    touch tree/sim/base/ground.h
    printf 'target_link_libraries(sim_base PUBLIC shaper\n    PRIVATE m)\n' >tree/sim/base/CMakeLists.txt
    printf 'target_link_libraries(sim_cli PUBLIC sim_base)\n' >tree/sim/cli/CMakeLists.txt
}

# finds WHAT REGEX [BUILD]: in the tree, and nothing else
finds() {
    expect_status 1 "$here/rooms" tree "${@:3}"
    expect_match "$1" "$2" out
    expect_equal "$1: lines" 1 "$(wc -l <out)"
}

tree
expect_status 0 "$here/rooms" tree
expect_equal "what is said of a tree without a fault" "" "$(cat out err)"

echo '#include "sim/account/sum.h"' >>tree/sim/base/ground.c
: >tree/sim/account/sum.h
finds "an include that points up" \
    '^sim/base/ground: includes sim/account/sum, which is not below it; move what both need down$'

tree
echo '#include "sim/account/sum.h"' >>tree/sim/cli/words.h
finds "an include that points sideways" '^sim/cli/words: includes sim/account/sum, which is not below it'

tree
mkdir tree/sim/attic
echo '#include "sim/base/ground.h"' >tree/sim/attic/box.c
finds "a folder that is no room" '^sim/attic: is no room of tests/static/rooms; give it its place there$'

tree
printf 'target_link_libraries(sim_base PUBLIC shaper\n    PRIVATE sim_cli m)\n' >tree/sim/base/CMakeLists.txt
finds "a library that links one above it" '^sim/base/CMakeLists: links sim/cli/CMakeLists, which is not below it'

tree
echo '#include "sim/cli/table.h"' >>tree/sim/cli/words.c
echo '#include "sim/cli/words.h"' >tree/sim/cli/table.h
finds "a circle of includes" \
    '^modules that include each other in a circle: sim/cli/(table sim/cli/words|words sim/cli/table); move what '\
'they share down$'

# --- calls ----------------------------------------------------------------------------------------

# library ROOM MODULE TEXT...: of one object for each module
library() {
    local room=$1 objects=()
    shift
    mkdir -p "build/sim/$room"
    while [ $# -gt 0 ]; do
        echo "$2" | cc -x c -c -o "$1.c.o" - || fail "$1 does not compile"
        objects+=("$1.c.o")
        shift 2
    done
    ar rcs "build/sim/$room/libsim_$room.a" "${objects[@]}"
}

tree
mkdir -p build/{traces,shaper}
library base ground 'int ground(void) { return 1; }'
library cli words 'int ground(void); int words(void) { return ground(); }'
expect_status 0 "$here/rooms" tree build

library base ground 'int words(void); int ground(void) { return words(); }'
library cli words 'int words(void) { return 1; }'
finds "a call that points up" '^sim/base/ground: calls sim/cli/words, which is not below it' build

library base ground 'int ground(void) { return 1; }'
library cli words 'int table(void); int words(void) { return table(); }' \
    table 'int words(void); int table(void) { return words(); }'
finds "a circle of calls" \
    '^modules that call each other in a circle: sim/cli/(table|words) sim/cli/(table|words);' build

finish
