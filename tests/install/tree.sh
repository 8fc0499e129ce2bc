#!/usr/bin/env bash
# What cmake --install puts down: every file, a program that runs where it was moved to and with the
# source tree out of sight, a library that others can use. BUILD is the build's directory.
. "$(dirname "$0")/../program/lib.sh"
: "${BUILD:?the directory of the build}"
source_tree=$(cd "$here/../.." && pwd)

expect_status 0 cmake --install "$BUILD" --prefix "$scratch/first" --strip
mv first prefix # so that paths given at configuration are wrong
prefix=$scratch/prefix

# --- every file -----------------------------------------------------------------------------------

lib=$(cd prefix && find lib -name libshaper.a -printf '%h\n')
expect_equal "files" "$(list bin/shapesim \
    include/shaper/{channel,filter,group,limit,mod_ratelimit,scheduler,shaper,suspend_hooks}.h \
    "$lib"/{libshaper.a,pkgconfig/shaper.pc} \
    share/bash-completion/completions/shapesim \
    share/doc/libshaper-dev/{changelog.gz,copyright,examples/{clock.c,example.c,example.cc,filter.c}} \
    share/doc/shapesim/{changelog.gz,copyright,examples/dns.pcap,examples/web.pcap} \
    share/man/man1/shapesim.1.gz \
    share/man/man5/shapesim-files.5.gz \
    "$(cd "$source_tree/plots" && printf 'share/shapesim/plots/%s\n' ./*.gp | sed 's,/\./,/,')" \
    share/zsh/vendor-completions/_shapesim | sort)" \
    "$(cd prefix && find . -type f -printf '%P\n' | sort)"
expect_equal "what can be executed" "bin/shapesim" \
    "$(cd prefix && find . -type f -perm /111 -printf '%P\n' | sort)"

# What is for a debugger keeps the names of sources.
strip --strip-debug "prefix/$lib/libshaper.a"
expect_equal "files that know the source tree or the build" "" \
    "$(grep -rlF -e "$source_tree" -e "$BUILD" prefix)"

# --- it runs --------------------------------------------------------------------------------------

# out_of_sight COMMAND...: with a bare environment, and nothing where the source tree and the build are
hidden=no
if unshare --user --map-root-user --mount true 2>/dev/null; then
    hidden=yes
else
    printf 'without a mount namespace: the source tree stays in sight\n'
fi
out_of_sight() {
    if [ "$hidden" = yes ]; then
        # shellcheck disable=SC2016 # for the shell within
        unshare --user --map-root-user --mount bash -c '
            for folder in "$1" "$2"; do
                [ ! -d "$folder" ] || mount -t tmpfs nothing "$folder" || exit 125
            done
            shift 2
            exec env -i PATH="$PATH" "$@"' bash "$source_tree" "$BUILD" "$@"
    else
        env -i PATH="$PATH" "$@"
    fi
}

examples=$prefix/share/doc/shapesim/examples
limits=(--rate 12mbit --burst 64KiB --tick 10ms)
[ "$hidden" = no ] || expect_status 1 out_of_sight test -e "$source_tree/README.md"
expect_status 0 out_of_sight "$prefix/bin/shapesim" run "$examples/web.pcap" "${limits[@]}" -q -o installed
expect_status 0 "$SHAPESIM" run "$source_tree/traces/web.pcap" "${limits[@]}" -q -o built
expect_same "a run of the installed program" built installed
expect_status 0 out_of_sight "$prefix/bin/shapesim" verify installed
if command -v gnuplot >/dev/null; then
    expect_status 0 out_of_sight "$prefix/bin/shapesim" report installed --format svg --quiet
    expect_equal "figures of the report" 11 "$(find installed/report -name '*.svg' | wc -l)"
    expect_status 0 out_of_sight gnuplot -c "$prefix/share/shapesim/plots/bucket.gp" installed bucket.svg
    expect_match "the figure" '^</svg>' bucket.svg
    # Without a home there is no folder for fontconfig's cache, which it reports for each figure.
    echo '<fontconfig><dir>/usr/share/fonts</dir><cachedir>/proc/none</cachedir></fontconfig>' >fonts
    expect_status 0 out_of_sight env FONTCONFIG_FILE="$scratch/fonts" \
        "$prefix/bin/shapesim" report installed --format png --quiet
    mv prefix/share/shapesim/plots elsewhere
    expect_status 1 out_of_sight "$prefix/bin/shapesim" report installed
    expect_match "without scripts" '^shapesim: report: .*style.gp cannot be read .*SHAPESIM_PLOTS' err
    expect_status 0 out_of_sight env SHAPESIM_PLOTS="$scratch/elsewhere" \
        "$prefix/bin/shapesim" report installed --format svg --quiet
    mv elsewhere prefix/share/shapesim/plots
else
    printf 'without gnuplot: report is left out\n'
fi

# --- others can use the library -------------------------------------------------------------------

export PKG_CONFIG_PATH=$prefix/$lib/pkgconfig
compile() { cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror "$@"; }
compile_cc() { c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror "$@"; }
read -ra cflags <<<"$(pkg-config --cflags shaper)"
read -ra libs <<<"$(pkg-config --libs shaper)"

for header in prefix/include/shaper/*.h; do
    name=shaper/${header##*/}
    printf '#include <%s>\n#include <%s>\n' "$name" "$name" >alone.c
    expect_status 0 compile -fsyntax-only "${cflags[@]}" alone.c
    cp alone.c alone.cc
    expect_status 0 compile_cc -fsyntax-only "${cflags[@]}" alone.cc
done
expect_equal "the version" "$(prefix/bin/shapesim --version | cut -d' ' -f2)" \
    "$(pkg-config --modversion shaper)"
expect_equal "names that are no prefix of ours" "" \
    "$(nm --defined-only --extern-only "prefix/$lib/libshaper.a" | awk 'NF == 3 { print $3 }' |
        grep -Ev '^(shaper|mod_ratelimit|suspend|bufferevent)_')"

for name in example clock filter; do
    expect_status 0 compile "${cflags[@]}" -o $name \
        prefix/share/doc/libshaper-dev/examples/$name.c "${libs[@]}"
done
expect_status 0 out_of_sight timeout 60 "$scratch/clock"
expect_equal "the clock's example" "$(list 'tick 0: light 250, heavy 750' 'tick 1: light 250, heavy 750' \
    'tick 2: light 1000, heavy 0')" "$(cat out)"
expect_status 0 out_of_sight timeout 60 "$scratch/filter"
expect_equal "the filter's example" 'a1 b1 b2 b3 a2 b4 b5 b6 a3 a4 a5 a6' "$(sed 's/ $//' out)"
expect_status 0 out_of_sight timeout 60 "$scratch/example"
expect_equal "the example" 'light 250, heavy 750' "$(cat out)"
expect_status 0 compile_cc "${cflags[@]}" -o example_cc \
    prefix/share/doc/libshaper-dev/examples/example.cc "${libs[@]}"
expect_status 0 out_of_sight timeout 60 "$scratch/example_cc"
expect_equal "the example in C++" 'light 250, heavy 750' "$(cat out)"
expect_equal "one libevent in it" 1 \
    "$(ldd example | grep -Ec 'libevent(_core)?-')"

finish
