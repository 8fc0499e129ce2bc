#!/usr/bin/env bash
# shapesim verify: green on what shapesim writes, red when one field of one row is changed by one,
# and the list of columns in which nothing but the file's hash tells that.
. "$(dirname "$0")/lib.sh"

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
}

for capture in "$traces"/*.pcap; do
    name=${capture##*/}
    in_background "$name" green_capture "$capture"
done
wait_for_all

# Flows chosen from a pipe, a false end of file, the wall's clock, a trace of which nothing is left.
green - --rate 2mbit --tick 10ms --flow-ticks 3 <"$traces/web.pcap"
green "$traces/web.pcap" --rate 200kbit --tick 10ms --min-share 0 --transport socket --flow-ticks all
expect_match "false ends of file" ',eof,' files/flows.csv
green "$traces/web.pcap" --rate 8mbit --tick 100ms --clock real --max-time 500ms --flow-ticks all
expect_match "the wall's clock" "clock, where ticks come late" out
green "$traces/web.pcap" --rate 8mbit --filter 'udp port 1'

# --- one field, changed by one --------------------------------------------------------------------

# A limit of the group, of each flow, every kind of event, all flows recorded; nobody closes.
expect_status 0 "$SHAPESIM" trace synth --source poisson --flows 5 --duration 2s --rate 100kbit \
    --direction both --protocol udp --spread 1s -o trace.pcap
expect_status 0 "$SHAPESIM" run -q -o good trace.pcap --rate 30kB/s --tick 100ms --flow-rate 15kB/s \
    --flow-ticks all --initial-tokens 100 --background group=all,write=1kB/s \
    --at 550ms:group=all,rate=40kB/s,burst=6kB,min-share=100 \
    --at 1.05s:group=all,decrement-read=300 --at 1.25s:group=all,reset-totals
expect_status 0 "$SHAPESIM" verify good
mkdir bad

# change FILE ROW COLUMN BY: bad/FILE is good/FILE with one field changed: a number by BY, a time by
# so many microseconds, an address likewise, a word to another one.
change() {
    awk -F, -v OFS=, -v row="$2" -v column="$3" -v by="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        NR == row + 1 {
            k = at[column]; address = $k
            if (gsub(/\./, ".", address) == 3) {
                match($k, /[0-9]+$/)
                $k = substr($k, 1, RSTART - 1) (substr($k, RSTART) + by)
            } else if ($k ~ /^-?[0-9]+\.[0-9]+$/) $k = sprintf("%.6f", $k + by / 1000000)
            else if ($k ~ /^-?[0-9]+$/) $k += by
            else if (column == "protocol") $k = $k == "udp" ? "sctp" : "udp"
            else if (column == "close") $k = $k == "end" ? "idle" : "end"
            else $k = $k "x"
        }
        { print }' "good/$1" >"bad/$1"
    cmp -s "good/$1" "bad/$1" && fail "$1 row $2, $3 by $4: nothing was changed"
}

# Leaves the columns in which some change was not found, a line each, in `missed`.
tamper_columns() {
    local file column rows row by
    for file in ticks.csv flow_ticks.csv flows.csv events.csv; do
        rows=$(($(wc -l <"good/$file") - 1))
        for column in $(head -n 1 "good/$file" | tr , ' '); do
            for by in 1 -1; do
                for row in $((rows / 2)) $((2 * rows / 3)); do
                    rm -f bad/* && cp good/* bad && change "$file" "$row" "$column" "$by"
                    if "$SHAPESIM" verify --no-hashes bad >out 2>err; then
                        printf '%s %s\n' "$file" "$column" >>missed
                    else
                        expect_equal "$file row $row, $column by $by" "1 1" "$? $(wc -l <err)"
                    fi
                done
            done
            "$SHAPESIM" verify bad >out 2>err && fail "$file $column: the hash did not tell"
            grep -q "^    $file: its XXH3-128 is" out || fail "$file $column: the hash does not tell"
        done
    done
}

# What these say is known from the trace alone: who talked, when within a tick, how it ended; largest
# backlogs and delays are held to ranges.
touch missed
tamper_columns
undetermined=$(list protocol initiator_address initiator_port responder_address responder_port start_s \
    end_s max_read_backlog_bytes max_write_backlog_bytes read_delay_p50_s read_delay_p99_s \
    read_delay_max_s write_delay_p50_s write_delay_p99_s write_delay_max_s | sed 's/^/flows.csv /')
expect_equal "columns that nothing else determines" "$undetermined" "$(uniq missed)"
printf 'columns that nothing else determines:\n%s\n' "$undetermined"

# Every number of summary.json: counts by one, others by a hundredth. What is left is the trace's, or
# is held to a range.
rm -f bad/* && cp good/* bad
: >missed
while IFS=: read -r line _; do
    awk -v line="$line" '
        NR == line {
            match($0, /-?[0-9.]+,?$/)
            text = substr($0, RSTART)
            number = text ~ /\./ ? sprintf("%.15g", (text + 0) * 1.01 + 0.01) : text + 1
            $0 = substr($0, 1, RSTART - 1) number (text ~ /,$/ ? "," : "")
        }
        { print }' good/summary.json >bad/summary.json
    cmp -s good/summary.json bad/summary.json && fail "summary.json line $line: nothing was changed"
    if "$SHAPESIM" verify bad >out 2>err; then
        sed -n "${line}s/^ *\"\\(.*\\)\":.*/\\1/p" good/summary.json >>missed
    else
        expect_equal "summary.json line $line" "1 1" "$? $(wc -l <err)"
    fi
done < <(grep -nE '": -?[0-9.]+,?$' good/summary.json)
undetermined=$(list backward_timestamps contended_ticks delay_p50_s duration_s end_s jain_one_tick_mean \
    jain_one_tick_min jain_run peak_backlog_bytes removed_by_max_gap_s shortened_gaps)
expect_equal "figures of summary.json that nothing else determines" "$undetermined" \
    "$(sort -u missed)"
printf 'figures of summary.json that nothing else determines:\n%s\n' "$undetermined"

# --- fairness.csv and burst.csv, made here from ticks.csv ------------------------------------------

# Windows of 1 and 5 ticks and the run, as if the flows in them had got all that passed.
fairness_csv() {
    columns good/ticks.csv tick read_bytes | awk '
        function row(tick, ticks, bytes) {
            printf "%.6f,%d,all,read,%d,2,1,%d,0.750000000\n", tick / 10, tick, ticks, bytes
        }
        BEGIN { print "time_s,tick,group,direction,window_ticks,flows,limited_flows,bytes,jain" }
        { sum += $2; five += $2; row($1, 1, $2)
          if ($1 % 5 == 4) { row($1 - 4, 5, five); five = 0 } }
        END { row(0, NR, sum) }'
}

# Depths at 3000 B/tick, largest sums of 1 and 10 ticks, the longest run of ticks with bytes.
burst_csv() {
    columns good/ticks.csv written_bytes write_backlog_bytes | awk '
        function take(stream, bytes) {
            q[stream] = (q[stream] > 3000 ? q[stream] - 3000 : 0) + bytes
            if (q[stream] > sigma[stream]) sigma[stream] = q[stream]
            if (bytes > peak[stream]) peak[stream] = bytes
            ten[stream] += bytes - kept[stream, NR % 10]; kept[stream, NR % 10] = bytes
            if (ten[stream] > most[stream]) most[stream] = ten[stream]
            run[stream] = bytes ? run[stream] + 1 : 0; held[stream] = bytes ? held[stream] + bytes : 0
            if (run[stream] > longest[stream]) { longest[stream] = run[stream]; long[stream] = held[stream] }
        }
        BEGIN { print "group,flow,direction,stream,measure,x,bytes" }
        { take("delivered", $1); take("offered", $1 + $2 - before); before = $2 }
        END { for (stream in q) {
            head = "all,,write," stream
            print head ",sigma,3000," sigma[stream]; print head ",peak,1," peak[stream]
            print head ",peak,10," most[stream]; print head ",longest," longest[stream] "," long[stream]
            print head ",burst_for_delay,0," sigma[stream]
            print "all,3,write," stream ",peak,1,1000" } }'
}

mkdir metrics && cp good/* metrics && fairness_csv >metrics/fairness.csv && burst_csv >metrics/burst.csv
expect_status 0 "$SHAPESIM" verify metrics --no-hashes
expect_match "fairness.csv is checked" "^fairness.csv .* holds" out
expect_match "burst.csv is checked" "^burst.csv .* holds" out

# wrong_metric FILE ROW COLUMN BY REGEX: a field of these changed
wrong_metric() {
    cp metrics/"$1" good/"$1"
    rm -f bad/* && cp metrics/* bad && change "$1" "$2" "$3" "$4"
    rm good/"$1"
    expect_status 1 "$SHAPESIM" verify bad --no-hashes
    expect_match "$1 row $2, $3 by $4" "^shapesim: $1: row $2, .*($5)" err
}
while read -r file row column by regex; do
    wrong_metric "$file" "$row" "$column" "$by" "$regex"
done <<'END'
fairness.csv 11 time_s 1 tick x
fairness.csv 11 tick 1 tick
fairness.csv 11 window_ticks 2 window
fairness.csv 12 window_ticks 2 window
fairness.csv 11 flows -2 at least one
fairness.csv 11 limited_flows 2 some of
fairness.csv 11 bytes 1 more than passed
fairness.csv 12 bytes 1 more than passed
fairness.csv 11 group 1 no window
fairness.csv 11 direction 1 neither
fairness.csv 11 jain 300000 from 1 / flows
burst.csv 1 bytes 1 ticks.csv has
burst.csv 2 bytes -1 ticks.csv has
burst.csv 3 bytes 1 ticks.csv has
burst.csv 4 bytes 1 ticks.csv has
burst.csv 4 x 1 ticks.csv has
burst.csv 7 bytes 1 ticks.csv has
burst.csv 1 x -1000 ticks.csv has
burst.csv 1 group 1 group
burst.csv 1 direction 1 neither
burst.csv 1 stream 1 offered or delivered
burst.csv 1 measure 1 sigma
burst.csv 6 flow 9 a flow of
burst.csv 6 bytes 99999999 in all
END

# --- columns, events and files to come --------------------------------------------------------------

rm -f bad/* && cp good/* bad
for file in ticks.csv flow_ticks.csv flows.csv; do
    sed 's/$/,1/; 1s/,1$/,more/' "good/$file" >"bad/$file"
done
sed 's/$/,/; 1s/$/flow/; 3a 0.000000,0,all,something-else,,,,,,,,,,7' good/events.csv >bad/events.csv
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

for file in ticks.csv flow_ticks.csv flows.csv events.csv; do
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
echo '[]' >bad/summary.json && red "another summary" "summary.json: .*no object"
echo '{}' >bad/summary.json && red "an empty summary" "summary.json: command"
fresh && touch bad/ticks.csv.part && red "a run that goes on" "ticks.csv.part: .*interrupted"
fresh && cp bad/ticks.csv bad/more.csv && red "a file more" "more.csv: not among"
fresh && sed -i '/"files"/,/}/d' bad/summary.json && red "no hashes" "no-hashes"
expect_status 0 "$SHAPESIM" verify bad --no-hashes
expect_match "hashes left out" "not compared: --no-hashes" out
rm -rf bad && red "no directory" "bad: No such file or directory"

# --- demands: the figure itself, and one past it ---------------------------------------------------

expect_status 0 "$SHAPESIM" trace synth --flows 4 --rate 400kbit --duration 2s -o four.pcap
expect_status 0 "$SHAPESIM" run -q -o four four.pcap --rate 1mbit --tick 100ms
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

jain=$(in_summary jain_run)
demand four --min-jain "$(awk -v x="$jain" 'BEGIN { printf "%.6f", int(x * 1000000) / 1000000 }')" \
    "$(awk -v x="$jain" 'BEGIN { printf "%.6f", (int(x * 1000000) + 1) / 1000000 }')" jain_run
p99=$(in_summary delay_p99_s)
demand four --max-p99-delay "${p99}s" "$(awk -v x="$p99" 'BEGIN { printf "%.6fs", x - 0.000001 }')" delay_p99_s
# 12500 B a tick: what any k ticks carry beyond rate x (k - 1) is the largest backlog of a bucket that
# takes the ticks' bytes and is emptied at the rate.
sigma=$(columns four/ticks.csv read_bytes |
    awk '{ q = (q > 12500 ? q - 12500 : 0) + $1; if (q > most) most = q } END { print most }')
demand four --max-burst "$sigma" $((sigma - 1)) "burst of $sigma B"
expect_status 0 "$SHAPESIM" run -q -o half four.pcap --rate 3mbit --tick 100ms
used=$(columns half/ticks.csv read_bytes |
    awk '{ sum += $1 } END { printf "%.6f", int(sum / 37500 / NR * 100000000) / 1000000 }')
demand half --min-utilisation "$used%" "$(awk -v x="$used" 'BEGIN { printf "%.6f", x + 0.000001 }')" "carries"
expect_status 0 "$SHAPESIM" run -q -o free four.pcap
expect_status 0 "$SHAPESIM" verify free --max-burst 0 --min-utilisation 100
expect_match "nothing to hold it against" "no group has such a figure" out

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
expect_status 2 "$SHAPESIM" verify
expect_status 2 "$SHAPESIM" verify four good
for demand in '--min-jain 1.000001' '--min-jain x' '--min-utilisation 101' '--max-burst 3s' \
    '--max-p99-delay 3'; do
    # shellcheck disable=SC2086
    expect_status 2 "$SHAPESIM" verify four $demand
    expect_match "$demand" "^shapesim: ${demand% *} " err
done
finish
