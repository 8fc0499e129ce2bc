#!/bin/bash
# Draws runs of all sizes with plots/draw and checks the figures, the silence and the errors.
. "$(dirname "$0")/lib.sh"
draw=$root/plots/draw

# drawn DIR OUT [GROUP]: must succeed without a word
drawn() {
    local said status
    said=$("$draw" "$@" 2>&1)
    status=$?
    [ $status -eq 0 ] || bad "draw $* exits with $status"
    [ -z "$said" ] || bad "draw $* says: $said"
    [ -s "$2" ] || bad "draw $* leaves no file"
}

# begins FILE BYTES: in hexadecimal
begins() {
    [ "$(head -c $((${#2} / 2)) "$1" | od -A n -t x1 | tr -d ' \n')" = "$2" ] ||
        bad "${1##*/} does not begin like its format"
}

run tiny "$root/traces/dns.pcap" --rate 1mbit --tick 1s --max-time 2s
run single "$root/traces/dns.pcap" --rate 1mbit --tick 10s
run typical "$root/traces/web.pcap" --rate 4mbit --tick 10ms --burst 64KiB --count payload
run large "$root/traces/bulk.pcap" --rate 1mbit --tick 1ms
run idle "$root/traces/interactive.pcap" --rate 64kbit --tick 100ms --idle-ticks skip
run oneway "$root/traces/web.pcap" --write-rate 4mbit --tick 10ms --count payload
run nothing "$root/traces/web.pcap"
run groups "$root/traces/ipv6.pcap" --group 'name=web_1,match=tcp port 80,rate=2mbit,tick=10ms,burst=32KiB' \
    --group 'name=dns,match=udp port 53,rate=32kbit,tick=20ms,burst=1KiB' \
    --read-rate 100kbit --write-rate 1mbit --tick 50ms

for name in tiny single typical large idle oneway groups; do
    for format in svg png pdf; do
        drawn "$work/$name" "$work/$name.$format"
    done
    begins "$work/$name.svg" 3c3f786d6c # <?xml
    grep -q '^</svg>' "$work/$name.svg" || bad "$name.svg is cut off"
    begins "$work/$name.png" 89504e470d0a1a0a
    begins "$work/$name.pdf" 255044462d # %PDF-
done

texts "$work/tiny.svg" 'Group all: read and write' 'read bucket (kB)' 'write bucket (kB)' 'passed so far (kB)' \
    'time (s)' \
    'burst 125 kB' 'allowance: 125 kB + 125 kB/tick'
texts "$work/single.svg" 'Group all: read and write (a single tick)'
texts "$work/typical.svg" 'Group all: read and write' 'read bucket (kB)' 'write bucket (kB)' 'passed so far (MB)' \
    'time (s)' \
    'after the refill' 'spent between' 'burst 65.54 kB' 'allowance: 65.54 kB + 5 kB/tick' 'read 8.47 kB' \
    'written 4.937 MB'
grep -q ">at the tick.*s end<" "$work/typical.svg" || bad "typical.svg lacks the key's entry for the tick's end"
texts "$work/idle.svg" 'Group all: read and write (idle ticks left out)'
texts "$work/oneway.svg" 'Group all: write (read has no limit)' 'write bucket (kB)' 'written 4.937 MB'
grep -q '>read bucket' "$work/oneway.svg" && bad 'oneway.svg shows a bucket without limit'
grep -q '>lowest to highest in [0-9]* ticks<' "$work/large.svg" ||
    bad 'large.svg does not say how many ticks a dot stands for'
[ "$(wc -c <"$work/large.svg")" -lt 1000000 ] || bad 'large.svg grows with the number of ticks'

# Each group, by name; the first row's without one. Limits differ by direction in "all".
texts "$work/groups.svg" "Group $(sed -n 2p "$work/groups/ticks.csv" | cut -d, -f3): read and write"
drawn "$work/groups" "$work/dns.svg" dns
texts "$work/dns.svg" 'Group dns: read and write' 'burst 1.024 kB' 'allowance: 1.024 kB + 80 B/tick'
drawn "$work/groups" "$work/all.svg" all
texts "$work/all.svg" 'Group all: read and write' 'burst 625 B' 'burst 6.25 kB' \
    'its allowance: 625 B + 625 B/tick' 'its allowance: 6.25 kB + 6.25 kB/tick'
drawn "$work/groups" "$work/again.svg" all
cmp -s "$work/all.svg" "$work/again.svg" || bad 'the same figure twice differs'

# By hand, with no limits given, and with none needed but ticks.csv.
mkdir "$work/alone"
cp "$work/typical/ticks.csv" "$work/alone"
by_hand bucket.gp "$work/alone" "$work/alone.svg"
texts "$work/alone.svg" '(burst not given)' '(allowance not given)'
grep -q '>burst [0-9]\|>allowance:' "$work/alone.svg" && bad 'alone.svg shows limits that were not given'

# Columns are found by their names, wherever they stand.
mkdir "$work/moved"
cp "$work/typical/summary.json" "$work/moved"
awk -F , -v OFS=, '{ for (i = NF; i > 1; i--) printf "%s,", $i; print $1 }' \
    "$work/typical/ticks.csv" >"$work/moved/ticks.csv"
drawn "$work/moved" "$work/moved.svg"
cmp -s "$work/typical.svg" "$work/moved.svg" || bad 'the order of the columns matters'

# Names that a shell or gnuplot might take for something else.
# shellcheck disable=SC2016 # nothing is to be expanded
for name in 'two words' "it's" 'a "quoted" one' '$HOME $(touch broken)' '`touch broken`' '-x' '<touch broken' \
    '|touch broken' \
    '~' '@x' 'a=b' 'a\b' '{Bold_x}^2' 'ü%d'; do
    cp -r -- typical "$name"
    "$draw" "$name" "$name.svg" >said 2>&1 || bad "draw fails for '$name'"
    [ ! -s said ] || bad "draw says for '$name': $(cat said)"
    cmp -s typical.svg "./$name.svg" || bad "draw makes another figure for '$name'"
    [ ! -e broken ] || bad "something of '$name' was run"
done
[ -z "$(find . -name '.draw.*')" ] || bad 'temporary files are left'

# What cannot be drawn, and what is said then. Nothing is left behind, and what was there stays.
echo old >kept.svg
refused 1 'cannot read missing/ticks.csv' "$draw" missing kept.svg
refused 1 "no limits of a group 'nobody'" "$draw" groups kept.svg nobody
refused 1 'nothing/ticks.csv has no ticks to draw' "$draw" nothing kept.svg
refused 2 'must end in .svg, .png or .pdf' "$draw" typical kept.gif
refused 2 'usage: draw' "$draw" typical
refused 1 'cannot write to the directory of' "$draw" typical missing/out.svg
mkdir folder.svg
refused 1 'is a directory' "$draw" typical folder.svg
make_paths_without_gnuplot
refused 1 'gnuplot is not installed' env PATH="$work/empty" "$BASH" "$draw" typical kept.svg
refused 1 'gnuplot 5.0 is too old' env PATH="$work/old:$PATH" "$draw" typical kept.svg
[ "$(cat kept.svg)" = old ] || bad 'a failure touches the figure that was there'
[ -z "$(find . -name '.draw.*')" ] || bad 'a failure leaves temporary files'

finish figures
