#!/usr/bin/env bash
# What cannot work is refused with one line that says why, the right exit status, and nothing left
# over.
. "$(dirname "$0")/lib.sh"

{
    capture_header
    udp 0 1 1000 2 53 100
    udp 250000 2 53 1 1000 400
    udp 500000 1 1000 2 53 200
} >good.pcap

# refused STATUS REGEX ARGUMENT...: one line on standard error, nothing on standard output
refused() {
    local status=$1 regex=$2
    shift 2
    expect_status "$status" "$SHAPESIM" "$@" || return
    expect_equal "standard output of: $*" "" "$(cat out)"
    expect_equal "lines on standard error of: $*" 1 "$(wc -l <err)"
    expect_match "$*" "^shapesim: .*($regex)" err
}

# run_refused STATUS REGEX ARGUMENT...: a run into a new folder and into an empty one
run_refused() {
    local status=$1 regex=$2 left
    shift 2
    mkdir empty
    refused "$status" "$regex" run "$@" -o new
    refused "$status" "$regex" run "$@" -o empty
    [ -e new ] && fail "a folder was left by: $*"
    left=$(ls -A empty)
    expect_equal "left in the folder by: $*" "" "$left"
    rm -rf new empty
}

# --- the command line: status 2 -------------------------------------------------------------------

# ARGUMENTS | REGEX, words split at spaces; %20 is a space
while IFS='|' read -r arguments regex; do
    [ -z "$arguments" ] && continue
    read -ra words <<<"$arguments"
    run_refused 2 "$regex" good.pcap "${words[@]//%20/ }"
done <<'END'
--rate 10|needs a unit; write 10mbit .*10MB/s .*10B/tick
--rate 10Mbit|--rate 10Mbit: not a rate
--rate -1mbit|--rate -1mbit: not a rate
--rate mbit|--rate mbit: not a rate
--rate 1e3B/s|not a rate
--rate 1.5B/tick|whole number of bytes
--rate 99999999999999999999mbit|--rate 9+mbit: 
--rate 0B/tick|below one byte per tick
--rate 99B/s --tick 10ms|below one byte per tick of 10 ms
--rate 2147483648B/tick|above 2147483647 B
--rate 20gbit|above 2147483647 B
--rate 1mbit --burst 2147483648|above 2147483647 B
--rate 1mbit --burst 124999|burst .*below one tick's worth
--rate 1000B/tick --burst 999|below one tick's worth
--rate 1mbit --burst 1.5|--burst 1.5: not a size
--rate 1mbit --burst 64kb|--burst 64kb: not a size
--rate 1mbit --burst -1|--burst -1: not a size
--burst 64KiB|without a rate
--read-burst 64KiB|without a rate
--tick 10ms|without a rate
--min-share 64|without a rate
--rate 1mbit --flow-burst 64KiB|without a flow-rate
--rate 1mbit --flow-tick 10ms|without a flow-rate
--flow-rate 10|--flow-rate 10: a rate needs a unit
--flow-rate 1mbit --flow-burst 1|flow-burst .*below one tick's worth
--rate 1mbit --tick 0.5ms|whole milliseconds
--rate 1mbit --tick 1.5ms|whole milliseconds
--rate 1mbit --tick 0ms|whole milliseconds
--rate 1mbit --tick 999us|whole milliseconds
--rate 1mbit --tick 10|--tick 10: a time needs a unit; write 10ms
--rate 1mbit --tick 10msec|--tick 10msec: not a time
--rate 1mbit --tick 25h|longer than a day
--rate 1mbit --min-share 0|min-share 0: .*a socket .*end of file.*--transport socket.*use 1 or more
--rate 1mbit --min-share 0 --transport tls|min-share 0: .*TLS waits.*use 1 or more
--rate 1mbit --min-share -1|--min-share -1: not a size
--rates 1mbit|--rates: not an option of run
-x|-x: not an option of run

--max-time 0s|--max-time 0s: must be above 0
--max-gap 0ms|--max-gap 0ms: must be above 0
--max-flows 0|--max-flows 0: write a whole number from 1 to 1000000000
--max-flows all|--max-flows all: write a whole number from 1 to 1000000000
--max-flows 1000000001|--max-flows 1000000001: write a whole number from 1 to 1000000000
--idle-timeout 5|--idle-timeout 5: a time needs a unit
--seed -1|--seed -1: write a whole number
--seed x|--seed x: write a whole number
--clock lunar|--clock lunar: not one of virtual, real
--shape both|--shape both: not one of responder, initiator
--count tcp|--count tcp: not one of stream, payload, ip, wire
--idle-ticks drop|--idle-ticks drop: not one of keep, skip
--flow-ticks some|--flow-ticks some: write all, none or a number
--flow-ticks -1|--flow-ticks -1: write all, none or a number
--filter tcp%20prot%2080|--filter.*(syntax error|can't parse)
--filter tcp%20port%2080%20or|--filter.*syntax error
--group name=a,match=tcp%20prot,rate=1mbit|--group a: match.*syntax error
--group name=a,rate=1mbit,colour=red|--group: unknown key 'colour'; the keys are name, match, rate,
--group name=a,rate=1mbit,rate=2mbit|gives rate twice
--group name=a,match=,rate=1mbit|match is empty
--group rate=1mbit|has no name
--group name=a|has no limit
--group name=a,match=tcp|has no limit
--group name=a,burst=64KiB|has no limit
--group name=a,rate=10|rate 10: a rate needs a unit
--group name=a,rate=1mbit,min-share=0|min-share 0
--group name=a,rate=1mbit,tick=1.5ms|whole milliseconds
--group name=a%20b,rate=1mbit|a name has 1 to
--group name=-,rate=1mbit|a name has 1 to
--group name=,rate=1mbit|a name has 1 to
--group name|'name' is no KEY=VALUE
--group name=a,rate=1mbit --group name=a,rate=2mbit|name=a: the name is taken
--group name=all,rate=1mbit --rate 2mbit|name=all: the name is taken
good.pcap --rate 1mbit|run: 'good.pcap' is given twice; files are joined to one trace, give each once
--from 2s --to 1s|--to: it is not after --from, so nothing is left; give a later time
--from 1|--from 1: a time needs a unit
--to 0s|--to 0s: must be above 0
END

refused 2 "no trace; give a capture file, or - for standard input" run --rate 1mbit -o new
refused 2 'needs a value' run good.pcap -o
refused 2 '--rate: needs a value' run good.pcap --rate
refused 2 "names nothing" run good.pcap -o ''
refused 2 "rum: not a command" rum good.pcap
refused 2 "needs info or synth" trace
refused 2 "needs info or synth" trace good.pcap
refused 2 "no trace" trace info
refused 2 "no output; add -o FILE" trace synth
refused 2 "--rate 10: a rate needs a unit" trace synth --rate 10 -o new
refused 2 "unexpected 'file'" trace synth -o new file
refused 2 "--source tidal: not one of constant" trace synth --source tidal -o new
refused 2 "not an option of trace info" trace info good.pcap --rate 1mbit
[ -e new ] && fail "the refused commands left something"

# Misuse without any word: the usage goes to standard error.
expect_status 2 "$SHAPESIM"
expect_equal "standard output without a command" "" "$(cat out)"
expect_match "no command" "^Usage: shapesim COMMAND" err

# --- help and version, asked for: standard output, status 0 ---------------------------------------

for command in "" run "trace info" "trace synth"; do
    # shellcheck disable=SC2086
    expect_status 0 "$SHAPESIM" $command --help
    expect_match "'$command' --help" "^Usage: shapesim $command" out
    expect_equal "standard error of '$command' --help" "" "$(cat err)"
done
expect_status 0 "$SHAPESIM" run nothing.pcap --rate 1mbit -o new --help
expect_status 0 "$SHAPESIM" --version
expect_match "--version" '^shapesim [0-9]+\.[0-9]+\.[0-9]+ \(libevent 2\.1\.[0-9]+.*, libpcap version [0-9.]+' out

# --- captures that are none: status 1 -------------------------------------------------------------

: >empty.pcap
head -c 20 good.pcap >header.pcap
head -c 4000 /dev/zero >zeros.pcap
printf 'version https://example.org/spec/v1\n' >text.pcap
{ bytes 255 255 255 255; tail -c +5 good.pcap; } >magic.pcap
{ head -c 20 good.pcap; bytes 255 255 255 0; tail -c +25 good.pcap; } >link.pcap
{ head -c 32 good.pcap; bytes 255 255 255 127; tail -c +37 good.pcap; } >length.pcap
mkdir folder

while IFS='|' read -r trace regex; do
    run_refused 1 "$trace: .*($regex)" "$trace" --rate 1mbit
    refused 1 "$trace: .*($regex)" trace info "$trace"
done <<'END'
missing.pcap|No such file or directory; give the path
missing/trace.pcap|No such file or directory; give the path
good.pcap/trace.pcap|Not a directory; give the path
folder|is a directory; give the path
empty.pcap|the file is empty
header.pcap|too short for a capture
zeros.pcap|not a capture that libpcap can read
text.pcap|the pointer of Git LFS, not the capture itself
magic.pcap|not a capture that libpcap can read
link.pcap|link type
length.pcap|packet 1 is damaged
/dev/null|empty
END
run_refused 1 "-: .*empty" - --rate 1mbit </dev/null

# Damaged in its middle: what was replayed up to there is not passed off as the whole.
{ head -c 90 good.pcap; bytes 255 255 255 127; tail -c +95 good.pcap; } >middle.pcap
run_refused 1 "middle.pcap: packet 2 is damaged" middle.pcap --rate 1mbit
run_refused 1 "middle.pcap: packet 2 is damaged" middle.pcap --rate 1mbit --flow-ticks none

# The first packet that is read may be it: there is no first pass without flow_ticks.csv.
run_refused 1 "length.pcap: packet 1 is damaged" length.pcap --rate 1mbit --flow-ticks none

if command -v gzip >/dev/null; then
    head -c 100000 /dev/urandom >noise
    { cat good.pcap; cat noise; } | gzip -c >packed.gz
    { head -c 50000 packed.gz; head -c 1000 noise; tail -c +51001 packed.gz; } >corrupt.gz
    run_refused 1 "corrupt.gz: " corrupt.gz --rate 1mbit
    gzip -c </dev/null >empty.gz
    run_refused 1 "empty.gz: " empty.gz --rate 1mbit
fi

# --- a capture that ends in mid-packet: replayed up to there, with a warning -----------------------

for cut in 1 20 45; do
    head -c -$cut good.pcap >cut.pcap
    run cut-$cut cut.pcap --rate 1mbit
    expect_match "cut by $cut bytes" \
        "^shapesim: warning: the capture ends in the middle of a packet; .* 2 packets" cut-$cut.err
    expect_equal "packets before the cut" 2 "$(columns cut-$cut/flows.csv packets)"
    expect_match "the summary's warning" "ends in the middle of a packet" cut-$cut/summary.json
done
head -c -58 good.pcap >whole.pcap
run whole whole.pcap --rate 1mbit
expect_equal "warnings of a capture without its last packet" "" "$(cat whole.err)"
expect_same "cut in mid-packet and before it" cut-1/ticks.csv whole/ticks.csv

# A header and no packet is a capture, of which nothing can be replayed.
capture_header >none.pcap
run_refused 1 'none.pcap: the capture has no packets' none.pcap --rate 1mbit

# --- places where nothing can be written ----------------------------------------------------------

mkdir full && : >full/file
refused 2 "full: the directory is not empty; choose another, or add --force" \
    run good.pcap --rate 1mbit -o full
expect_equal "files in a folder that was not empty" file "$(ls full)"
run full good.pcap --rate 1mbit --force
expect_equal "files with --force" "$(list burst.csv delays.csv delays_time.csv exchanges.csv fairness.csv file \
    flow_ticks.csv flows.csv summary.json ticks.csv)" \
    "$(ls full)"
while IFS='|' read -r status place regex; do
    refused "$status" "-o $place: .*($regex)" run good.pcap --rate 1mbit -o "$place"
done <<'END'
2|good.pcap|Not a directory
2|good.pcap/run|Not a directory
1|/proc/run|cannot be made
1|/proc/self/run|cannot be made
END
refused 1 "nowhere/trace.pcap" trace synth -o nowhere/trace.pcap
refused 1 "good.pcap/trace.pcap" trace synth -o good.pcap/trace.pcap
# The folders above one that was not there either.
refused 1 "packet 2 is damaged" run middle.pcap --rate 1mbit --flow-ticks none -o up/and/down
[ -e up ] && fail "-o up/and/down left the folder up"

expect_status 1 "$SHAPESIM" trace synth -o /dev/full
[ -w /dev/full ] && expect_status 1 sh -c '"$SHAPESIM" run good.pcap --rate 1mbit >/dev/full'

# --- silence of years -----------------------------------------------------------------------------

{ capture_header; udp 0 1 1000 2 53 100; udp $((100000000 * 1000000)) 1 1000 2 53 100; } >years.pcap
run_refused 1 "--idle-ticks skip.*--max-gap 10s" years.pcap --rate 1mbit --tick 10ms
run years-skip years.pcap --rate 1mbit --tick 10ms --idle-ticks skip
# The header, the first packet's tick, that in which the flow's timeout ends, and the last.
expect_equal "rows of years" 4 "$(wc -l <years-skip/ticks.csv)"
# Flows that have left bring no rows: these are 700,001 of ticks, and 300,001 for each open flow.
{ capture_header
  for i in $(seq 1 20); do udp 0 1 $((1000 + i)) 2 53 100; done
  udp 700000000 1 2000 2 53 100; } >twenty.pcap
expect_status 0 "$SHAPESIM" run twenty.pcap --rate 1mbit --tick 1ms --min-share 1 -q -o twenty --flow-ticks 1
expect_equal "rows of ticks" 700002 "$(wc -l <twenty/ticks.csv)"
rm -r twenty
# Ticks of hours, and buckets that take years to fill.
run hours twenty.pcap --rate 10B/tick --tick 3h
run ages twenty.pcap --flow-rate 1B/tick --flow-burst 2147483647 --flow-tick 2h --max-time 10s

run years-gap years.pcap --rate 1mbit --tick 10ms --max-gap 10s
expect_equal "rows of years cut to 10 s" 1002 "$(wc -l <years-gap/ticks.csv)"

# --- captures made by others ----------------------------------------------------------------------

if [ -z "${SHAPESIM_TRACES-}" ]; then
    printf 'without SHAPESIM_TRACES: its damaged captures are left out\n'
    finish
fi
years=$SHAPESIM_TRACES/ndpi_sites.pcapng
run_refused 1 "--idle-ticks skip.*--max-gap 10s" "$years" --rate 1mbit --tick 10ms
run sites "$years" --rate 1mbit --tick 10ms --idle-ticks skip

for capture in "$SHAPESIM_TRACES"/bad/*; do
    name=${capture##*/}
    "$SHAPESIM" run -q "$capture" --rate 1mbit --flow-ticks all --idle-ticks skip -o "bad-$name" \
        >out 2>err
    status=$?
    case $name in
    libpcap_*| gopacket_*| suricata_*| automayt_*) expected=1 ;;
    tcpdump_ipv4_invalid_hdr_length.pcap) expected=1 ;; # its one packet cannot be replayed
    *) expected=0 ;;
    esac
    expect_equal "exit status of $name" $expected $status
    if [ $status -eq 0 ]; then
        check "bad-$name"
    else
        expect_equal "lines on standard error of $name" 1 "$(wc -l <err)"
        expect_match "$name" "^shapesim: $capture: " err
        [ -e "bad-$name" ] && fail "$name: a folder was left"
    fi
done
expect_match "a capture that ends in mid-packet" "ends in the middle of a packet; .* 25 packets" \
    bad-markofu_http-fault-post.pcap/summary.json
finish
