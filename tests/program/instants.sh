#!/usr/bin/env bash
# What is due at one microsecond happens in one order, whichever path the replay takes: arrivals in
# trace order, grants, and only then do closed and drained flows leave. Packets that share their
# time show it, as do coarse clocks. Sockets are libevent's own; and a timeout that never comes, with
# which every arrival takes a pass of libevent's loop, makes no difference.
. "$(dirname "$0")/lib.sh"
: "${PACKETS:?path of packets}"

# same NAME OPTION...: of NAME.pcap pair, socket and the pair with a pass for each arrival
same() {
    local name=$1 file
    shift
    run "$name-pair" "$name.pcap" "$@"
    run "$name-socket" "$name.pcap" "$@" --transport socket
    run "$name-pass" "$name.pcap" "$@" --read-timeout 1000h
    for file in ticks flow_ticks flows fairness burst delays; do
        expect_same "$name $*" "$name-pair/$file.csv" "$name-socket/$file.csv"
        expect_same "$name $*: each arrival in a pass" "$name-pair/$file.csv" "$name-pass/$file.csv"
    done
    rm -rf "$name-socket" "$name-pass"
}

# Three flows end with the trace, at the microsecond of their only packets. The bucket holds 3000, and
# the share is a third of what is left of it. The first round of grants takes 1000, then 2000 / 3 =
# 666, then all 5 of the third flow, which leaves only when the others have had all their rounds: they
# continue with thirds of 1329, (1329 / 3 = 443, 886 / 3 = 295), (197, 131), (87, 58), (39, 26), (17, 12),
# (7, 5), (3, 2), (1, 1) and 1 of the last.
"$PACKETS" 0,0,r,1966 0,1,r,1210 0,2,r,5 >end.pcap
same end --read-rate 3000B/tick --tick 25ms --min-share 1
expect_equal "thirds to the end" "1798 1197 5" \
    "$(columns end-pair/flow_ticks.csv tick read_bytes | awk '$1 == 0 { print $2 }' | paste -sd ' ')"

# The same at a FIN and at a RST amid others' packets, in both directions, and where one leaves and
# another of the same number begins.
"$PACKETS" 0,0,r,1966 0,1,r,1210 0,2,r,5 0,2,r,0,R 1000,0,r,700 1000,3,r,9 1000,3,r,0,R 1000,1,r,2000 >reset.pcap
"$PACKETS" 0,0,w,1966 0,1,w,1210 0,2,w,5 0,2,r,0,F 0,2,w,0,F 0,1,r,80 500,4,w,5000 500,1,w,0,R >fin.pcap
"$PACKETS" 0,0,r,3 0,0,r,0,R 0,0,r,3,S 0,1,r,4000 0,0,r,0,R 0,0,r,8,S 0,1,r,0,R 0,2,r,2500 >again.pcap
for trace in reset fin again; do
    for limits in '--rate 3000B/tick --tick 25ms --min-share 1' '--rate 500B/tick --tick 1ms' \
        '--rate 3000B/tick --tick 25ms --min-share 1500 --burst 6000 --shape initiator'; do
        # shellcheck disable=SC2086
        same $trace $limits
        rm -rf $trace-pair
    done
done

# A hundred flows of a coarse clock: all times are whole seconds, each flow has one packet.
for second in 0 1 2; do
    for flow in $(seq 100); do
        echo "$((second * 1000000)),$((second * 100 + flow)),r,$((flow * 37 % 1400 + 1))"
        [ $((flow % 3)) -eq 0 ] && echo "$((second * 1000000)),$((second * 100 + flow)),r,0,R"
    done
done | "$PACKETS" >coarse.pcap
same coarse --read-rate 30000B/tick --tick 100ms --min-share 1

# Where 20 flows leave at once, the ends of file fill libevent's room for events, and it asks for twice
# as many from then on: so 45 flows that compete later are served in larger rounds.
{
    for flow in $(seq 20); do printf '%s\n' "0,$flow,r,100" "0,$flow,r,0,R"; done
    for flow in $(seq 101 145); do echo "100000,$flow,r,1460"; done
} | "$PACKETS" >leave.pcap
same leave --rate 30000B/tick --tick 25ms --min-share 1

# After a filter, too, an application continues writing only when what crossed before is delivered: the
# largest backlog in summary.json shows.
"$PACKETS" 0,0,w,40 0,1,w,40 0,1,w,40 0,1,w,40 >write.pcap
for transport in pair socket; do
    run "write-$transport" write.pcap --via overhead=1:1 --write-high 1 --transport $transport
done
expect_same "flows of an application that stops" write-pair/flows.csv write-socket/flows.csv
expect_equal "largest backlogs" "$(grep peak_backlog write-socket/summary.json)" \
    "$(grep peak_backlog write-pair/summary.json)"

# A filter that is put on a socket lets it read again last: where bytes wait both ways, the first read
# comes before the first write, and the end keeps its place when its input is full.
"$PACKETS" 0,0,r,20000 0,1,r,20000 0,1,w,20000 >both.pcap
for limits in '' '--rate 20000B/tick --tick 1s --min-share 1'; do
    # shellcheck disable=SC2086
    same both --via deflate=2 --payload random --read-high 700 $limits
    rm -rf both-pair
done

# A full input stops the end and its timeout; then the bucket does.
"$PACKETS" 0,0,r,40 >full.pcap
for transport in pair socket; do
    run "full-$transport" full.pcap --rate 1B/tick --read-high 1 --read-timeout 1us --transport $transport
    expect_equal "$transport: timeouts" 0 "$(columns "full-$transport/application.csv" read_timeouts)"
done
finish
