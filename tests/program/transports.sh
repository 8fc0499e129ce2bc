#!/usr/bin/env bash
# The proof: the same trace through bufferevent pairs, which shapesim grants and charges, and through
# native, rate-limited sockets, which libevent limits all by itself, gives the same bytes, flow by
# flow and tick by tick: ticks.csv, flow_ticks.csv and flows.csv are identical. One half of the settings is
# replayed in closed loop, the other half open.
#
# Where they cannot be the same:
#  - min-share 0, which libevent takes for an end of file on sockets; pairs refuse it (below).
#  - what a socket's kernel buffer cannot hold: a per-flow limit that allows more than that at one
#    instant is served in pieces (tests/shaper/test_kernel_buffer.c makes the buffer small).
#  - timeouts where several per-flow limits or groups are refilled at one instant, and flushes (below).
. "$(dirname "$0")/lib.sh"

# same REPLAY NAME TRACE ARGUMENT...: two runs, compared by the tool itself
same() {
    local replay=$1 name=$2 transport
    shift 2
    for transport in pair socket; do
        "$SHAPESIM" run "$@" --replay "$replay" -q --force --flow-ticks all --idle-ticks skip --transport "$transport" \
            -o "$name-$transport" 2>err || { fail "$name $transport: $(cat err)"; return; }
    done
    "$SHAPESIM" verify "$name-pair" --against "$name-socket" >out 2>err ||
        fail "$name ($replay: $*): $(cat err)"
    settings=$((settings + 1))
}

# make FLOWS DIRECTION [DURATION]: 400 kB/s for 2 s, flows come and go
make() {
    "$SHAPESIM" trace synth --source poisson --flows "$1" --direction "$2" --packet 700 --spread 1s \
        --rate $((400000 / $1))B/s --duration "${3:-2s}" -o "$1-$2.pcap" || fail "trace synth"
}

# Own limits that together exceed the group's: both decide. A hundred flows share each tick in pieces of
# 20 B, a million system calls for 3 s of trace, so theirs is shorter.
matrix() {
    local flows=$1 direction min_share seed replay own=$((300000 / $1))B/s settings=0 duration=2s
    [ "$flows" -lt 100 ] || duration=1s
    for direction in read write both; do
        make "$flows" "$direction" $duration
        for min_share in 1 64 1500 2000; do
            for seed in 1 2; do
                replay=open
                [ $seed = 1 ] || replay=closed
                set -- "$flows-$direction.pcap" --rate 200kB/s --tick 10ms --burst 6000 \
                    --min-share $min_share --seed $seed
                same $replay group "$@"
                same $replay both "$@" --flow-rate "$own" --flow-burst 300000
            done
        done
        same open own "$flows-$direction.pcap" --flow-rate "$own" --flow-tick 10ms
        same closed ticks-apart "$flows-$direction.pcap" --flow-rate "$own" --flow-tick 25ms \
            --rate 200kB/s --tick 10ms
    done
    expect_equal "settings compared" 54 $settings
}

tick_lengths() {
    local flows tick settings=0
    for flows in 3 100; do
        make $flows both
        for tick in 1ms 10ms 100ms 1000ms; do
            same closed tick $flows-both.pcap --rate 200kB/s --tick $tick
            same open one-way $flows-both.pcap --write-rate 100kB/s --write-burst 100kB --tick $tick
        done
    done
    expect_equal "settings compared" 16 $settings
}

# Flows that join and leave all the time, in two groups and in none.
groups() {
    local name settings=0
    for name in web ipv6 dns interactive bulk; do
        set -- "$here/../../traces/$name.pcap" \
            --group 'name=a,match=tcp,rate=150kB/s,tick=10ms,min-share=512' \
            --group 'name=b,match=udp portrange 32768-65535,rate=2kB/s,tick=25ms,flow-rate=1kB/s'
        same closed responder "$@"
        same open initiator "$@" --shape initiator --count wire
        same closed one-group "$here/../../traces/$name.pcap" --rate 50kB/s --tick 20ms --burst 20kB \
            --seed 7 --count ip
    done
    expect_equal "settings compared" 15 $settings
}

# The most that one callback moves: alone, above what 2.1.12 reads, and with a per-flow limit, which
# overrides it.
single_sizes() {
    local size settings=0
    make 10 both
    for size in 1 100 4096 4097 20000; do
        set -- 10-both.pcap --rate 200kB/s --tick 10ms --burst 20kB --max-single-read $size \
            --max-single-write $size
        [ $size -gt 1 ] || set -- "$@" --max-time 1s # a system call for each byte
        same open size "$@"
        same closed size-own "$@" --flow-rate 30kB/s --flow-burst 6000
    done
    same closed unlimited 10-both.pcap --max-single-read 500 --max-single-write 700
    expect_equal "settings compared" 11 $settings
}

captures() {
    local file settings=0
    for file in "$@"; do
        same closed half "$file" --rate 40kB/s --tick 100ms
        same open wire "$file" --rate 100kB/s --tick 10ms --min-share 1500 --burst 40kB --count wire \
            --flow-rate 30kB/s --flow-tick 20ms
    done
}

# A per-flow limit far above what one instant can carry through a socket's buffer.
large_grants() {
    local settings=0
    "$SHAPESIM" trace synth --packet 60000 --rate 6MB/s --duration 1s -o large.pcap
    same closed read large.pcap --flow-rate 3MB/s --flow-tick 100ms
    "$SHAPESIM" trace synth --packet 15000 --rate 1500kB/s --direction write --duration 1s -o write.pcap
    same open write write.pcap --flow-rate 750kB/s --flow-tick 100ms
}

for flows in 1 3 10 100; do in_background matrix-$flows matrix $flows; done
in_background tick-lengths tick_lengths
in_background groups groups
in_background large-grants large_grants
in_background single-sizes single_sizes
if [ -n "${SHAPESIM_TRACES:-}" ]; then
    # Two halves, side by side; the largest are left to captures.sh.
    in_background captures-1 captures "$SHAPESIM_TRACES"/{seladb_,chrissanders_http,libtrace_}*.pcap*
    in_background captures-2 captures "$SHAPESIM_TRACES"/{markofu_,ndpi_[Kdo],simsong_,lwerdna_,tcp}*.pcap
else
    echo 'skipped in part: SHAPESIM_TRACES names no folder of real captures'
fi
wait_for_all

# --- what is not the same, and why --------------------------------------------------------------

make 10 write
expect_status 2 "$SHAPESIM" run 10-write.pcap --rate 1kB/tick --tick 10ms
expect_status 2 "$SHAPESIM" run 10-write.pcap --rate 100B/tick --tick 10ms --min-share 0
expect_status 0 "$SHAPESIM" run 10-write.pcap --rate 100B/tick --tick 10ms --min-share 0 \
    --transport socket --replay open -o zero
expect_match "a false end of file" 'false end of file to 10 of 10 flows' err
expect_equal "every flow ends so" "$(repeat 10 eof)" "$(columns zero/flows.csv close)"

# differ WHAT ARGUMENT...: the two runs are not the same; each of them is in order
differ() {
    local what=$1 transport
    shift
    for transport in pair socket; do
        rm -rf "not-$transport"
        run "not-$transport" "$@" --transport "$transport"
    done
    expect_status 1 "$SHAPESIM" verify not-pair --against not-socket
    expect_match "$what" 'not-socket' err
}

set -- 10-write.pcap --rate 150kB/s --tick 10ms
differ "per-flow limits with timeouts" "$@" --write-timeout 5ms --flow-rate 20kB/s --flow-tick 10ms
differ "groups with timeouts" "$@" --write-timeout 5ms \
    --group 'name=a,match=host 198.18.0.1,rate=8kB/s,tick=10ms' \
    --group 'name=b,match=host 198.18.0.2,rate=8kB/s,tick=10ms'
# The second flow's timeouts come at the refills.
"$PACKETS" 0,3,r,20000,R 11,1,r,1460 21,2,r,1460 >timeouts.pcap
timeouts=(timeouts.pcap --rate 1000B/tick --read-timeout 1ms)
# The flow's 50th timeout is due when its limit is removed: a socket's is put off.
"$PACKETS" 0,0,w,3000 >change.pcap
change=(change.pcap --rate 1000B/tick --tick 50ms --read-timeout 1ms)
for event in flow=1,rate=none flow=1,leave; do
    differ "$event at a timeout" "${change[@]}" --at "50ms:$event"
    expect_equal "$event: timeouts of pair and socket" "1" \
        "$(($(columns not-pair/application.csv read_timeouts) - $(columns not-socket/application.csv read_timeouts)))"
done
# In closed loop an end closes only after all has come, and a flush has nothing to move.
differ "a flush" "$@" --flush flush --replay open
differ "a flush that finishes" "$@" --flush finished --replay open
# One group with timeouts is the same, and so is a flush that does nothing.
settings=0
same closed timeouts "$@" --write-timeout 5ms --read-timeout 7ms
same open flush "$@" --flush normal
# So are timeouts that come at a refill, below a filter or at other times, and a change a
# microsecond later.
same closed refill "${timeouts[@]}"
same open filter-refill "${timeouts[@]}" --via overhead=2:1000
same open filter timeouts.pcap --rate 1000B/tick --via overhead=2:1000 --read-timeout 900us
same closed later "${change[@]}" --at 50001us:flow=1,rate=none
expect_equal "settings compared" 6 $settings

# Descriptors run out with a clear message.
make 100 read
expect_status 1 bash -c 'ulimit -n 64; exec "$0" run 100-read.pcap --rate 1MB/s --transport socket' \
    "$SHAPESIM"
expect_match "descriptors" 'two descriptors per open flow, .*ulimit -n' err

finish
