#!/usr/bin/env bash
# The manual pages, MANUAL (1) and MANUAL_FILES (5), against the program: its options and their values, its
# commands, the files of a run and a sweep and their columns, the keys of summary.json. And the options
# that the README files name.
. "$(dirname "$0")/../program/lib.sh"
: "${MANUAL:?the manual page of the program}" "${MANUAL_FILES:?that of its files}"
root=$here/../..

# --- well formed ----------------------------------------------------------------------------------

for manual in "$MANUAL_FILES" "$MANUAL"; do
    if command -v man >/dev/null && command -v groff >/dev/null; then
        MANROFFSEQ='' man --warnings -E UTF-8 -l "$manual" >page 2>warnings
        expect_equal "man --warnings ${manual##*/}" "" "$(cat warnings)"
    else
        printf 'without man: its warnings are left out\n'
    fi
    if command -v mandoc >/dev/null; then
        expect_equal "mandoc -T lint ${manual##*/}" "" "$(mandoc -T lint "$manual" 2>&1)"
    else
        printf 'without mandoc: its warnings are left out\n'
    fi
done
[ ! -s page ] || expect_match "a backslash as it is typed" '\\, is a' page

# --- options --------------------------------------------------------------------------------------

# plain_words PAGE: the page as plain words, a line of it for a line
plain_words() {
    sed -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\(dq/"/g' -e 's/\\(aq/'\''/g' -e 's/\\e/\\/g' -e 's/\\&//g' "$1"
}
plain_words "$MANUAL" >plain
plain_words "$MANUAL_FILES" >plain_files

# section TITLE [FILE]: what stands under that heading
section() { awk -v title="$1" '/^\.S[HS] / { inside = $0 == title; next } inside' "${2:-plain}"; }

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
    "$({ page_options '.SS Options of run' | grep -Ev '^--(atomic:|json:|print-c:|fairness-window )' &&
        page_options '.SS Options of sweep'; } | sort)"
expect_equal "options of advise" "$(help_options advise)" \
    "$({ page_options '.SS Options of run' |
        grep -Ev '^--((read-|write-)?(rate|burst)|tick|min-share|atomic|json|print-c|fairness-window)[ :]' &&
        page_options '.SS Options of advise'; } | sort)"
[ "$(help_options run | wc -l)" -gt 40 ] || fail "run has $(help_options run | wc -l) options"

# What follows a command in the usage, and the page's synopsis.
expect_equal "commands" \
    "$("$SHAPESIM" --help | sed -n 's/^  \([a-z]\+\( info\| synth\)\?\) .*/\1/p' | sort)" \
    "$(section '.SH COMMANDS' | sed -n 's/^\.BI\? "\?\(.*[a-z]\).*/\1/p' |
        grep -Ex 'run|sweep|advise|verify|report|trace (info|synth)' | sort)"

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
# page_columns FILE: the tags of the list that follows the paragraphs on that file
page_columns() {
    section '.SS Files of a run' plain_files | awk -v file=".B $1" '
        /^\.B / && last == ".TP" { inside = $0 == file }
        inside && wanted && last == ".TP" { printf "%s%s", comma, $1; comma = "," }
        /^\.RS/ { wanted = 1 }
        /^\.RE/ { wanted = 0 }
        { last = $0 }'
}
for file in all/*.csv; do
    expect_equal "columns of ${file#all/}" "$(head -n 1 "$file" | tr -d '\r')" "$(page_columns "${file#all/}")"
done
expect_equal "files of a run" "$(cd all && list ./* | sed 's,^\./,,' | sort)" \
    "$(section '.SS Files of a run' plain_files | sed -n 's/^\.B \([a-z_]*\.\(csv\|json\|pcap\)\)$/\1/p' | sort)"

# words_of TITLE: every word there, a line each
words_of() { section "$1" plain_files | tr -c 'a-z0-9_\n' '\n' | sort -u; }
# keys_in FILE: the keys of that JSON file, without those that are names: of files, filters and reasons
keys_in() { grep -o '"[a-z0-9_]*":' "$1" | tr -d '":' | sort -u; }
run tls tiny.pcap --rate 10kB/s --tick 100ms --transport tls --flow-rate 5kB/s --flush flush
# Of limits the page has the names of options; reasons of skipped packets are in the program's own words.
{ keys_in all/summary.json && keys_in tls/summary.json; } | sort -u |
    grep -Ev '^((read|write)_(rate|burst)_bytes|tick_s|min_share_bytes|read_timeouts|write_timeouts)' |
    grep -Ev '^((un)?held_|max_held|sent_|received_)' |
    grep -Ev '^(unsupported_link_type|not_ip|cut_before_ports|malformed|filtered)$' |
    sed -e 's/^longest_.*/longest_/' -e 's/^jain_one_tick_min$/_min/' >keys
expect_equal "keys of summary.json that the page lacks" "" \
    "$(comm -23 <(grep -vE '^(filter|shapesim|libevent|openssl|zlib)$' keys | sort -u) \
        <(words_of '.SS Keys of summary.json'))"
[ "$(wc -l <keys)" -ge 80 ] || fail "only $(wc -l <keys) keys found in summary.json"

expect_status 0 "$SHAPESIM" sweep tiny.pcap --rate 100B/tick --vary min-share=1,64 --seeds 1-2 -q -o swept
head -n 1 swept/sweep.csv swept/sweep-summary.csv | grep , | tr -d '\r' | tr , '\n' |
    sed -E -e 's/^(read|write)_//' -e 's/.*(_n|_mean|_sd|_ci95)$/\1/' | grep -vx min-share | sort -u >swept_columns
expect_equal "columns of sweeps that the page lacks" "" \
    "$(comm -23 swept_columns <(words_of '.SS Files of a sweep'))"
[ "$(wc -l <swept_columns)" -ge 20 ] || fail "only $(wc -l <swept_columns) columns of sweeps found"
for file in $(cd swept && list ./*.*); do
    expect_match "files of a sweep" "^\.B ${file#./}\$" plain_files
done

# --- README files ---------------------------------------------------------------------------------

# Options in them are the program's, or those of a program on the same line; --all is that of tests/run.
cat "$root"/README.md "$root"/{sim,shaper,traces,plots,tests,tests/bench}/README.md "$root/sim/NEWS.md" |
    grep -Ev 'cmake|ctest|debootstrap|pkg-config|sbatch|tests/(run|soak|gallery|bench|reference)' |
    grep -Eo -- '(^|[^a-z0-9-])--[a-z][a-z0-9-]+' | grep -Eo -- '--.*' | sort -u >named
for command in run sweep advise verify report 'trace info' 'trace synth'; do
    read -ra words <<<"$command"
    help_options "${words[@]}" | grep -Eo -- '^(-., )?--[a-z0-9-]+' | grep -Eo -- '--.*'
done | cat - <(printf '%s\n' --help --version --sshlogin --all) | sort -u >known
expect_equal "options in README files that there are not" "" "$(comm -23 named known)"
[ "$(wc -l <named)" -gt 40 ] || fail "only $(wc -l <named) options found in README files"

finish
