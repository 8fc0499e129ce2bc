#!/bin/bash
# `shapesim report` on runs of all sizes and on a sweep: the figures, the page, the silence, the errors.
. "$(dirname "$0")/lib.sh"

# plots SVG NUMBER: that many things are plotted in all its panels
plots() {
    local got
    got=$(grep -c 'id="gnuplot_plot_' "$1")
    [ "$got" -eq "$2" ] || bad "$1 plots $got things, not $2"
}

# page DIR FIGURE...: the page is whole and has these figures and no others
page() {
    local html=$1/report/index.html
    shift
    [ "$(grep -o '<figure id="[a-z]*"' "$html" | cut -d '"' -f 2 | paste -sd ' ')" = "$*" ] ||
        bad "$html has other figures than $*"
    tail -n 1 "$html" | grep -q '</html>$' || bad "$html is cut off"
    [ "$(wc -c <"$html")" -lt 1000000 ] || bad "$html is above 1 MB"
    grep -Eq 'https?://|<script [^>]|url\([^#]' <(grep -v 'xmlns\|www.w3.org' "$html") &&
        bad "$html wants something from elsewhere"
    [ "$(grep -c '<script' "$html")" -eq 1 ] || bad "$html has other scripts"
    grep -q "Content-Security-Policy\" content=\"default-src 'none'; " "$html" || bad "$html allows anything"
    grep -q unsafe "$html" && bad "$html allows what is unsafe"
    [ "$(grep -o "id=['\"][^'\"]*['\"]" "$html" | grep -v 'gnuplot_plot' | sort | uniq -d)" = '' ] ||
        bad "$html has an id twice: $(grep -o "id=['\"][^'\"]*['\"]" "$html" | sort | uniq -d | head -n 3)"
}

"$SHAPESIM" trace synth --flows 1 --packet 100 --rate 8kbit --duration 50ms -o tiny.pcap || bad 'tiny.pcap'
"$SHAPESIM" trace synth --flows 2000 --rate 4kbit --packet 500 --duration 10s --spread 1s \
    --direction write -o huge.pcap ||
    bad 'huge.pcap'
run tiny tiny.pcap --rate 1mbit --tick 1s
run typical "$root/traces/web.pcap" --rate 12mbit --burst 64KiB --tick 10ms --count payload
run huge huge.pcap --write-rate 9mbit --tick 1ms
run events "$root/traces/web.pcap" --rate 12mbit --tick 10ms --at 1s:group=all,rate=6mbit --count payload \
    --at 2s:group=all,decrement-write=50kB
run groups "$root/traces/ipv6.pcap" --group 'name=web_1,match=tcp port 80,rate=2mbit,tick=10ms,burst=32KiB' \
    --group 'name=d.n-s,match=udp port 53,rate=32kbit,tick=20ms,burst=1KiB' --read-rate 100kbit --write-rate 1mbit \
    --tick 50ms --count payload
run nothing "$root/traces/web.pcap"
run perflow "$root/traces/web.pcap" --flow-rate 1mbit --flow-tick 10ms
run module "$root/traces/web.pcap" --via ratelimit=100
"$SHAPESIM" trace synth --direction write --packet 38400 --rate 384kB/s --duration 100ms -o short.pcap ||
    bad 'short.pcap'
run short short.pcap --via ratelimit=60 # less than a second
run tls "$root/traces/dns.pcap" --rate 1mbit --tick 100ms --transport tls
run skip "$root/traces/interactive.pcap" --rate 64kbit --tick 100ms --idle-ticks skip
run cut "$root/traces/web.pcap" --rate 1mbit --tick 10ms --max-time 2s
cp -r typical before
reported typical
for name in tiny huge events groups nothing tls skip perflow module short cut; do
    reported $name --format svg
done
diff -r before typical >difference
[ "$(cat difference)" = 'Only in typical: report' ] || bad "report changes the run: $(cat difference)"

page tiny level passed rate burst flows
page typical level passed backlog rate fairness service lag burst delay response flows
page huge level passed backlog rate fairness service lag burst delay response flows
page perflow level passed backlog rate fairness service lag delay response flows
page module passed backlog rate fairness service lag delay response flows
page short passed backlog rate delay response flows
page nothing response flows
for figure in level passed backlog rate fairness service lag burst delay; do
    for format in svg png pdf; do
        [ -s typical/report/$figure.$format ] || bad "typical has no $figure.$format"
    done
done
texts typical/report/level.svg 'Bucket level' 'group all, read (lowest to highest of 2 ticks)' 'bucket (kB)' \
    'time (s)' 'after the refill' 'burst 65.54 kB'
texts typical/report/passed.svg 'delivered 4.937 MB' 'offered 4.937 MB' 'allowance 5.625 MB' 'so far (MB)'
texts typical/report/rate.svg '192.0.2.11:54784: 21 %' '35 others: 32.9 %' 'limit 1.5 MB/s' 'rate (MB/s)'
texts typical/report/fairness.svg 'mean of the windows' 'least of the windows' 'length of the window' '100 ms'
texts typical/report/burst.svg 'offered' 'delivered' 'rate, per tick' '100 kB' \
    'group all, write; configured: 15 kB per tick, burst 65.54 kB'
texts typical/report/delay.svg 'group all (3477 packets)' 'delay of a packet' 'packets (%)'
texts typical/report/backlog.svg 'waiting, at most 33.63 kB'
texts groups/report/delay.svg 'group web_1 (840 packets)' 'group d.n-s (13 packets)'
texts events/report/level.svg 'burst 15 kB' \
    'group all, write (lowest to highest of 2 ticks); 1 set-limit, 2 decrement-write'
texts huge/report/rate.svg '1993 others: 99.7 %'
plots typical/report/level.svg 16
plots typical/report/fairness.svg 3
grep -q 'XXH3-128.*[0-9a-f]\{32\}' typical/report/index.html || bad 'the page lacks the hash'
grep -q 'shapesim run web.pcap --rate 12mbit --burst 64KiB --tick 10ms' typical/report/index.html ||
    bad 'the page lacks the command'

# Twice the same, to the byte.
cp -r typical/report first
reported typical
diff -r first typical/report >difference || bad "two reports of one run differ: $(cat difference)"

# Thinned files have as many rows as the picture shows.
for file in ticks flow_ticks delays burst; do
    [ "$(wc -l <huge/report/data/$file.csv)" -le 1000 ] || bad "huge's $file.csv is not thinned"
done

# Names that only a stranger would give.
cp -r tiny strange
sed 's/"shapesim": "/"<script>alert(1)<\/script>": "<img src=x onerror=alert(2)>", &/' \
    tiny/summary.json >strange/summary.json
reported strange --format svg
page strange level passed rate burst flows
grep -q '<dt>&lt;script&gt;alert(1)&lt;/script&gt;</dt><dd>&lt;img src=x onerror=alert(2)&gt;</dd>' \
    strange/report/index.html ||
    bad 'strange names are not shown as they are'

# A check that fails is there to be read, the others are folded away.
cp -r typical failed
rm -r failed/report
awk -F , 'BEGIN { OFS = FS } NR == 2 { $5 += 1000000 } 1' typical/exchanges.csv >failed/exchanges.csv
reported failed --format svg
grep -q '<details><summary><code>shapesim verify</code>: every check holds (1[0-9])' typical/report/index.html ||
    bad 'the checks are not folded away'
grep -q '<details open class="fails"><summary><code>shapesim verify</code>: <strong>a check fails</strong>' \
    failed/report/index.html || bad 'a failing check is folded away'
grep -q 'exchanges.csv: flow 15 (192.0.2.13:49448): its requests have other bytes' failed/report/index.html ||
    bad 'a failing check does not name the flow by its address'

# What pages lead with.
for name in tiny typical events groups nothing tls skip perflow module cut; do
    echo "$name:"
    sed -n '/<div class="answer"/,/<\/div>/p' $name/report/index.html |
        sed "s/<[^>]*>//g; s/&#39;/'/g; s/\xc2\xa0/ /g; /^$/d" | fold -s -w 110 | sed 's/ $//'
done >answers
diff "$root/tests/plots/answers.txt" answers >difference || bad "pages lead with other answers: $(cat difference)"

# The table of flows has those first that waited longest, by their addresses.
grep -o 'data-label="flow">[^<]*<' groups/report/index.html | head -n 2 | cut -d '>' -f 2 | tr -d '<' >got
printf '%s\n' '[2001:db8:0:1::11]:43525 → [2001:db8:0:2::1]:22' '[2001:db8:0:1::17]:44244 → [2001:db8:0:2::1]:80' |
    diff - got >difference || bad "the flows begin with: $(cat difference)"
[ "$(grep -c 'data-label="flow">' groups/report/index.html)" -eq 28 ] || bad 'groups does not have all its flows'
[ "$(grep -c 'data-label="flow">' huge/report/index.html)" -eq 200 ] || bad 'huge has all its flows'
grep -q 'The 200 of 2000 flows that waited longest' huge/report/index.html || bad 'huge does not say what is left out'

# Formats, the terminal.
reported typical --format pdf
[ "$(ls typical/report/*.svg typical/report/*.png 2>/dev/null)" = '' ] || bad '--format pdf leaves others'
[ -s typical/report/level.pdf ] || bad '--format pdf leaves no PDF'
"$SHAPESIM" report typical --terminal fairness >said 2>&1 || bad '--terminal fails'
grep -q 'Fairness against the length of the window' said || bad '--terminal draws no title'
for columns in 60 100; do
    COLUMNS=$columns "$SHAPESIM" report typical --terminal fairness | tr -d '\f' | wc -L >said
    [ "$(cat said)" -eq $columns ] || bad "--terminal is $(cat said) columns wide, not $columns"
done
"$SHAPESIM" report typical --terminal >said 2>&1 || bad '--terminal alone fails'
grep -q 'Bucket level' said || bad '--terminal draws another figure first'

# A sweep, two traces, two keys, a failed run, names that mean something to gnuplot and to HTML.
mkdir sweep
echo 'run,trace,min-share,rate,seed,status,write_throughput_bytes_per_s' >sweep/sweep.csv
printf '%s,%s,%s\n' trace,min-share,rate,n,write_throughput_bytes_per_s_mean \
    write_utilisation_mean,write_utilisation_ci95,write_jain_1_tick_mean,write_jain_1_tick_ci95 \
    write_delay_p99_s_mean,write_grants_mean,write_grants_per_mb_mean \
    >sweep/sweep-summary.csv
n=0
for trace in '"a ""b"" <i>`touch broken`.pcap"' "it's @x {y}_2.pcap"; do
    for share in "'; system('touch broken'); '" '100 %s <b>&lt;' 1500; do
        for rate in 4mbit 8mbit; do
            n=$((n + 1))
            echo "$n,$trace,$share,$rate,1,ok,$((500000 + n))" >>sweep/sweep.csv
            echo "$trace,$share,$rate,3,$((500000 + n)),0.91,,0.82,0.02,0.00$n,$((60000 / n)),$((9000 / n))" \
                >>sweep/sweep-summary.csv
        done
    done
done
echo '99,x.pcap,0,4mbit,1,refused,' >>sweep/sweep.csv
reported sweep
page sweep pareto compare heat
[ ! -e broken ] || bad 'something of a name was run'
grep -q '13 runs, 1 of them failed' sweep/report/index.html || bad 'the page does not count the runs'
grep -q 'a &quot;b&quot; &lt;i&gt;`touch broken`.pcap' sweep/report/index.html || bad 'a name is not escaped'
texts sweep/report/compare.svg '100 %s ..' "'; syst.." 'rate 8mbit' \
    "a 'b' &lt;i>\`touch broken\`.pcap" "it's @x {y}_2.pcap" 'J, 1 tick' 'rate 4mbit'
texts sweep/report/heat.svg '0.82' 'delay p99: from 1 ms to 6 ms, 6 times as long' "'; system('touch b.."
texts sweep/report/pareto.svg 'min-share 100 %s &lt;b>&amp;lt;' "min-share '; system('touch broken'); '" \
    'not beaten in both' 'grants per MB' 'min-share 1500'
plots sweep/report/compare.svg 56

# A real one, also by hand.
"$SHAPESIM" sweep "$root/traces/web.pcap" --rate 8mbit --tick 10ms --vary min-share=64,1500 \
    --seeds 1-2 -q -o swept >said 2>&1 ||
    bad "sweep: $(tail -n 1 said)"
reported swept --format svg
page swept pareto windows responses compare
plots swept/report/compare.svg 16
grep -q '4 runs' swept/report/index.html || bad 'the page does not count the real runs'
by_hand compare.gp swept by-hand.svg
texts by-hand.svg "min-share (64: libevent's default)" 'J, 100 ms' 'utilisation' 'response p99' 'grants per MB'
by_hand windows.gp swept/report by-hand.svg
cmp -s <(seen by-hand.svg) <(seen swept/report/windows.svg) || bad 'windows by hand are drawn differently'
texts by-hand.svg "min-share=64 (libevent's default)" 'min-share=1500'

# Advice: one figure, of its own table. The advised setting is the one with a ring, and one of those that hold.
"$SHAPESIM" advise "$root/traces/web.pcap" --limit direction=write --want 'added.p99<=100ms' --flow-ticks none \
    --exchanges none -q -o advised >said 2>&1 || bad "advise: $(tail -n 1 said)"
reported advised --format svg,png
page advised frontier
grep -q '<td[^>]*>added.p99&lt;=100ms</td>' advised/report/index.html || bad 'the page has no demand'
grep -q 'bufferevent_rate_limit_group_new(base, cfg)' advised/report/index.html || bad 'the page has no C'
texts advised/report/frontier.svg 'What less rate costs' 'response p99 (s)' 'rate (MB/s)' 'misses a demand' advised
plots advised/report/frontier.svg 4
by_hand frontier.gp advised by-hand.svg
sed -i -E '2,$s/,[^,]*,([^,]*)$/,,\1/' advised/advise.csv # as without exchanges
by_hand frontier.gp advised delays.svg
texts delays.svg 'delay p99 of every setting that was tried'

# What cannot be drawn, and what is said then.
cp -r typical half
rm half/summary.json
cp -r half parts
mv parts/ticks.csv parts/ticks.csv.part
make_paths_without_gnuplot
refused 1 'summary.json is missing' "$SHAPESIM" report half
refused 1 'the run did not end' "$SHAPESIM" report parts
refused 1 'No such file or directory' "$SHAPESIM" report nowhere
refused 1 'gnuplot cannot be run; install gnuplot' env PATH="$work/empty" "$SHAPESIM" report before
refused 1 'gnuplot 5.0 is too old' env PATH="$work/old:$PATH" "$SHAPESIM" report before
refused 2 'gif: not one of svg, png, pdf, markdown, latex, csv' "$SHAPESIM" report before --format svg,gif
refused 2 'not a figure of this' "$SHAPESIM" report typical --terminal nothing
refused 2 'no directory' "$SHAPESIM" report
[ ! -e before/report ] && [ ! -e before/report.part ] || bad 'a failure leaves a report'
# A summary that verify refuses, or in which there is nothing that could be drawn.
cp -r typical odd
rm -rf odd/report
odd() {
    sed "$1" typical/summary.json >odd/summary.json
    refused 1 "$2" timeout 60 "$SHAPESIM" report odd
    [ ! -e odd/report ] && [ ! -e odd/report.part ] || bad "$1 leaves a report"
}
odd 's/"tick_s": 0.01/"tick_s": 0/' 'odd: summary.json: group all: tick_s: 0, but 0.01 expected by the command'
odd 's/"effective"/"without effect"/' 'odd: summary.json: group all: limits: not those that the command gives'
odd 's/"ticks": [0-9]*/"ticks": -5/' 'odd/summary.json: group 1: ticks: below 0'
odd 's/"end": "drained"/"end": "<script>"/' "odd: summary.json: end: '<script>' is neither drained nor max-time"
echo 'no such column' >before/delays.csv
refused 1 'has no column group' "$SHAPESIM" report before
[ ! -e before/report.part ] || bad 'a failure leaves a half report'

# At each width and in each scheme one page; of the others the narrowest, the middle and the widest.
for view in typical-{390,768,1400}-{light,dark} \
    {groups,huge,events,perflow,failed,sweep}-{390-light,768-light,1400-dark}; do
    echo "$view ${view%%-*}/report/index.html"
done | in_browser

finish reports
