#!/usr/bin/env bash
# Memory follows the flows that are open at once, never the length of the trace: a trace of five times
# the packets and flows takes the same peak, within 5 %.
#
#     usage: memory.sh [FACTOR]           traces FACTOR times as long (1 if not given)
#
# The peak is the kernel's, of resident memory (getrusage of the run). It is true of the sanitizers' build,
# too, where nothing that was freed is kept from being used again (their quarantine, up to 256 MB): their
# red zones and tables grow with what is allocated at once. With a base of 34 MB (68 MB with files) it
# takes 22 bytes (12) that every flow leaves to go beyond 5 %.
#
# A run that measures, for its files or for its table, remembers up to 65536 flows that have ended, for
# fairness over long windows (sim/metrics/fairness.h). 80 rounds of 1000 flows are more than that: both
# runs pay for all of them.
. "$(dirname "$0")/lib.sh"
: "${BENCH_TOOLS:?folder of measure and repeat_capture}"
scale=${1:-1}
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=0:thread_local_quarantine_size_kb=0

# A thousand flows of one packet at once, one after the other served within the second, and closed a
# second later: two thousand are open at once. Then others come.
expect_status 0 "$SHAPESIM" trace synth --protocol udp --flows 1000 --rate 1kB/s --packet 1000 --duration 1s \
    -o round.pcap

# peak_kb ROUNDS OPTION...: of a run over ROUNDS rounds, which must have seen every flow, if it says so
peak_kb() {
    local rounds=$1 flows=$(($1 * 1000))
    shift
    expect_status 0 "$BENCH_TOOLS/repeat_capture" round.pcap "$rounds" 1 long.pcap
    "$BENCH_TOOLS/measure" "$SHAPESIM" run long.pcap --read-rate 1100kB/s --tick 100ms --idle-timeout 1s "$@" \
        3>peak >out 2>err || fail "$rounds rounds $*: $(cat err)"
    [[ " $* " == *' -q '* ]] ||
        grep -q "^trace .* $flows packets, $flows flows" out || fail "not $flows flows: $(head -n 1 out)"
    cut -d' ' -f3 peak
}

# flat NAME ROUNDS OPTION...
flat() {
    local name=$1 rounds=$(($2 * scale)) short long
    shift 2
    short=$(peak_kb $rounds "$@")
    long=$(peak_kb $((5 * rounds)) "$@")
    printf '%-12s %5d rounds %7d kB, %5d rounds %7d kB\n' "$name" $rounds "$short" $((5 * rounds)) "$long"
    [ "$long" -le $((short * 105 / 100)) ] || fail "$name: memory grows with the trace"
}

flat "quiet" 20 -q
flat "no files" 80
flat "all files" 80 -o files --force --write-pcap

# A TCP flow that nobody answers: closed loop keeps only the newest packets that something may react to.
# With all of them it took 32 B for each.
expect_status 0 "$SHAPESIM" trace synth --flows 1 --packet 100 --rate 20MB/s --duration 1s \
    -o unanswered.pcap
peak_of() {
    "$BENCH_TOOLS/measure" "$SHAPESIM" run unanswered.pcap --rate 50MB/s --tick 10ms -q --replay "$1" \
        3>peak >out 2>err || fail "unanswered, $1: $(cat err)"
    cut -d' ' -f3 peak
}
open=$(peak_of open) closed=$(peak_of closed)
printf '%-12s open %7d kB, closed %7d kB\n' unanswered "$open" "$closed"
[ "$closed" -le $((open + 2500)) ] || fail "unanswered: a flow's packets stay in memory"
finish
