#!/usr/bin/env bash
# Fairness over contended windows of a stated time: what was measured by hand on the capture that ships,
# weights, windows that are no whole number of ticks, and that nothing hangs on where the run ends.
. "$(dirname "$0")/lib.sh"

traces=$here/../../traces

# jain DIR DIRECTION SECONDS KEY...: of the windows of that length of the first group
jain() {
    local directory=$1 direction=$2 window_s=$3
    shift 3
    awk -v direction="\"$direction\": {" -v window_s="$window_s" -v names="$*" '
        index($0, direction) { inside = 1 }
        inside && /"jain": \[/ { listed = 1 }
        listed && /"window_s"/ { found = $2 + 0 == window_s + 0 }
        listed && found {
            key = $1; gsub(/[":]/, "", key); sub(/,$/, "", $2); value[key] = $2
            if (key == "min") { n = split(names, name, " ")
                for (i = 1; i <= n; i++) printf "%s%s", value[name[i]], i < n ? " " : "\n"
                exit }
        }' "$directory/summary.json"
}

# headline DIR DIRECTION: window_ticks, window_s, windows, mean, min
headline() {
    awk -v direction="\"$2\": {" '
        index($0, direction) { inside = 1 }
        inside && /"headline"/ { listed = 5; next }
        listed { sub(/,$/, "", $2); printf "%s%s", $2, --listed ? " " : "\n"; if (!listed) exit }' "$1/summary.json"
}

rounded() { awk '{ for (i = 1; i <= NF; i++) printf "%.3f%s", $i, i < NF ? " " : "\n" }'; }

# --- the capture that ships ------------------------------------------------------------------------

# Over the whole run, which drains, the index is 1 for all three.
while read -r share mean least verdict; do
    set -- "$traces/web.pcap" --count payload --replay open --rate 4mbit --burst 64KiB --tick 20ms --min-share "$share"
    run web-$share "$@"
    expect_equal "min-share $share: J of 10 ticks, 200 ms" "$mean $least" \
        "$(jain web-$share write 0.2 mean min | rounded)"
    expect_equal "min-share $share: the headline is that of 100 ms" \
        "5 0.1 $(jain web-$share write 0.1 windows mean min)" "$(headline web-$share write)"
    expect_equal "min-share $share: nothing was contended" "5 0.1 0 null null" "$(headline web-$share read)"
    expect_match "min-share $share: drained" '"jain_run": 1.0' web-$share/summary.json
    expect_status 0 "$SHAPESIM" run -q -o cut-$share "$@" --flow-ticks all --max-time 3s
    for directory in web-$share cut-$share; do
        "$SHAPESIM" verify $directory --min-jain 0.9 >out 2>err
        expect_match "$directory: verdict" "^--min-jain .* $verdict" out
    done
    # Each window that the cut run has is the one that the whole run has: 150 ticks were not cut short.
    expect_equal "min-share $share: windows that end before the cut" \
        "$(awk -F, 'NR == 1 || $2 + $5 <= 150 && $5 < 151' web-$share/fairness.csv)" \
        "$(awk -F, 'NR == 1 || $2 + $5 <= 150 && $5 < 151' cut-$share/fairness.csv)"
done <<END
64 0.966 0.642 holds
4096 0.721 0.327 fails
10000 0.538 0.177 fails
END

# --- weights ---------------------------------------------------------------------------------------

# Two sources that want the same and always wait: 1900 and 100 of 2000 bytes a tick.
for t in 0 1; do printf '0,%d,w,40000\n' $t; done | "$PACKETS" >two.pcap
two=(--rate 2000B/tick --tick 100ms --min-share 100 --scheduler drr --weight '19:port 20000')
run heavy two.pcap "${two[@]}" --max-time 1900ms
expect_equal "19 : 1" "38000 2000" "$(columns heavy/flows.csv written_bytes | paste -sd' ')"
expect_equal "as the weights say, in each window" "1.000000000" \
    "$(columns heavy/fairness.csv jain | sort -u)"
expect_equal "the headline" "1 0.1 20 1.0 1.0" "$(headline heavy write)"
for figure in gps_lag_max wfi_max rfb_attained; do
    expect_match "no $figure" "\"${figure}_bytes\": 0" heavy/summary.json
done
expect_status 0 "$SHAPESIM" verify heavy --min-jain 1

# --- a window that is no whole number of ticks -----------------------------------------------------

# Ticks of 30 ms give one flow everything, in turn: 100 ms are 4 ticks, 0.12 s, 70 ms are 3, 0.09 s.
turns=(--rate 1000B/tick --tick 30ms --min-share 1000 --scheduler round-robin --fairness-window 70ms
    --fairness-window 61ms)
run turns two.pcap "${turns[@]}" --max-time 239ms
expect_equal "rows of one tick" "$(repeat 8 '2 0 1000 0.500000000 0.030000')" \
    "$(columns turns/fairness.csv window_ticks flows limited_flows bytes jain window_s | sed -n 's/^1 //p')"
# 2000 : 1000 is 9 / (2 * 5); 4000 : 3000 is 49 / (2 * 25); 3000 : 2000 is 25 / (2 * 13)
expect_equal "rows of more" "$(list '0.000000 2 2 2000 1.000000000 0.060000' '0.000000 3 2 3000 0.900000000 0.090000' \
    '0.060000 2 2 2000 1.000000000 0.060000' '0.000000 4 2 4000 1.000000000 0.120000' \
    '0.000000 5 2 5000 0.961538462 0.150000' '0.120000 2 2 2000 1.000000000 0.060000' \
    '0.090000 3 2 3000 0.900000000 0.090000' '0.000000 7 2 7000 0.980000000 0.210000' \
    '0.180000 2 2 2000 1.000000000 0.060000' '0.120000 4 2 4000 1.000000000 0.120000' \
    '0.000000 8 2 8000 1.000000000 0.240000')" \
    "$(columns turns/fairness.csv time_s window_ticks flows bytes jain window_s | awk '$2 > 1')"
expect_equal "lengths" "1 2 3 4 5 7" "$(sed -n 's/.*"window_ticks": \([0-9]*\),/\1/p' turns/summary.json |
    tail -n 6 | paste -sd' ')"
expect_equal "the headline" "4 0.12 2 1.0 1.0" "$(headline turns write)"
expect_match "the windows that were asked for" '0.07,' turns/summary.json
run short two.pcap "${turns[@]}" --max-time 89ms
expect_equal "a run shorter than the headline" "4 0.12 0 null null" "$(headline short write)"
run long two.pcap --rate 1000B/tick --tick 1s --max-time 2500ms
expect_equal "a tick that is longer" "1 1.0" "$(headline long write | cut -d' ' -f1,2)"

for value in 0s 8785h 10 x; do
    refused_run two.pcap "" --fairness-window "$value"
done
named=()
for n in 1 2 3 4 5 6 7 8 9; do named+=(--fairness-window "${n}s"); done
refused_run two.pcap "more than 8 windows" "${named[@]}"

# --- verify finds what is changed ------------------------------------------------------------------

# Not every flow has its rows, so only fairness.csv tells.
expect_status 0 "$SHAPESIM" run -q -o some "$traces/web.pcap" --count payload --replay open --rate 4mbit --tick 30ms \
    --flow-ticks 3
expect_status 0 "$SHAPESIM" verify some

# changed FILE FROM TO PATTERN: the first FROM (a regular expression) of FILE is TO instead
changed() {
    rm -rf other
    cp -r some other
    awk -v from="$2" -v to="$3" '!done && sub(from, to) { done = 1 } { print }' some/"$1" >other/"$1"
    expect_differ "$1 $2" some/"$1" other/"$1"
    expect_status 1 "$SHAPESIM" verify other --no-hashes
    expect_match "$1 $2" "^shapesim: $4" err
}
changed fairness.csv ',0.120000$' ',0.130000' 'fairness.csv: row [0-9]+, window_s: '
changed summary.json '"windows": ' '"windows": 1' 'summary.json: group all: .*: windows: '
changed summary.json '"mean": 0.[0-8]' '"mean": 0.9' 'summary.json: group all: .*: mean: '
changed summary.json '"min": 0.' '"min": 0.0' 'summary.json: group all: .*: min: '
changed summary.json '"grants_per_mb": ' '"grants_per_mb": 1' 'summary.json: group all: .*: grants_per_mb: '
changed summary.json '"idle_timeout_s": 300' '"idle_timeout_s": 30' 'summary.json: settings: idle_timeout_s: '
changed summary.json '"headline_window_s": 0.1' '"headline_window_s": 0.2' 'summary.json: settings: headline_window_s: '

# --- another format --------------------------------------------------------------------------------

# A run of another format is neither judged nor drawn, and a sweep runs it anew.
expect_status 0 "$SHAPESIM" sweep "$traces/web.pcap" --count payload --rate 4mbit \
    --vary tick=20ms,30ms --seeds 1 -o sweep -q
cp -r sweep/runs old-runs
for format in none 4 6; do
    rm -rf other
    cp -r some other
    if [ $format = none ]; then
        sed -i '/"format": /d' other/summary.json
    else
        sed -i "s/\"format\": .*/\"format\": $format,/" other/summary.json
    fi
    expect_status 1 "$SHAPESIM" verify other
    expect_match "format $format" "^shapesim: other/summary.json: is of format ${format/none/1}, and this shapesim \
reads format 5, .* repeat the run, or use the shapesim that wrote it \([0-9.]+\)$" err
    expect_equal "format $format: no verdict" "" "$(cat out)"
    expect_equal "format $format: one line" 1 "$(wc -l <err)"
    expect_status 1 "$SHAPESIM" report other
    expect_match "report of format $format" "^shapesim: other/summary.json: is of format ${format/none/1}, " err
done
victim=$(find sweep/runs -mindepth 1 -maxdepth 1 -type d | sort | head -n 1)
sed -i '/"format": /d' "$victim/summary.json"
expect_status 0 "$SHAPESIM" sweep "$traces/web.pcap" --count payload --rate 4mbit \
    --vary tick=20ms,30ms --seeds 1 -o sweep
expect_match "one run anew" '^shapesim: 1 run of sweep is of another format .* it is run again$' err
expect_same "the same runs as before" old-runs sweep/runs
finish
