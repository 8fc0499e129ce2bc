# Helpers of the program tests; sourced first. SHAPESIM is the program under test, CHECK_RUN the
# checker of a finished run. A test works in a temporary directory that is removed at its end, goes
# on after a failure, and ends with `finish`.
# shellcheck shell=bash

set -u -o pipefail
export LC_ALL=C
: "${SHAPESIM:?path of shapesim}" "${CHECK_RUN:?path of check_run}"

SHAPESIM=$(realpath -- "$SHAPESIM")
CHECK_RUN=$(realpath -- "$CHECK_RUN")
here=$(cd "$(dirname "$0")" && pwd)
test_name=${0##*/}
failures=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

fail() {
    printf '%s: %s\n' "$test_name" "$*" >&2
    failures=$((failures + 1))
}

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

finish() {
    if [ "$failures" -gt 0 ]; then
        printf '%s: %d failed\n' "$test_name" "$failures" >&2
        exit 1
    fi
    exit 0
}

# expect_equal WHAT EXPECTED ACTUAL
expect_equal() {
    [ "$2" = "$3" ] && return
    fail "$1: expected (-) and got (+):"
    diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$3") | tail -n +3 | head -n 20 >&2
}

# expect_same WHAT PATH PATH: files or directories with the same bytes
expect_same() {
    diff -r "$2" "$3" >difference && return
    fail "$1: $2 and $3 differ:"
    head -n 10 difference >&2
}

# expect_differ WHAT FILE FILE
expect_differ() {
    cmp -s "$2" "$3" && fail "$1: $2 and $3 are the same"
}

# expect_match WHAT REGEX FILE: a line of FILE matches
expect_match() {
    grep -Eq -- "$2" "$3" && return
    fail "$1: no line matches '$2':"
    head -n 5 "$3" >&2
}

# expect_status STATUS COMMAND...: its output goes to the files out and err
expect_status() {
    local expected=$1 status
    shift
    "$@" >out 2>err
    status=$?
    [ "$status" -eq "$expected" ] && return
    fail "exit status $status, not $expected: $*"
    head -n 5 err >&2
    return 1
}

# run DIR ARGUMENT...: a quiet run with every flow's ticks, unless --flow-ticks says otherwise, checked by
# check_run
run() {
    local directory=$1 recorded=(--flow-ticks all)
    shift
    [[ " $*" != *' --flow-ticks'* ]] || recorded=()
    expect_status 0 "$SHAPESIM" run -q -o "$directory" "${recorded[@]}" "$@" || return
    cp err "$directory.err"
    check "$directory"
}

# check DIR: its files agree, as the independent checker and the program itself see it
check() {
    "$CHECK_RUN" "$1" 2>fault || fail "$1: $(cat fault)"
    "$SHAPESIM" verify "$1" >/dev/null 2>fault || fail "verify $1: $(cat fault)"
}

# columns FILE NAME...: those columns, without the header, separated by spaces
columns() {
    local file=$1
    shift
    awk -F, -v names="$*" '
        NR == 1 { n = split(names, name, " "); for (i = 1; i <= NF; i++) at[$i] = i
                  for (i = 1; i <= n; i++) if (!(name[i] in at)) { print "no column " name[i]; exit } }
        NR > 1 { for (i = 1; i <= n; i++) printf "%s%s", $at[name[i]], i < n ? " " : "\n" }' "$file"
}

# total FILE NAME: the sum of a column
total() { columns "$1" "$2" | awk '{ sum += $1 } END { printf "%d\n", sum }'; }

# status_after SIGNAL: of a command that was interrupted by it
status_after() { if [ "$1" = HUP ]; then echo 129; else echo 130; fi; }

# list WORD...: a line each; repeat N WORD: N lines
list() { printf '%s\n' "$@"; }
repeat() { awk -v n="$1" -v word="$2" 'BEGIN { while (n-- > 0) print word }'; }

# --- captures of a few packets, byte by byte --------------------------------------------------

# bytes NUMBER... as they are; le32, be16: one number in that many bytes
bytes() { local octal; printf -v octal '\\0%o' "$@"; printf %b "$octal"; }
le32() { bytes $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
be16() { bytes $(($1 >> 8 & 255)) $(($1 & 255)); }

# The file header: microseconds, little endian, Ethernet.
capture_header() {
    le32 $((0xa1b2c3d4)); bytes 2 0 4 0
    le32 0; le32 0; le32 65535; le32 1
}

# record_header MICROSECONDS CAPTURED ORIGINAL: of a packet, counted from second 1000
record_header() {
    le32 $((1000 + $1 / 1000000)); le32 $(($1 % 1000000)); le32 "$2"; le32 "$3"
}

# udp MICROSECONDS FROM FROM_PORT TO TO_PORT PAYLOAD_BYTES: a datagram between hosts 10.0.0.FROM and
# 10.0.0.TO, cut after its headers (42 bytes)
udp() {
    record_header "$1" 42 $(($6 + 42))
    bytes 2 0 0 0 0 "$4" 2 0 0 0 0 "$2" 8 0
    bytes 69 0; be16 $(($6 + 28)); bytes 0 0 0 0 64 17 0 0 10 0 0 "$2" 10 0 0 "$4"
    be16 "$3"; be16 "$5"; be16 $(($6 + 8)); bytes 0 0
}

# tcp MICROSECONDS FROM FROM_PORT TO TO_PORT PAYLOAD_BYTES FLAGS: likewise (54 bytes); flags are 1 FIN,
# 2 SYN, 4 RST, 16 ACK. Sequence numbers count on, from 1000, by addresses and ports.
declare -A tcp_sequence
tcp() {
    record_header "$1" 54 $(($6 + 54))
    bytes 2 0 0 0 0 "$4" 2 0 0 0 0 "$2" 8 0
    bytes 69 0; be16 $(($6 + 40)); bytes 0 0 0 0 64 6 0 0 10 0 0 "$2" 10 0 0 "$4"
    local direction="$2:$3 $4:$5"
    local sequence=${tcp_sequence[$direction]:-1000}
    be16 "$3"; be16 "$5"; be16 $((sequence >> 16)); be16 $((sequence & 65535))
    bytes 0 0 0 0 80 "$7" 255 255 0 0 0 0
    tcp_sequence[$direction]=$((sequence + $6 + (($7 & 3) != 0)))
}

# --- several runs side by side ------------------------------------------------------------------

# in_background NAME COMMAND...: at most two at a time, each in a separate directory
in_background() {
    local name=$1
    shift
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    mkdir "$scratch/$name"
    (cd "$scratch/$name" && failures=0 && "$@" && [ "$failures" -eq 0 ] && touch passed) &
}

# Waits for all of them; those that did not pass have said why.
wait_for_all() {
    local directory
    wait
    for directory in "$scratch"/*/; do
        [ -e "$directory/passed" ] || fail "${directory#"$scratch"/} did not pass"
    done
}

# on_each_capture COMMAND: in the background on each capture that ships, whose name it is given
on_each_capture() {
    local name names=(web ipv6 dns interactive bulk)
    for name in "${names[@]}"; do in_background "$1-$name" "$1" "$name"; done
    wait
    for name in "${names[@]}"; do
        [ -e "$scratch/$1-$name/passed" ] || fail "$1-$name did not pass"
    done
}

# refused_run TRACE PATTERN OPTION...: misuse, in one line that begins with the first option
refused_run() {
    local trace=$1 pattern=$2
    shift 2
    expect_status 2 "$SHAPESIM" run "$trace" --rate 1mbit -o nothing "$@"
    expect_match "$*" "^shapesim: $1.*$pattern" err
    expect_equal "$*: one line" 1 "$(wc -l <err)"
    [ -e nothing ] && fail "$*: wrote something"
}

# What draws is not what is tried: a gnuplot that draws nothing, in PATH from here on, is as good, and
# fast.
use_a_gnuplot_that_draws_nothing() {
    mkdir bin
    cat >bin/gnuplot <<'END'
#!/bin/sh
[ "$1" = --version ] && { echo 'gnuplot 6.0 patchlevel 0'; exit 0; }
while [ "$1" != -c ]; do shift; done
[ "${2##*/}" = report.gp ] || exit 1
for format in $5; do
    for name in $6; do echo '<svg/>' >"$4/$name.$format"; done
done
END
    chmod +x bin/gnuplot
    PATH=$PWD/bin:$PATH
}
