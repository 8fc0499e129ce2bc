#!/usr/bin/env bash
# The manual page, MANUAL, against the program: its options and their values, its commands, the columns
# of its files. And the options that the README names.
. "$(dirname "$0")/../program/lib.sh"
: "${MANUAL:?the manual page}"
readme=$here/../../README.md

# --- well formed ----------------------------------------------------------------------------------

if command -v man >/dev/null && command -v groff >/dev/null; then
    MANROFFSEQ='' man --warnings -E UTF-8 -l "$MANUAL" >page 2>warnings
    expect_equal "man --warnings" "" "$(cat warnings)"
    expect_match "a backslash as it is typed" '\\, is a' page
else
    printf 'without man: its warnings are left out\n'
fi
if command -v mandoc >/dev/null; then
    expect_equal "mandoc -T lint" "" "$(mandoc -T lint "$MANUAL" 2>&1)"
else
    printf 'without mandoc: its warnings are left out\n'
fi

# --- options --------------------------------------------------------------------------------------

# The page as plain words, a line of it for a line.
sed -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\(dq/"/g' -e 's/\\(aq/'\''/g' -e 's/\\e/\\/g' -e 's/\\&//g' \
    "$MANUAL" >plain

# section TITLE: what stands under that heading
section() { awk -v title="$1" '/^\.S[HS] / { inside = $0 == title; next } inside' plain; }

# Each option with what it does as one line: "--output DIR: write the files ..."
page_options() {
    section "$1" | awk '
        /^\.TP/ { flush(); is_flag = 1; next }
        /^\./ { flush(); next }
        is_flag { flag = $0; is_flag = 0; next }
        flag != "" { text = text " " $0 }
        END { flush() }
        function flush() { if (flag != "") print flag ":" text; flag = text = "" }' | sort
}
help_options() {
    "$SHAPESIM" "$@" --help | awk '
        /^  .*--[a-z]/ && match($0, /^  (-.,|   ) --[a-z0-9-]+( [^ ]+)?/) {
            flush(); flag = substr($0, 3, RLENGTH - 2); sub(/^ +/, "", flag)
            text = substr($0, RLENGTH + 1); gsub(/^ +| +$/, "", text); if (text != "") text = " " text
            next }
        flag == "" { next }
        /^[^ ]/ || /^$/ { flush(); next }
        { gsub(/^ +| +$/, ""); if ($0 != "") text = text " " $0 }
        END { flush() }
        function flush() { if (flag != "") print flag ":" text; flag = text = "" }' | sort
}

for command in run verify report 'trace info' 'trace synth'; do
    read -ra words <<<"$command"
    expect_equal "options of $command" "$(help_options "${words[@]}")" \
        "$(page_options ".SS Options of $command")"
done
expect_equal "options of sweep" "$(help_options sweep)" \
    "$({ page_options '.SS Options of run' | grep -v '^--atomic:' &&
        page_options '.SS Options of sweep'; } | sort)"
[ "$(help_options run | wc -l)" -gt 40 ] || fail "run has $(help_options run | wc -l) options"

# What follows a command in the usage, and the page's synopsis.
expect_equal "commands" \
    "$("$SHAPESIM" --help | sed -n 's/^  \([a-z]\+\( info\| synth\)\?\) .*/\1/p' | sort)" \
    "$(section '.SH COMMANDS' | sed -n 's/^\.BI\? "\?\(.*[a-z]\).*/\1/p' |
        grep -Ex 'run|sweep|verify|report|trace (info|synth)' | sort)"

# Keys, as the program lists them to who gives another.
keys_of() {
    expect_status 2 "$SHAPESIM" run none.pcap --rate 1mbit "$@"
    sed 's/.*the keys are //; s/, /\n/g' err | sort
}
# page_keys TITLE: the words of its tags
page_keys() {
    section ".SS $1" | sed -n 's/^\.BI\?R\? //p; s/^" [a-z]/&/p' | tr -d '"\\' | tr ', ' '\n' |
        grep -x '[a-z-]\+' | sort -u
}
expect_equal "keys of --group that the page lacks" "" \
    "$(comm -23 <(keys_of --group name=a,unknown=1) <(page_keys Groups))"
expect_equal "keys of --at that the page lacks" "" \
    "$(comm -23 <(keys_of --at 1s:group=all,unknown=1) <(page_keys Events))"
[ "$(keys_of --group name=a,unknown=1 | wc -l)" -ge 15 ] || fail "--group lists too few keys"

# --- columns --------------------------------------------------------------------------------------

{ capture_header; udp 0 1 1000 2 53 300; udp 0 3 1 2 53 300; udp 100000 1 1000 2 53 300; } >tiny.pcap
run all tiny.pcap --rate 100B/tick --tick 100ms --at 100ms:group=all,decrement-read=1 --via deflate \
    --write-high 1kB --idle-ticks skip --write-pcap
# page_columns FILE: what stands behind the words on that file
page_columns() {
    section '.SS Files of a run' | awk -v file=".B $1" '
        /^\.B / && last == ".TP" { inside = $0 == file; wanted = 0 }
        inside && /^\.IP/ { wanted = 1; last = $0; next }
        /^\./ { wanted = 0 }
        wanted { printf "%s", $0 }
        { last = $0 }'
}
for file in all/*.csv; do
    expect_equal "columns of ${file#all/}" "$(head -n 1 "$file" | tr -d '\r')" "$(page_columns "${file#all/}")"
done
expect_equal "files of a run" "$(cd all && list ./* | sed 's,^\./,,' | sort)" \
    "$(section '.SS Files of a run' | sed -n 's/^\.B \([a-z_]*\.\(csv\|json\|pcap\)\)$/\1/p' | sort)"

# --- the README -----------------------------------------------------------------------------------

# Its table of options, and its command lines with what they go on with.
awk '/^\| `-/ { split($0, cell, /[^\\]\|/); print cell[1] cell[2] }
    /^    .*shapesim (run|sweep|verify|report|trace)/ || goes_on { print; goes_on = /\\$/ }' "$readme" |
    grep -Eo -- '--[a-z][a-z0-9-]+' | sort -u >named
for command in run sweep verify report 'trace info' 'trace synth'; do
    read -ra words <<<"$command"
    help_options "${words[@]}" | grep -Eo -- '^(-., )?--[a-z0-9-]+' | grep -Eo -- '--.*'
done | sort -u >known
expect_equal "options in README.md that there are not" "" "$(comm -23 named known)"
[ "$(wc -l <named)" -gt 40 ] || fail "only $(wc -l <named) options found in README.md"

finish
