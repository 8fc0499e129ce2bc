#!/bin/bash
# Draws runs of all sizes by hand, with gnuplot on the scripts of plots/, and checks the figures, the silence and the
# errors.
. "$(dirname "$0")/lib.sh"

figures='bucket level passed backlog rate fairness service lag burst delay response flows'

# draws RUN FIGURE...: of all figures of a run, these have something to show, as RUN-FIGURE.svg
draws() {
    local name=$1 said figure
    shift
    mkdir "$name-drawn"
    said=$(LC_ALL=C.UTF-8 gnuplot -d -c "$root/plots/report.gp" "$name" "$name-drawn" svg "$figures" none '' 2>&1) ||
        bad "the figures of $name fail"
    [ -z "$said" ] || bad "the figures of $name say: $said"
    [ "$(find "$name-drawn" -type f -printf '%f\n' | sort)" = "$([ $# -eq 0 ] || printf '%s.svg\n' "$@" | sort)" ] ||
        bad "$name has other figures than $*: $(find "$name-drawn" -type f -printf '%f ')"
    for figure; do
        mv "$name-drawn/$figure.svg" "$name-$figure.svg"
        grep -q '^</svg>' "$name-$figure.svg" || bad "$name-$figure.svg is cut off"
    done
}

# begins FILE BYTES: in hexadecimal
begins() {
    [ "$(head -c $((${#2} / 2)) "$1" | od -A n -t x1 | tr -d ' \n')" = "$2" ] ||
        bad "${1##*/} does not begin like its format"
}

# complains MESSAGE SCRIPT ARGUMENT...: gnuplot fails and says so
complains() {
    local message=$1 said
    shift
    said=$(LC_ALL=C.UTF-8 gnuplot -d -c "$root/plots/$1" "${@:2}" 2>&1) && bad "$* succeeds"
    [[ $said == *"$message"* ]] || bad "$* says '$said', not '$message'"
}

run tiny "$root/traces/dns.pcap" --rate 1mbit --tick 1s --max-time 2s
run typical "$root/traces/web.pcap" --rate 4mbit --tick 10ms --burst 64KiB --count payload
run large "$root/traces/bulk.pcap" --rate 1mbit --tick 1ms
run idle "$root/traces/interactive.pcap" --rate 64kbit --tick 100ms --idle-ticks skip
run oneway "$root/traces/web.pcap" --write-rate 4mbit --tick 10ms --count payload
run perflow "$root/traces/web.pcap" --flow-rate 1mbit --flow-tick 10ms
run module "$root/traces/web.pcap" --via ratelimit=100 # alone it has ticks; with a group that no flow meets, not
run beside "$root/traces/web.pcap" --via ratelimit=100 --group 'name=none,match=udp port 9,rate=1mbit'
run nothing "$root/traces/dns.pcap"
run groups "$root/traces/ipv6.pcap" --group 'name=web_1,match=tcp port 80,rate=2mbit,tick=10ms,burst=32KiB' \
    --group 'name=dns,match=udp port 53,rate=32kbit,tick=20ms,burst=1KiB' \
    --read-rate 100kbit --write-rate 1mbit --tick 50ms

draws tiny bucket level passed rate burst response flows
draws typical bucket level passed backlog rate fairness service lag burst delay response flows
draws large bucket level passed backlog rate fairness service lag burst delay response flows
draws idle bucket level passed backlog rate burst delay response flows
draws oneway bucket level passed backlog rate fairness service lag burst delay response flows
draws perflow bucket level passed backlog rate fairness service lag delay response flows
draws module bucket passed backlog rate fairness service lag delay response flows
draws beside backlog delay response flows
draws nothing response flows
draws groups bucket level passed backlog rate fairness service lag burst delay response flows

texts typical-bucket.svg 'Bucket of group all' 'group all, read (lowest to highest of 4 ticks)' 'after the refill' \
    "at the tick's end" 'burst 65.54 kB' 'bucket (kB)' 'so far (MB)' 'time (s)' 'read 8.47 kB' 'written 4.937 MB'
texts typical-passed.svg 'delivered 4.937 MB' 'offered 4.937 MB' 'so far (MB)'
texts typical-service.svg 'flows, the largest first' 'per contended tick (B)'
grep -q '>max-min share, mean [0-9.]* k*B<' typical-service.svg || bad 'service does not name its reference'
texts typical-burst.svg 'group all, write; configured: 5 kB per tick, burst 65.54 kB'
texts typical-rate.svg '192.0.2.11:54784: 21 %' 'rate (kB/s)' 'limit 500 kB/s'
grep -q '>[0-9]* others: [0-9.]* %<' typical-rate.svg || bad 'the rest of the flows is not named'
texts typical-delay.svg 'delay of a packet' 'group all (3477 packets)' '1 s' '10 ms'
texts module-delay.svg 'no group (3159 packets)'
texts module-backlog.svg 'Backlog, and the delays under it' 'waiting, at most 1.35 MB'
texts module-passed.svg 'offered 4.486 MB' 'delivered 4.486 MB'
texts beside-backlog.svg 'Delays over time' 'no group, write' 'most in a second' 'delay (s)'
# Each second of the first 100 has its points, the first one too; each key shows one more.
seconds=$(awk -F , '$1 == "all" && $2 == "write"' typical/delays_time.csv | wc -l)
[ "$(grep -c "<use xlink:href='#gpPt6'" typical-backlog.svg)" -eq $((3 * seconds + 3)) ] ||
    bad 'typical-backlog.svg does not show the delays of every second'
# one_row SVG TEXT...: the texts, which are of one key, stand beside each other
one_row() {
    local svg=$1 text
    shift
    [ "$(for text; do
        awk -v text=">$text<" '
            /translate\(/ { split($0, part, /translate\(|[,)]/) }
            index($0, text) { print part[3]; exit }' "$svg"
    done | sort -u | wc -l)" -eq 1 ] || bad "the key of $svg is broken: $*"
}
one_row typical-backlog.svg 'most in a second' p99 p50
one_row typical-level.svg 'after the refill' "at the tick's end" 'burst 65.54 kB'
# Axes of few decades have more tics than one a decade.
texts idle-flows.svg '20 s' '30 s' '1 min' 'group all (1 flow)'
texts typical-burst.svg '2 kB' '5 kB' '10 kB' '20 kB'
# What two ranges fill differs, and so do two curves in grey.
for colour in '168, 207, 230' '217, 235, 246'; do
    grep -q "fill = 'rgb($colour)'" large-level.svg || bad "large-level.svg fills nothing with $colour"
done
for colour in ' 86, 180, 233' '  0, 114, 178'; do
    grep -q "stroke='rgb($colour)'" typical-response.svg || bad "typical-response.svg has no curve of $colour"
done
texts perflow-level.svg 'group all, write, buckets of flows (lowest to highest of 12 ticks)' 'burst 1.25 kB'
grep -q '>group all, read' oneway-level.svg && bad 'oneway-level.svg shows a bucket without limit'
[ "$(wc -c <large-level.svg)" -lt 300000 ] || bad 'large-level.svg grows with the number of ticks'

# As characters, however wide: each text of the picture but its numbers stands whole in one of 60 and of 100 columns.
for figure in $figures; do
    grep -o '<text>[^<]*[a-z][^<]*</text>' "groups-$figure.svg" | sed 's/<[^>]*>//g; s/&#39;/'"'"'/g' |
        grep -vE '^[0-9.]+ [A-Za-z]+$' >shown
    for columns in 60 100; do
        LC_ALL=C.UTF-8 gnuplot -d -e "report_columns = $columns" -c "$root/plots/$figure.gp" groups - 2>&1 |
            tr -d '\f' >characters
        [ "$(wc -L <characters)" -eq $columns ] || bad "$figure of $columns columns is as wide as $(wc -L <characters)"
        tr -s ' \n' ' ' <characters >one_line
        while IFS= read -r text; do
            grep -qF -- "$text" one_line || bad "$figure of $columns columns lacks '$text'"
        done <shown
    done
done

for figure in bucket level passed backlog rate fairness service lag burst delay; do
    complains "$figure: nothing to draw in ./nothing: " "$figure.gp" nothing out.svg
done

# The other formats, each group by name, the same figure twice.
for format in png pdf; do
    by_hand bucket.gp typical "typical.$format"
done
begins typical.png 89504e470d0a1a0a
begins typical.pdf 255044462d # %PDF-
begins typical-bucket.svg 3c3f786d6c # <?xml
by_hand bucket.gp groups dns.svg dns
texts dns.svg 'Bucket of group dns' 'burst 1.024 kB'
by_hand bucket.gp typical typical.svg
by_hand bucket.gp typical again.svg
cmp -s typical.svg again.svg || bad 'the same figure twice differs'

# Columns are found by their names, wherever they stand.
mkdir moved
cp typical/* moved
for file in typical/*.csv; do
    awk -F , -v OFS=, '{ for (i = NF; i > 1; i--) printf "%s,", $i; print $1 }' "$file" >"moved/${file##*/}"
done
draws moved bucket level passed backlog rate fairness service lag burst delay response flows
for figure in bucket backlog rate service lag burst delay; do
    cmp -s "typical-$figure.svg" "moved-$figure.svg" || bad "the order of the columns matters to $figure"
done

# Compressed files are drawn as others are; a name may have a quote. What the run has not kept is named.
if command -v zstd >/dev/null; then
    run "it's packed" "$root/traces/web.pcap" --rate 4mbit --tick 10ms --burst 64KiB --count payload --compress
    draws "it's packed" bucket level passed backlog rate fairness service lag burst delay response flows
    for figure in $figures; do
        cmp -s "typical-$figure.svg" "it's packed-$figure.svg" || bad "$figure of compressed files is another"
    done
fi
run fewer "$root/traces/web.pcap" --rate 4mbit --tick 10ms --burst 64KiB --count payload --files tables
draws fewer fairness service lag burst delay response flows
complains 'level: nothing to draw in ./fewer: the run has not kept ticks.csv' level.gp fewer out.svg
said=$("$SHAPESIM" report fewer --format svg 2>&1 >/dev/null)
expected='shapesim: level, passed, backlog and rate are not drawn: the run has not kept ticks.csv (--files tables)'
[ "$said" = "$expected" ] ||
    bad "the report of fewer files says: $said"

# What the program thins is drawn like the file itself, where bins are the same ticks.
"$SHAPESIM" report large --format svg --quiet || bad 'report'
# The two differ in what gnuplot has drawn before, which is in lines without anything to see.
for figure in level passed backlog rate burst delay; do
    cmp -s <(seen "large-$figure.svg") <(seen "large/report/$figure.svg") ||
        bad "the thinned files of $figure are drawn differently"
done

# Names that a shell or gnuplot might take for something else.
# shellcheck disable=SC2016 # nothing is to be expanded
for name in 'two words' "it's" 'a "quoted" one' '$HOME $(touch broken)' '`touch broken`' '<touch broken' \
    '|touch broken' '~' '@x' 'a=b' 'a\b' '{Bold_x}^2' 'ü%d'; do
    cp -r -- typical "$name"
    by_hand bucket.gp "$name" "$name.svg"
    cmp -s typical.svg "./$name.svg" || bad "another figure for '$name'"
    [ ! -e broken ] || bad "something of '$name' was run"
done

# What has no rows is not drawn, without a word.
run unrecorded "$root/traces/web.pcap" --flow-rate 1mbit --flow-tick 10ms --flow-ticks 0
cp -r typical unanswered
sed -i 2,\$d unanswered/exchanges.csv
draws unrecorded bucket passed backlog rate fairness service lag delay response flows
draws unanswered bucket level passed backlog rate fairness service lag burst delay flows

# What cannot be drawn, and what is said then.
complains 'missing/summary.json names no groups' level.gp missing out.svg
complains "no tick of group 'nobody' passed bytes" bucket.gp groups out.svg nobody
complains 'must end in .svg, .png or .pdf' level.gp typical out.gif
complains 'usage: gnuplot -c level.gp DIR OUT.svg|png|pdf' level.gp typical

finish figures
