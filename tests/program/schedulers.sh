#!/usr/bin/env bash
# Who is granted next: --scheduler, --weight, groups in groups; libevent's own scheduler is what it
# was, and verify holds the others to what they promise.
. "$(dirname "$0")/lib.sh"

traces=$here/../../traces
limits=(--rate 3mbit --burst 64KiB --tick 10ms --flow-ticks all)
ours=(active-share shuffle round-robin drr sfq)

# --- ours: twice the same, and true ------------------------------------------------------------------

# green DIR: verify finds nothing wrong
green() {
    expect_status 0 "$SHAPESIM" verify "$1"
}

whole() {
    local scheduler=$1
    run one "$traces/web.pcap" "${limits[@]}" --scheduler "$scheduler"
    green one
    expect_match "$scheduler: no bucket falls below 0" '^overdraft .* 0 B ' out
    cp -r one first
    run one --force "$traces/web.pcap" "${limits[@]}" --scheduler "$scheduler"
    expect_same "$scheduler twice" first one
    expect_equal "$scheduler: all was delivered" "$(total one/flows.csv offered_written_bytes)" \
        "$(total one/flows.csv written_bytes)"
    for options in "--flow-rate 500kbit --flow-ticks all" "--via overhead=40:1460 --flow-ticks all" \
        "--write-high 8kB --read-high 2kB" "--shape initiator" \
        "--idle-ticks skip --flow-ticks 3" "--max-time 2s --flow-ticks all" "--count wire" \
        "--at 1s:group=all,rate=1mbit --at 2s:group=all,rate=6mbit,min-share=500" \
        "--at 1s:group=all,decrement-write=50kB --at 2s:group=all,decrement-write=-20kB" \
        "--background group=all,write=1mbit --initial-tokens 0" \
        "--clock real --max-time 300ms"; do
        # shellcheck disable=SC2086
        expect_status 0 "$SHAPESIM" run -q -o more --force "$traces/web.pcap" --rate 3mbit --tick 10ms \
            --scheduler "$scheduler" $options
        green more || fail "$scheduler $options"
    done
    # what is compressed, or flushed past the limits, comes out whole
    for options in "--via deflate --payload text" "--flush finished"; do
        # shellcheck disable=SC2086
        expect_status 0 "$SHAPESIM" run -q -o more --force "$traces/web.pcap" --rate 3mbit --tick 10ms \
            --scheduler "$scheduler" $options
        expect_equal "$scheduler $options" "$(total one/flows.csv written_bytes)" \
            "$(total more/flows.csv written_bytes)"
    done
    for capture in "$traces"/*.pcap; do
        expect_status 0 "$SHAPESIM" run -q -o more --force "$capture" --rate 1mbit --tick 20ms \
            --scheduler "$scheduler"
        green more || fail "$scheduler ${capture##*/}"
    done
}
for scheduler in "${ours[@]}"; do
    in_background "$scheduler" whole "$scheduler"
done
wait_for_all
expect_differ "shuffle is not round robin" shuffle/one/flow_ticks.csv round-robin/one/flow_ticks.csv

# --- libevent's own, to the byte ---------------------------------------------------------------------

run default "$traces/web.pcap" "${limits[@]}"
run libevent "$traces/web.pcap" "${limits[@]}" --scheduler libevent
run sockets "$traces/web.pcap" "${limits[@]}" --transport socket
for file in ticks.csv flow_ticks.csv flows.csv fairness.csv burst.csv; do
    expect_same "--scheduler libevent: $file" "default/$file" "libevent/$file"
    expect_same "sockets: $file" "default/$file" "sockets/$file"
done

# --- weights -------------------------------------------------------------------------------------------

# Three flows that always wait, 1 : 2 : 4 of 70 B a tick: 10, 20, 40. The first rule that matches counts.
"$SHAPESIM" trace synth --flows 3 --rate 80kB/s --duration 2s --protocol udp --direction write -o three.pcap
weights=(--weight '4:host 198.18.0.3' --weight '2:host 198.18.0.2' --weight '9:host 198.18.0.3')
for scheduler in drr sfq; do
    run "$scheduler-weights" three.pcap --rate 70B/tick --tick 1ms --min-share 10 --max-time 1s \
        --scheduler "$scheduler" "${weights[@]}"
    green "$scheduler-weights"
    expect_match "$scheduler: guarantee" '^guarantee of the scheduler .* holds' out
    expect_equal "$scheduler: weights" "$(list '1 1' '2 2' '3 4')" \
        "$(columns "$scheduler-weights/flows.csv" flow weight | sort -n)"
    expect_equal "$scheduler: a tick" "$(list '1 10' '2 20' '3 40')" \
        "$(columns "$scheduler-weights/flow_ticks.csv" tick flow written_bytes | sed -n 's/^500 //p' | sort)"
done

# --- groups in groups ----------------------------------------------------------------------------------

groups=(--group 'name=web,match=tcp port 80,rate=2mbit,burst=32KiB,tick=10ms,parent=site'
    --group 'name=names,match=udp,rate=200kbit,tick=20ms,parent=site'
    --group 'name=site,match=tcp port 443,rate=2.1mbit,tick=10ms,parent=all'
    --rate 2.5mbit --tick 10ms --flow-ticks all)
for scheduler in "${ours[@]}"; do
    expect_status 0 "$SHAPESIM" run -q -o "nested-$scheduler" "$traces/web.pcap" "${groups[@]}" \
        --scheduler "$scheduler"
    green "nested-$scheduler"
    expect_status 0 "$CHECK_RUN" "nested-$scheduler"
    # each level was charged what the one below it was, and its own flows
    expect_equal "$scheduler: charged" "$(total "nested-$scheduler/flows.csv" written_bytes)" \
        "$(columns "nested-$scheduler/ticks.csv" group written_bytes | awk '$1 == "all" { s += $2 } END { print s }')"
done
# Weights of groups: 3 : 1 while both wait.
expect_status 0 "$SHAPESIM" run -q -o shares three.pcap --rate 80B/tick --tick 1ms --min-share 10 --max-time 1s \
    --group 'name=a,match=host 198.18.0.1,rate=80B/tick,tick=1ms,parent=all,weight=3' \
    --group 'name=b,match=host 198.18.0.2,rate=80B/tick,tick=1ms,parent=all' \
    --scheduler drr --filter 'host 198.18.0.1 or host 198.18.0.2'
green shares
expect_equal "weights of groups" "$(list 'a 60' 'b 20' 'all 80')" \
    "$(columns shares/ticks.csv tick group written_bytes | sed -n 's/^500 //p')"

# --- what is false is found ----------------------------------------------------------------------------

# red WHAT REGEX DIR
red() {
    expect_status 1 "$SHAPESIM" verify --no-hashes "$3"
    expect_equal "$1: lines" 1 "$(wc -l <err)"
    expect_match "$1" "^shapesim: .*($2)" err
}

# red_too WHAT REGEX DIR: that among others, as other weights make other figures of fairness, too
red_too() {
    expect_status 1 "$SHAPESIM" verify "$3" --no-hashes
    expect_match "$1" "^    .*($2)" out
    expect_match "$1: the first" "^shapesim: fairness.csv: row .*, jain: .* expected" err
}

# tamper DIR FILE PROGRAM: bad is DIR with one file put through awk
tamper() {
    rm -rf bad && cp -r "$1" bad
    awk -F, -v OFS=, "$3" "$1/$2" >"bad/$2"
    cmp -s "$1/$2" "bad/$2" && fail "$2: nothing was changed by $3"
}

# A flow's weight, one that no --weight gives; one that is given, but is not what it got.
tamper drr-weights flows.csv 'NR == 2 { $(NF - 3) = 3 } { print }'
red "a weight" "flows.csv: row 1, weight: .*--weight" bad
tamper drr-weights flows.csv 'NR > 1 { $(NF - 3) = 4 } { print }'
red_too "another weight" "flow_ticks.csv: tick .* differ by .* B of service" bad
# As if all weights had been 1: the same files under a command without weights.
for scheduler in drr sfq; do
    rm -rf bad && cp -r "$scheduler-weights" bad
    sed -i 's/ --weight [^-]*[0-9]'\''//g' bad/summary.json
    awk -F, -v OFS=, 'NR > 1 { $(NF - 3) = 1 } { print }' "$scheduler-weights/flows.csv" >bad/flows.csv
    red_too "$scheduler: no weights" "differ by .* B of service .* but the scheduler allows" bad
done
# Files of another scheduler under drr's name: round robin gives a level's part, not a quantum.
rm -rf bad && cp -r round-robin/one bad
sed -i -e 's/--scheduler round-robin/--scheduler drr/' -e 's/"scheduler": .*/"scheduler": "drr",/' bad/summary.json
red "round robin for drr" "differ by .* B of service" bad
# libevent's own overdraft under the name of a scheduler that has none.
rm -rf bad && cp -r default bad
sed -i -e 's/\("command": ".*\)"/\1 --scheduler round-robin"/' \
    -e 's/"scheduler": .*/"scheduler": "round-robin",/' bad/summary.json
red "an overdraft" "bucket_end_bytes.*overdraws" bad
# What a group in another one carried, and what the one above did.
awk -F, '$3 == "web" && $11 > 100 { print NR; exit }' nested-drr/ticks.csv >row
tamper nested-drr flow_ticks.csv '$3 == "web" && $8 > 100 && !done { $8 -= 1; done = 1 } { print }'
red "a flow's byte" "ticks.csv|flow_ticks.csv" bad
rm -rf bad && cp -r nested-drr bad
sed -i 's/,parent=site/,parent=all/' bad/summary.json
red "another parent" "differs by .* own flows and the groups in it" bad

# --- what is true of libevent alone is not warned of ------------------------------------------------------

expect_status 0 "$SHAPESIM" run -q three.pcap --rate 64B/tick --tick 10ms --max-time 10ms
expect_equal "warnings with libevent's" 4 "$(grep -cE 'can lose throughput|serves one flow' err)"
expect_status 0 "$SHAPESIM" run -q three.pcap --rate 64B/tick --tick 10ms --max-time 10ms --scheduler drr
expect_equal "warnings with drr" 0 "$(grep -cE 'can lose throughput|serves one flow' err)"

# --- refused ----------------------------------------------------------------------------------------------

# misuse REGEX OPTION...
misuse() {
    local regex=$1
    shift
    expect_status 2 "$SHAPESIM" run -q three.pcap --rate 1mbit "$@"
    expect_equal "$*: lines" 1 "$(wc -l <err)"
    expect_match "$*" "$regex" err
}
misuse "--scheduler .*libevent.*drr" --scheduler fair
misuse "leave --transport out" --scheduler drr --transport socket
misuse "leave --transport out" --scheduler drr --transport tls
misuse "add --scheduler drr or sfq" --weight '2:tcp'
misuse "add --scheduler drr or sfq" --weight '2:tcp' --scheduler shuffle
misuse "--weight.*(syntax|filter|expression)" --weight '2:no such thing' --scheduler drr
misuse "like 4:tcp port 443" --weight 2 --scheduler drr
misuse "cannot nest" --group 'name=a,rate=1mbit,parent=all'
misuse "no group of that name" --group 'name=a,rate=1mbit,parent=b' --scheduler drr
misuse "circle" --group 'name=a,rate=1mbit,parent=b' --group 'name=b,rate=1mbit,parent=a' --scheduler drr
misuse "add parent=" --group 'name=a,rate=1mbit,weight=2' --scheduler drr

finish
