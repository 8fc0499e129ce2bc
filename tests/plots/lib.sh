# Helpers of the tests that draw; sourced first. SHAPESIM is the program's path. Exits 77 where gnuplot
# is missing. A test works in the temporary directory $work, which is removed at its end, continues after
# a failure, and ends with `finish`.
# shellcheck shell=bash

set -u
command -v gnuplot >/dev/null || { echo 'skipped: gnuplot is not installed'; exit 77; }
: "${SHAPESIM:?must name the shapesim program}"
SHAPESIM=$(realpath -- "$SHAPESIM")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

bad() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# finish WHAT: says that all of them are as they should be, if they are
finish() {
    [ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
    echo "all $1 are as they should be"
    exit 0
}

# run NAME TRACE OPTION...: a run's files in the directory NAME
run() {
    local name=$1 trace=$2
    shift 2
    "$SHAPESIM" run "$trace" "$@" --quiet -o "$name" 2>log || { cat log; bad "shapesim run for $name"; }
}

# refused STATUS MESSAGE COMMAND...: must fail with this status and one line that holds the message
refused() {
    local status=$1 message=$2 said got
    shift 2
    said=$("$@" 2>&1)
    got=$?
    [ $got -eq "$status" ] || bad "$* exits with $got, not $status"
    [[ $said == *"$message"* && $said != *$'\n'* ]] || bad "$* says '$said', not '$message'"
}

# texts SVG TEXT...: the figure shows each text
texts() {
    local svg=$1 text
    shift
    for text; do
        grep -qF ">$text<" "$svg" || bad "${svg#"$work/"} lacks the text '$text'"
    done
}

# by_hand SCRIPT ARGUMENT...: gnuplot itself on one of plots/, without a word
by_hand() {
    local script=$1 said
    shift
    said=$(LC_ALL=C.UTF-8 gnuplot -d -c "$root/plots/$script" "$@" 2>&1) || bad "$script by hand fails"
    [ -z "$said" ] || bad "$script by hand says: $said"
}

# reported DIR... OPTION...: must succeed without a word
reported() {
    "$SHAPESIM" report "$@" --quiet >said 2>&1 || bad "report $* exits with $?"
    [ ! -s said ] || bad "report $* says: $(cat said)"
}

# seen SVG: what can be seen of it. What gnuplot has drawn before makes other lines, of things that cannot.
seen() { grep -v '^<g fill="none" color=\|^</g>\|^<!-- panels' "$1"; }

# in_browser: opens pages as page_check.js says, where there is a browser; standard input has a line for each, "VIEW
# PAGE", with VIEW as NAME-WIDTH-SCHEME. One start of it has them all, each in a separate frame. What a page loads is
# what its own policy allows.
in_browser() {
    local view page width frames
    command -v chromium >/dev/null || {
        echo 'skipped in part: chromium is not installed, so the page was not opened in a browser'
        return
    }
    {
        echo '<!doctype html><title>frames</title>'
        while read -r view page; do
            width=${view#*-}
            echo "<iframe id='$view' src='$page'" \
                "style='width:${width%-*}px;height:800px;border:0;color-scheme:${view##*-}'></iframe>"
        done
        echo '<script>'
        cat "$root/tests/plots/page_check.js"
        echo '</script>'
    } >frames.html
    frames=$(grep -c '<iframe' frames.html)
    timeout 300 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
        --virtual-time-budget=20000 --enable-logging=stderr --window-size=1400,900 --dump-dom \
        "file://$work/frames.html" >dom 2>console
    grep -q "<title>checked $frames</title>" dom || bad 'the browser did not check all pages'
    grep 'CONSOLE' console && bad "the console has errors"
}

# For PATH: `empty` has no gnuplot, `old` one that is too old.
make_paths_without_gnuplot() {
    mkdir empty old
    printf '#!/bin/sh\necho "gnuplot 5.0 patchlevel 5"\n' >old/gnuplot
    chmod +x old/gnuplot
}
