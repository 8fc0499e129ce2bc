#!/usr/bin/env bash
# The rate that advise finds is the one that a fine sweep finds; its directory is a sweep's, and what is
# there is not run again.
. "$(dirname "$0")/lib.sh"
. "$here/advise_lib.sh"
traces=$(cd "$here/../.." && pwd)/traces
cp "$traces"/{web,bulk,interactive}.pcap .
synth() { "$SHAPESIM" trace synth --direction write --rate 20kB/s --duration 1s "$@"; }
synth --flows 8 --source on-off --protocol udp -o udp.pcap
synth --flows 4 --spread 300ms -o constant.pcap

# advise DIR ARGUMENT...
advise() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" advise -q -o "$directory" "$@"
}

# advice DIR FILTER: what jq makes of its advise.json
advice() { jq -cr "$2" "$1/advise.json"; }

# --- against brute force ----------------------------------------------------------------------------

# as_brute_force NAME PEAK DEMAND ARGUMENT...: advise finds what a fine sweep from the busiest tick's PEAK bytes down
# finds, with at most a tenth of its runs. tests/bench/advise does this on more and larger captures.
as_brute_force() {
    local found tried least runs first
    advise "$1" "$1.pcap" --want "$3" --flow-ticks none --exchanges none --limit direction=write "${@:4}"
    read -r found tried < <(advice "$1" '"\(.setting.rate_bytes_per_s) \(.tried | length)"')
    read -r least runs < <(brute_force "$1-brute" "$1.pcap" 10 "$2" 300 --want "$3" "${@:4}")
    expect_equal "$1: the search knows the busiest tick" "$2" \
        "$(jq -s '.[0].groups[0].write.peak_tick_bytes' "$1"/runs/*write-rate=100000000B*/summary.json)"
    expect_equal "$1: $found is within 2 % of $least" true "$(jq -n "$found / $least | . >= 0.98 and . <= 1.02")"
    first=$(advice "$1" ".tried[1].rate_bytes_per_s")
    expect_equal "$1: it begins within a tenth of it" true "$(jq -n "$first / $least | . >= 0.9 and . <= 1.1")"
    expect_equal "$1: $tried runs, at most a tenth of $runs" true "$(jq -n "$tried <= $runs / 10")"
}

as_brute_force interactive 10776 'behind.p99<=30ms'
as_brute_force udp 4000 'p50<=5ms'
as_brute_force constant 2000 'p99<=30ms'

# What a flow's initiator is sent, and what is read where that end is shaped, is the same search.
advise mirrored constant.pcap --want 'p99<=30ms' --shape initiator --limit group=all,direction=read \
    --group 'name=none,match=udp,rate=1mbit,tick=10ms' --flow-ticks none --exchanges none
expect_equal "the same rates" "$(advice constant '[.tried[].rate_bytes_per_tick]')" \
    "$(advice mirrored '[.tried[].rate_bytes_per_tick]')"

# --- what it says -----------------------------------------------------------------------------------

advise one web.pcap --limit direction=write --want 'added.p99<=100ms' --want 'jain@100ms>=0.8'
expect_equal "found" true "$(advice one .found)"
expect_equal "each demand holds" '["holds","holds"]' "$(advice one '[.demands[].verdict]')"
expect_equal "with a margin" '[true,true]' "$(advice one '[.demands[].margin >= 0]')"
expect_equal "what is beside it" "half_burst half_min_share half_tick twice_burst twice_min_share twice_tick" \
    "$(advice one '.changes | keys | join(" ")')"
expect_equal "one run for each setting" "$(advice one '.tried | length')" \
    "$(find one/runs -mindepth 1 -maxdepth 1 | wc -l)"
expect_equal "its own run meets the demands" '[true,true]' "$(advice one '.setting as $best | [.tried[]
    | select(.rate_bytes_per_tick == $best.rate_bytes_per_tick and .burst_bytes == $best.burst_bytes
        and .tick_s == $best.tick_s and .min_share_bytes == $best.min_share_bytes) | .demands[].verdict == "holds"]')"

# The C is what run prints for the same command.
read -ra words < <(advice one .command)
expect_status 0 "$SHAPESIM" "${words[@]:1}" -q --print-c
expect_equal "C" "$(cat out)" "$(advice one .c)"

# The directory is a sweep's.
expect_status 0 "$SHAPESIM" verify one
expect_match "verify" "^$(advice one '.tried | length') runs checked, 0 failed$" out
expect_equal "rows of sweep.csv" "$(advice one '.tried | length')" "$(tail -n +2 one/sweep.csv | wc -l)"
files=(advise.csv advise.json runs sweep-long.csv sweep-summary.csv sweep.csv sweep.json sweep.lock)
expect_equal "files" "$(list "${files[@]}")" "$(ls -A one)"

# --- again -------------------------------------------------------------------------------------------

cp -r one before
find one/runs -name summary.json -printf '%i %p\n' | sort >inodes
rm one/advise.json one/sweep.csv
advise one web.pcap --limit direction=write --want 'added.p99<=100ms' --want 'jain@100ms>=0.8' --jobs 1
expect_same "the second time" before one
expect_equal "nothing was run again" "$(cat inodes)" "$(find one/runs -name summary.json -printf '%i %p\n' | sort)"

# With another demand only what is new is run.
advise one web.pcap --limit direction=write --want 'added.p99<=200ms'
expect_equal "what was run stays" "" "$(comm -23 inodes <(find one/runs -name summary.json -printf '%i %p\n' | sort))"

# --- a grid, and a group ------------------------------------------------------------------------------

advise grid web.pcap --group 'name=web,match=tcp port 80' --limit group=web,direction=write \
    --want 'web.added.p99<=100ms' --tick 10ms,20ms --min-share 64,1024 --flow-ticks none
expect_equal "no worse than one tick and min-share" true "$(jq -n "$(advice grid .setting.rate_bytes_per_s) \
    <= $(advice one .setting.rate_bytes_per_s) * 1.5")"
expect_match "the group's C" '^struct bufferevent_rate_limit_group \*new_web_group' <(advice grid .c)
expect_equal "all were tried" "[0.01,64] [0.01,1024] [0.02,64] [0.02,1024]" \
    "$(advice grid '[.tried[] | [.tick_s, .min_share_bytes]] | unique
        | map(select(.[0] >= 0.01 and .[0] <= 0.02 and (.[1] == 64 or .[1] == 1024)) | tostring) | join(" ")')"

# --- a rate that is given ------------------------------------------------------------------------------

# Bursts double from one tick's worth to 100 ms of the rate. The sweep of the same settings ranks them likewise.
advise rated web.pcap --limit direction=write --rate 10mbit --tick 10ms,20ms --min-share 64,512 \
    --want 'added.p99<=100ms' --flow-ticks none --exchanges none
expect_equal "rates and bursts" "[12500,12500] [12500,25000] [12500,50000] [12500,100000] [12500,125000] [25000,25000] \
[25000,50000] [25000,100000] [25000,125000]" \
    "$(advice rated '[.tried[:18][] | [.rate_bytes_per_tick, .burst_bytes]] | unique | map(tostring) | join(" ")')"
expect_equal "found" '[true,true]' "$(advice rated '[.rate_given, .found]')"
expect_status 0 "$SHAPESIM" sweep --collect rated --json --rank response.p99,added.p99,completion.p99,jain,grants
# Beside it are other ticks and min-shares, which were not to choose from.
first=$(jq -c '[.ranking[].setting | select((.tick | IN("10ms", "20ms")) and (.["min-share"] | IN("64B", "512B")))][0]
    | [.["write-burst"], .tick, .["min-share"]]' out)
expect_equal "the first in the ranking" "$first" \
    "$(advice rated '.setting | ["\(.burst_bytes)B", "\(.tick_s * 1000 | round)ms", "\(.min_share_bytes)B"]')"

# --- for a cluster -------------------------------------------------------------------------------------

# The jobs of each step, run by others, lead to the directory that advise itself makes.
cluster=(interactive.pcap --want 'write.p99<=60ms' --at-once 8 --flow-ticks none --exchanges none -q)
advise here "${cluster[@]}"
rounds=0
while "$SHAPESIM" advise "${cluster[@]}" -o there --print-jobs >job_list 2>err &&
    [ -s job_list ] && [ "$rounds" -lt 20 ]; do
    expect_equal "no advice before its runs" "" "$(ls -d there/advise.json 2>/dev/null)"
    while IFS= read -r job; do
        expect_status 0 bash -c "$job"
    done <job_list
    rounds=$((rounds + 1))
done
expect_same "runs by others" here there
[ "$rounds" -ge 3 ] && [ "$rounds" -le 12 ] || fail "with 8 values at once there were $rounds rounds"

# --- what cannot be met, and what cannot be asked ------------------------------------------------------

expect_status 1 "$SHAPESIM" advise constant.pcap --limit direction=write --want 'utilisation>=100' --want 'p50<=1us' \
    --flow-ticks none -o none
expect_match "what none meets" \
    "^shapesim: advise: no setting meets --want 'utilisation>=100'; the nearest: group all: write" err
expect_match "the nearest" '^No setting meets utilisation>=100; the nearest, with [0-9.]* k?B/s: group all: write' out
expect_equal "none found" '[false,null,["utilisation>=100"]]' "$(advice none '[.found, .c, [.unmet[].want]]')"
expect_equal "as near as any comes" true "$(advice none '(.unmet[0].setting.rate_bytes_per_tick) as $rate
    | ([.tried[].demands[0].figure] | max) == (.tried[] | select(.rate_bytes_per_tick == $rate) | .demands[0].figure)')"

# Each is met by a setting, both by none: a burst passes only where nothing is limited, and then nothing is used.
expect_status 1 "$SHAPESIM" advise constant.pcap --limit direction=write --want 'max<=1ms' --want 'utilisation>=95' \
    --flow-ticks none -o both
expect_match "all at once" \
    "^shapesim: advise: no setting meets all demands, though each is met by one; the nearest misses" err
expect_equal "no demand is unmet" '[]' "$(advice both .unmet)"

# A demand that holds below a rate, too, is named.
advise peak constant.pcap --limit direction=write --want 'utilisation>=50' --flow-ticks none
expect_equal "not monotone" '["utilisation>=50"]' "$(advice peak '[.not_monotone[].want]')"


# refused REASON ARGUMENT...
refused() {
    expect_status 2 "$SHAPESIM" advise "${@:2}"
    expect_equal "reason" "shapesim: $1" "$(cat err)"
}
want=(--want 'p99<=1s')
refused "advise: no trace; give a capture file" "${want[@]}" -o x
refused "advise: unexpected 'bulk.pcap' after 'web.pcap'; give one trace" web.pcap bulk.pcap "${want[@]}" -o x
refused "advise: no demand; add what must hold, like --want 'response.p99<=300ms'" web.pcap -o x
refused "advise: no output; add -o DIR" web.pcap "${want[@]}"
refused "--tick 10ms..1ms: ends before it begins" web.pcap "${want[@]}" --tick 10ms..1ms -o x
refused "--limit direction=up: is not understood; write group=NAME, direction=read or direction=write, or both with \
a comma between them" web.pcap "${want[@]}" --limit direction=up -o x
refused "--vary web.rate: there is no --group name=web" web.pcap "${want[@]}" --limit group=web -o x
refused "--write-rate: not an option of advise (or short for several); see shapesim advise --help" \
    web.pcap "${want[@]}" --write-rate 1mbit -o x
refused "--rate 10B/s: is not from 1 B to 1 GB in a tick of 10 ms; change it or --tick" \
    web.pcap "${want[@]}" --rate 10B/s -o x
refused "--rank jain: without --rate the least rate is sought; leave it out, or give a rate" \
    web.pcap "${want[@]}" --rank jain -o x
expect_equal "nothing was made" "" "$(ls -d x 2>/dev/null)"
mkdir mine && touch mine/notes
refused "-o mine: the directory is not empty and holds no sweep; choose another, or add --force" \
    web.pcap "${want[@]}" -o mine
finish
