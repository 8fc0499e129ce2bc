#!/usr/bin/env bash
# shapesim verify: green on what shapesim writes, red when one field of one row is changed by one,
# and the list of columns in which only the file's hash shows that.
. "$(dirname "$0")/lib.sh"
: "${VERIFY_EACH:?path of verify_each}" "${PACKETS:?path of packets}"

traces=$here/../../traces

# --- green ----------------------------------------------------------------------------------------

# green ARGUMENT...: a run whose files verify finds nothing wrong with
green() {
    expect_status 0 "$SHAPESIM" run -q --force -o files "$@" || return
    expect_status 0 "$SHAPESIM" verify files
}

green_capture() {
    green "$1" --rate 2mbit --tick 10ms --flow-ticks all
    green "$1" --rate 1mbit --burst 64KiB --tick 50ms --min-share 1000 --seed 7
    green "$1" --flow-rate 400kbit --flow-tick 20ms --flow-ticks all
    green "$1" --rate 2mbit --tick 20ms --flow-rate 400kbit --flow-burst 5000 --shape initiator \
        --count wire --flow-ticks all
    green "$1" --rate 2mbit --tick 20ms --flow-rate 400kbit --flow-tick 7ms --flow-ticks all
    green "$1" --idle-ticks skip --count ip --flow-ticks all \
        --group 'name=udp,match=udp,rate=64kbit,tick=25ms' \
        --group 'name=low,match=src portrange 1024-40000,read-rate=32kbit,write-rate=2mbit,tick=10ms'
    green "$1" --rate 1mbit --tick 10ms --max-time 2s --flow-ticks all
    green "$1"
    green "$1" --rate 2mbit --tick 10ms --flow-ticks none
    green "$1" --rate 2mbit --tick 10ms --transport socket --flow-ticks all
    green "$1" --rate 2mbit --tick 10ms --transport tls --flow-ticks all
    green "$1" --rate 2mbit --tick 10ms --transport tls --flow-rate 400kbit --flow-burst 5000 \
        --flow-ticks all --idle-ticks skip
    green "$1" --rate 4mbit --tick 10ms --initial-tokens 0 --flow-ticks all \
        --at 1s:group=all,rate=8mbit,burst=30kB --at 2s:group=all,decrement-write=100kB \
        --at 2.5s:group=all,decrement-write=-20kB,reset-totals \
        --at 3s:group=all,write-rate=2mbit,min-share=512 --background group=all,write=1mbit
    green "$1" --rate 500kbit --tick 10ms --at 450ms:group=all,decrement-read=-5000 \
        --background group=all,read=10kbit,write=100kbit --idle-ticks skip --initial-tokens burst
    green "$1" --rate 500kbit --tick 100ms --transport tls --max-time 700ms --flow-ticks all
    green "$1" --rate 1mbit --tick 10ms --via deflate --via overhead=40:1460 --flow-ticks all
    green "$1" --rate 1mbit --tick 10ms --via overhead=20:536 --via ratelimit=20,initial-burst=4 \
        --max-time 3s --idle-ticks skip --transport socket
    green "$1" --rate 1mbit --tick 10ms --transport tls --via deflate --payload text --flow-ticks all
    green "$1" --rate 1mbit --tick 10ms --write-high 5000 --write-low 1000 --flush flush --via deflate
    green "$1" --rate 300kbit --tick 10ms --via overhead=40:1460 --filter-high 500 --max-time 2s --flow-ticks all
    green "$1" --rate 500kbit --tick 10ms --flush finished --read-high 1000 --read-timeout 70ms \
        --max-time 2s --flow-ticks all
    green "$1" --rate 500kbit --tick 10ms --read-low 2000 --max-time 2s --flow-ticks all --replay open
    green "$1" --rate 1mbit --tick 10ms --initial-tokens 0 --flow-rate 400kbit --flow-burst 5000 \
        --flow-tick 7ms --idle-ticks skip --flow-ticks all
    for recorded in all 3; do
        green "$1" --flow-ticks "$recorded" --idle-ticks skip \
            --group 'name=a,match=tcp,rate=1mbit,tick=10ms,flow-rate=300kbit' \
            --group 'name=b,rate=500kbit,tick=70ms' --at 300ms:flow=1,join=b \
            --at 305ms:flow=1,join=a --at 700ms:flow=2,leave --at 900ms:flow=2,join=b \
            --at 800ms:flow=3,rate=50kbit,tick=30ms --at 1200ms:flow=3,rate=none
        green "$1" --flow-ticks "$recorded" --max-time 2.5s \
            --group 'name=a,match=tcp,rate=1mbit,tick=10ms' \
            --group 'name=b,match=udp,rate=500kbit,tick=1s' --at 300ms:flow=1,join=b \
            --at 1300ms:flow=4,join=b --at 700ms:flow=2,leave --at 20ms:flow=3,join=a
    done
}

for capture in "$traces"/*.pcap; do
    name=${capture##*/}
    in_background "$name" green_capture "$capture"
done
wait_for_all

# More flows wait at once than pairs of them are followed: the files do not show which, even where
# what these attained is by chance the bound.
"$PACKETS" \
    0,0,w,1,U 0,0,r,1 0,1,r,1 0,1,r,1,U 0,1,w,1 0,3,w,1 0,3,w,1 0,3,r,1,U 0,4,r,1 0,4,r,1,U \
    0,5,r,1,U 0,6,w,1,U 0,6,r,0 0,6,r,1,U 0,7,r,1 0,11,w,1,U 0,11,r,1 0,11,w,1,U 0,12,w,65313 \
    0,12,r,1,U 0,20,r,1,U 0,26,w,65313 0,26,w,1,U 0,48,w,65313 0,56,w,65313 0,14,r,1 0,2,w,1 \
    0,51,w,65313 0,17,w,65313,U 0,16,w,1 0,4,w,1 0,1,w,1,U 0,42,w,1,U 0,59,w,1,U 0,38,w,1 \
    0,44,w,1 0,33,w,1 0,43,w,1,U 0,5,w,1,U 1,44,r,1,U 1,55,w,1 1,62,r,1 1,11,w,1,U >pairs.pcap
green pairs.pcap --max-time 700ms --read-rate 30000B/tick --write-rate 812096B/s --tick 100ms --min-share 15001 \
    --idle-ticks skip --flow-ticks all --seed 45

# A flow that a flush has emptied at 1.5 ms comes back within the tick, and is flushed again: no bytes show it.
"$PACKETS" 0,0,r,15 1500,0,w,0,F 1500,0,r,0,F 1587,0,w,0 >flushed.pcap
green flushed.pcap --count wire --write-rate 1B/tick --tick 1ms --flow-rate 1B/tick --flush finished --flow-ticks all \
    --replay open

# Flows chosen from a pipe, a false end of file, the real clock, a trace of which no byte is left.
green - --rate 2mbit --tick 10ms --flow-ticks 3 <"$traces/web.pcap"
for close in eof broken; do
    replay=closed
    [ $close = broken ] || replay=open
    green "$traces/web.pcap" --rate 200kbit --tick 10ms --min-share 0 --transport socket --flow-ticks all \
        --replay $replay
    expect_match "false ends of file" ",$close," files/flows.csv
done
green "$traces/web.pcap" --rate 8mbit --tick 100ms --clock real --max-time 500ms --flow-ticks all
expect_match "the real clock" "clock, where ticks come late" out
green "$traces/web.pcap" --rate 8mbit --filter 'tcp[tcpflags] & tcp-syn != 0'

# --- one field, changed by one --------------------------------------------------------------------

# A limit of the group, of each flow, every kind of event, all flows recorded; no flow closes.
expect_status 0 "$SHAPESIM" trace synth --source poisson --flows 5 --duration 2s --rate 100kbit \
    --direction both --protocol udp --spread 1s -o trace.pcap
expect_status 0 "$SHAPESIM" run -q -o good trace.pcap --rate 30kB/s --tick 100ms --flow-rate 15kB/s \
    --flow-ticks all --initial-tokens 100 --background group=all,write=1kB/s \
    --at 550ms:group=all,rate=40kB/s,burst=6kB,min-share=100 \
    --at 1.05s:group=all,decrement-read=300 --at 1.25s:group=all,reset-totals
expect_status 0 "$SHAPESIM" verify good
mkdir bad

# changes FILE: variants/NUMBER.COLUMN.ROW.BY is good/FILE with one field changed, for every column, in two
# rows, by 1 and -1: a number by that, a time by that many microseconds, an address likewise, a word to another
# one.
changes() {
    rm -rf variants
    mkdir variants
    awk -F, -v OFS=, '
        NR == 1 { columns = split($0, name) }
        { line[NR] = $0 }
        END {
            picked[1] = int((NR - 1) / 2); picked[2] = int(2 * (NR - 1) / 3)
            for (k = 1; k <= columns; k++)
                for (by = 1; by >= -1; by -= 2)
                    for (i = 1; i <= 2; i++) write(k, picked[i], by)
        }
        function write(k, row, by,    path, n) {
            path = sprintf("variants/%03d.%s.%d.%d", ++variants, name[k], row, by)
            for (n = 1; n <= NR; n++) print n == row + 1 ? changed(line[n], k, by) : line[n] >path
            close(path)
        }
        function changed(text, k, by,    address, before) {
            $0 = text; before = $k; address = $k
            if (gsub(/\./, ".", address) == 3) {
                match($k, /[0-9]+$/)
                $k = substr($k, 1, RSTART - 1) (substr($k, RSTART) + by)
            } else if ($k ~ /^-?[0-9]+\.[0-9]+$/) $k = sprintf("%.6f", $k + by / 1000000)
            else if ($k ~ /^-?[0-9]+$/) $k += by
            else if (name[k] == "protocol") $k = $k == "udp" ? "sctp" : "udp"
            else if (name[k] == "close") $k = $k == "end" ? "idle" : "end"
            else $k = $k "x"
            if ($k == before) print name[k] ": nothing was changed" >"/dev/stderr"
            return $0
        }' "good/$1" 2>unchanged
    expect_equal "changes to $1" "" "$(cat unchanged)"
}

# verify_variants FILE: verdicts, a line each (verify_each.c says which), of bad with each variant of FILE
verify_variants() {
    local variants=(variants/*)
    rm -f bad/* && cp good/* bad
    "$VERIFY_EACH" bad "$1" "${variants[@]}" >verdicts 2>err || fail "verify_each: $(cat err)"
    expect_equal "$1: variants verified" "${#variants[@]}" "$(wc -l <verdicts)"
}

# Leaves the columns in which some change was not found, a line each, in `missed`. The hash shows all.
tamper_columns() {
    local file
    for file in "$@"; do
        changes "$file"
        [ "$(find variants -type f | wc -l)" -eq $((4 * $(head -n 1 "good/$file" | tr , '\n' | wc -l))) ] ||
            fail "$file: not four changes to each column"
        verify_variants "$file"
        awk -v file="$file" '$2 == "holds" { split($1, part, "."); print file, part[2] }' verdicts >>missed
        expect_equal "$file: changes that the hash does not show" "" "$(awk '$3 != "hashed"' verdicts)"
    done
}

# What these say is known from the trace alone: who talked, when within a tick, how it ended; largest
# backlogs and delays are held to ranges.
touch missed
tamper_columns ticks.csv flow_ticks.csv flows.csv events.csv exchanges.csv fairness.csv burst.csv \
    delays.csv delays_time.csv
undetermined=$(list initiator_address initiator_port responder_address responder_port end_s \
    max_read_backlog_bytes max_write_backlog_bytes read_delay_p50_s read_delay_p99_s read_delay_max_s \
    write_delay_p50_s write_delay_p99_s write_delay_max_s captured_completion_s completion_s | sed 's/^/flows.csv /'
    list start_s captured_first_byte_s first_byte_s captured_response_s response_s | sed 's/^/exchanges.csv /')
expect_equal "columns that nothing else determines" "$undetermined" "$(uniq missed)"
printf 'columns that nothing else determines:\n%s\n' "$undetermined"

# Every number of summary.json: counts by one, others by a hundredth. What is left is the trace's, or
# is held to a range.
rm -rf variants && mkdir variants
awk '
    { line[NR] = $0 }
    /": -?[0-9.]+,?$/ && !/"format"/ { numbers[++found] = NR } # another format is not verified at all
    END {
        for (i = 1; i <= found; i++) {
            at = numbers[i]
            key = line[at]; sub(/^ *"/, "", key); sub(/":.*/, "", key)
            path = sprintf("variants/%04d.%s", at, key)
            for (n = 1; n <= NR; n++) print n == at ? changed(line[n]) : line[n] >path
            close(path)
        }
    }
    function changed(text,    number, tail) {
        match(text, /-?[0-9.]+,?$/)
        number = tail = substr(text, RSTART)
        number = number ~ /\./ ? sprintf("%.15g", (number + 0) * 1.01 + 0.01) : number + 1
        return substr(text, 1, RSTART - 1) number (tail ~ /,$/ ? "," : "")
    }' good/summary.json
for variant in variants/*; do
    cmp -s good/summary.json "$variant" && fail "summary.json, $variant: nothing was changed"
done
verify_variants summary.json
awk '$2 == "holds" { split($1, part, "."); print part[2] }' verdicts >missed
undetermined=$(list backward_timestamps behind_max_s behind_p50_s behind_p90_s clock_steps \
    duplicate_datagram_bytes duplicate_datagrams duplicate_packets duration_s end_s given_up_gaps \
    late_bytes packets_left_out packets_out_of_line packets_without_time peak_backlog_bytes \
    removed_by_max_gap_s retransmitted_packets \
    shortened_gaps sorted_packets suspended_s)
expect_equal "figures of summary.json that nothing else determines" "$undetermined" \
    "$(sort -u missed)"
printf 'figures of summary.json that nothing else determines:\n%s\n' "$undetermined"

# Filters, held packets, a flush and moves: their files, in runs of their own.
expect_status 0 "$SHAPESIM" trace synth --source poisson --flows 4 --duration 1s --rate 200kbit \
    --direction both --protocol udp -o four-udp.pcap
tamper_run() {
    rm -rf good && expect_status 0 "$SHAPESIM" run -q -o good four-udp.pcap --rate 20kB/s \
        --tick 100ms --flow-ticks all "$@"
    : >missed
}
tamper_run --via overhead=40:500 --via overhead=4:1000
tamper_columns filters.csv
expect_equal "columns of filters.csv that nothing else determines" "" "$(uniq missed)"
tamper_run --write-high 500 --read-timeout 10ms --flush finished
tamper_columns application.csv
undetermined=$(list max_held_bytes max_held_s |
    sed 's/^/application.csv /')
expect_equal "columns of application.csv that nothing else determines" "$undetermined" "$(uniq missed)"
printf 'columns that nothing else determines:\n%s\n' "$undetermined"
tamper_run --flow-rate 10kB/s --initial-tokens 100 --at 250ms:flow=1,leave --at 500ms:flow=1,join=all \
    --at 650ms:flow=2,rate=5kB/s --at 750ms:flow=3,rate=none
tamper_columns events.csv fairness.csv burst.csv
expect_equal "columns of events.csv that nothing else determines" "" "$(uniq missed)"
rm -rf good && expect_status 0 "$SHAPESIM" run -q -o good trace.pcap --rate 30kB/s --tick 100ms \
    --flow-ticks all --background group=all,write=1kB/s --at 550ms:group=all,rate=40kB/s

# --- columns, events and files to come --------------------------------------------------------------

rm -f bad/* && cp good/* bad
for file in ticks.csv flow_ticks.csv flows.csv; do
    sed 's/$/,1/; 1s/,1$/,more/' "good/$file" >"bad/$file"
done
sed '1a 0.000000,0,all,something-else,,,,,,,,,,3' good/events.csv >bad/events.csv
printf 'a\n1\n' >bad/more.csv
expect_status 0 "$SHAPESIM" verify bad --no-hashes

# --- files that are not whole ---------------------------------------------------------------------

# red WHAT REGEX [OPTION]...: verify fails with one line that matches
red() {
    local what=$1 regex=$2
    shift 2
    expect_status 1 "$SHAPESIM" verify bad "$@"
    expect_equal "$what: lines" 1 "$(wc -l <err)"
    expect_match "$what" "^shapesim: .*($regex)" err
}

fresh() { rm -rf bad && cp -r good bad; }

for file in ticks.csv flow_ticks.csv flows.csv events.csv fairness.csv burst.csv delays.csv delays_time.csv; do
    fresh && rm "bad/$file" && red "missing $file" "$file"
    red "missing $file" "$file: No such file" --no-hashes
    : >"bad/$file" && red "empty $file" "$file: header: .*empty" --no-hashes
    head -c -3 "good/$file" >"bad/$file" && red "half a row" "$file: row [0-9]+: " --no-hashes
    head -n -1 "good/$file" >"bad/$file" && red "a row less" "csv" --no-hashes
    sed 3d "good/$file" >"bad/$file" && red "a row less" "csv" --no-hashes
    sed '3p' "good/$file" >"bad/$file" && red "a row twice" "$file|ticks.csv" --no-hashes
    (cat "good/$file" && tail -n 1 "good/$file") >"bad/$file" && red "a row more" "csv" --no-hashes
    sed '2s/,/,,/' "good/$file" >"bad/$file" && red "a field more" "$file: row 1: .* fields" --no-hashes
    sed '1s/group/party/' "good/$file" >"bad/$file" && red "a column less" "no column group" --no-hashes
    sed '2s/[0-9]/x/' "good/$file" >"bad/$file" && red "no number" "$file: row 1, .* is no" --no-hashes
    head -c 3000 /dev/urandom >"bad/$file" && red "garbage" "$file: " --no-hashes
done
fresh && rm bad/summary.json && red "no summary" "summary.json: .*No such file|summary.json: missing"
echo '{' >bad/summary.json && red "half a summary" "summary.json: line"
echo '[]' >bad/summary.json && red "another summary" "summary.json: .*not an object"
echo '{}' >bad/summary.json && red "an empty summary" "summary.json: command"
fresh && touch bad/ticks.csv.part && red "a run that is not finished" "ticks.csv.part: .*interrupted"
fresh && cp bad/ticks.csv bad/more.csv && red "a file more" "more.csv: not among"
fresh && sed -i '/"files"/,/}/d' bad/summary.json && red "no hashes" "no-hashes"
expect_status 0 "$SHAPESIM" verify bad --no-hashes
expect_match "hashes left out" "not compared: --no-hashes" out
rm -rf bad && red "no directory" "bad: No such file or directory"

# --- demands: the figure itself, and one past it ---------------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --flows 4 --rate 400kbit --duration 2s -o four.pcap
expect_status 0 "$SHAPESIM" run -q -o four four.pcap --rate 1mbit --tick 100ms --max-time 1950ms
in_summary() { sed -n "s/^ *\"$1\": \\([0-9.]*\\),*\$/\\1/p" four/summary.json | head -n 1; }

# demand DIR OPTION HOLDS FAILS REGEX
demand() {
    local directory=$1
    shift
    expect_status 0 "$SHAPESIM" verify "$directory" "$1" "$2"
    expect_match "$1 $2" "^$1 .* holds" out
    expect_status 1 "$SHAPESIM" verify "$directory" "$1" "$3"
    expect_match "$1 $3" "^$1 .* fails" out
    expect_match "$1 $3" "^shapesim: .*$4.* demanded" err
}

# A window is one tick of 100 ms, which the default is, too. By hand, as the files have it: the mean over
# the windows in which two flows or more waited.
jain=$(awk -F, '$3 == "all" && $4 == "read" && $5 == 1 { sum += $9; n++ } END { printf "%.9f", sum / n }' \
    four/fairness.csv)
below=$(awk -v x="$jain" 'BEGIN { printf "%.6f", int(x * 1000000) / 1000000 }')
above=$(awk -v x="$jain" 'BEGIN { printf "%.6f", (int(x * 1000000) + 1) / 1000000 }')
demand four --min-jain "$below" "$above" "read: jain over 100 ms \(1 tick\)"
demand four --min-jain "$below@1tick" "$above@1ms" "read: jain over 100 ms \(1 tick\)"
demand four --want "jain>=$below" "jain >= $above" "read: jain over 100 ms \(1 tick\)"
p99=$(in_summary delay_p99_s)
p99_less=$(awk -v x="$p99" 'BEGIN { printf "%.6fs", x - 0.000001 }')
demand four --max-p99-delay "${p99}s" "$p99_less" "read: p99: $p99 s"
demand four --want "all.read.p99<=${p99}s" "all.read.p99<=$p99_less" "read: p99: $p99 s"
# 12500 B a tick: what any k ticks carry beyond rate x (k - 1) is the largest backlog of a bucket that
# takes the ticks' bytes and is emptied at the rate.
sigma=$(columns four/ticks.csv read_bytes |
    awk '{ q = (q > 12500 ? q - 12500 : 0) + $1; if (q > most) most = q } END { print most }')
demand four --max-burst "$sigma" $((sigma - 1)) "burst: $sigma B is above the $((sigma - 1)) B"
expect_status 0 "$SHAPESIM" run -q -o half four.pcap --rate 3mbit --tick 100ms
used=$(columns half/ticks.csv read_bytes |
    awk '{ sum += $1 } END { printf "%.6f", int(sum / 37500 / NR * 100000000) / 1000000 }')
demand half --min-utilisation "$used%" "$(awk -v x="$used" 'BEGIN { printf "%.6f", x + 0.000001 }')" "read: utilisation"
expect_status 0 "$SHAPESIM" run -q -o free four.pcap
# fails_for DIR DEMAND MESSAGE: it has nothing to be held against
fails_for() {
    expect_status 1 "$SHAPESIM" verify "$1" --want "$2"
    expect_equal "$2" "shapesim: summary.json: $3" "$(cat err)"
}
fails_for free 'burst<=1MB' 'burst: no direction with a limit was offered bytes'
expect_status 1 "$SHAPESIM" verify free --min-utilisation 1
expect_equal "without a limit" \
    'shapesim: summary.json: utilisation: no direction with a limit was offered bytes' "$(cat err)"
fails_for four 'web.p99<=1s' 'group web: p99: no such group in this run, which has all'
fails_for four 'write.p99<=1s' 'write: p99: no bytes were offered'
fails_for four 'response.p99<=1s' 'response.p99: no group with a limit had an exchange'
fails_for four 'jain@3ticks>=0' 'group all: read: jain over 300 ms (3 ticks): no such window was measured; '\
'measured are 100 ms (1 tick), 200 ms (2 ticks), 500 ms (5 ticks), 1 s (10 ticks), 2 s (20 ticks)'
# One flow has nobody to contend with.
expect_status 0 "$SHAPESIM" trace synth --flows 1 --rate 400kbit --duration 1s -o one.pcap
expect_status 0 "$SHAPESIM" run -q -o one one.pcap --rate 200kbit --tick 100ms
expect_status 0 "$SHAPESIM" verify one --min-jain 1 --want 'lag<=0' --want 'read.jain-least@3ticks>=1'
expect_equal "no contention" 3 "$(grep -cE '^--.* never contended \(all read\) .* holds$' out)"
expect_status 2 "$SHAPESIM" run one.pcap --group 'name=web.read,rate=1mbit'
expect_match "a group called as a direction" "--want reads 'read' before a figure .* like web.read-group" err

# --- as JSON, against another run, misuse ----------------------------------------------------------

expect_status 0 "$SHAPESIM" verify four --max-burst 1MiB
rows=$(grep -cE ' (holds|fails|skipped)$' out)
expect_status 0 "$SHAPESIM" verify four --max-burst 1MiB --json
expect_equal "as many objects as rows" "$rows" "$(grep -cE '"verdict": "(holds|skipped)"' out)"
for key in check figure bound verdict message; do
    expect_equal "each has $key" "$rows" "$(grep -c "\"$key\": \"" out)"
done
expect_status 0 "$SHAPESIM" verify four --against four
expect_match "the same" "^--against .* holds" out
expect_status 1 "$SHAPESIM" verify four --against good
expect_match "another run" "^shapesim: four/ticks.csv: row 1, " err
# Want of memory says nothing of the runs: of all allocations the last are those of the comparison.
against_without() {
    FAULT=allocation=$1 FAULT_REPORT=report LD_PRELOAD=$FAULT_LIBRARY "$SHAPESIM" verify four --against four \
        >out 2>err
    status=$?
}
against_without 1000000
read -r allocations _ <report
refused=0
for ((n = allocations - 40; n <= allocations; n++)); do
    against_without $n
    [ $status -eq 0 ] && continue
    refused=$((refused + 1))
    expect_equal "without allocation $n: exit status" 1 $status
    expect_match "without allocation $n" "^shapesim: .*out of memory" err
    expect_equal "without allocation $n: the table" "" "$(cat out)"
done
[ $refused -gt 10 ] || fail "only $refused of the last allocations are needed"
expect_status 2 "$SHAPESIM" verify
expect_status 2 "$SHAPESIM" verify four good
for demand in '--min-jain 1.000001' '--min-jain x' '--min-utilisation 101' '--max-burst 3s' \
    '--max-p99-delay 3' '--want p99' '--want p99<=3' '--want read.response.p99<=3s' '--min-jain 1@3' \
    '--junit -'; do
    # shellcheck disable=SC2086
    expect_status 2 "$SHAPESIM" verify four $demand
    expect_match "$demand" "^shapesim: ${demand% *} " err
done
finish
