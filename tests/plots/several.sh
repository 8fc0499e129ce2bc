#!/bin/bash
# `shapesim report` where settings or runs are compared: the page of a sweep, that of several runs, figures and tables
# for papers.
. "$(dirname "$0")/lib.sh"

# has PAGE TEXT...: what a reader of it sees
has() {
    local page=$1 text
    shift
    sed "s/<[^>]*>/ /g; s/&#39;/'/g; s/&gt;/>/g" "$page" | tr -s ' \n' ' ' >text
    for text; do
        grep -qF -- "$text" text || bad "$page does not say: $text"
    done
}

# rows PAGE SECTION: how many its table has
rows() { sed -n "/ id=\"$2\"/,/<\/table>/p" "$1" | grep -c '^<tr><td'; }

run typical "$root/traces/web.pcap" --rate 4mbit --tick 10ms
run shared "$root/traces/web.pcap" --rate 4mbit --tick 20ms --min-share 1500
"$SHAPESIM" sweep "$root/traces/web.pcap" --rate 4mbit --burst 64KiB --tick 10ms --min-share 1,64,1500 --seeds 1-2 -q \
    -o swept 2>said || bad "sweep: $(cat said)"

# --- the page of a sweep ---------------------------------------------------------------------------

id=web.pcap_min-share=64_seed=1
reported "swept/runs/$id" --format svg
reported swept --format svg
page=swept/report/index.html
advice=$("$SHAPESIM" sweep --collect swept | sed -n '/^recommended/,/^$/p' | tr '\n' ' ')
advice=${advice%"${advice##*[! ]}"}
has "$page" "R${advice#r}." '3 settings, 6 runs.' ' ± ' "libevent's default" '6 runs' '--vary min-share=1,64,1500'
[ "$(rows "$page" settings)" -eq 3 ] || bad "$page has $(rows "$page" settings) settings, not 3"
[ "$(grep -o '<figure id="[a-z]*"' $page | cut -d '"' -f 2 | paste -sd ' ')" = 'pareto windows responses compare' ] ||
    bad "$page has other figures"
grep -q '<details><summary>6 runs' $page || bad 'the runs are not folded'
for link in "$id/report/index.html" web.pcap_min-share=1500_seed=2/; do
    grep -qF "<a href=\"../runs/$link\"" $page || bad "no link to $link"
    [ -e "swept/runs/$link" ] || bad "$link leads nowhere"
done
texts swept/report/windows.svg 'min-share=1' "min-share=64 (libevent's default)" 'min-share=1500'
texts swept/report/responses.svg 'as captured' 'min-share=1500'
texts swept/report/pareto.svg "min-share 64 (libevent's default)" 'not beaten in both'

# Of what settings lose the first is said, a run that is gone is named, and more settings than can be told apart are
# left out of the figures, but for libevent's default.
"$SHAPESIM" sweep "$root/traces/web.pcap" --rate 1mbit,2mbit --tick 10ms --min-share 1..4096*4,64 --max-time 4s -q \
    -o lossy 2>said
"$SHAPESIM" sweep "$root/traces/web.pcap" --rate 1mbit,2mbit --tick 10ms --min-share 1,2,4,8,64 --max-time 4s -q \
    -o lossy 2>said || bad "sweep: $(cat said)"
rm -r lossy/runs/web.pcap_rate=1mbit_min-share=8_seed=1
reported lossy --format svg
page=lossy/report/index.html
has $page 'Nothing is recommended: no setting delivers everything' 'not eligible' \
    'bytes offered are not delivered; and' \
    '10 settings, 10 runs, 1 of them failed or missing.' 'web.pcap_rate=1mbit_min-share=8_seed=1 : missing' \
    '1 setting ranked lower is left out.'
grep -q '<details open>' $page || bad 'a run is missing, and the runs are folded'
grep -q "(libevent's default)" lossy/report/windows.svg || bad 'the default has no curve'
rm lossy/runs/*/summary.json
refused 1 'none of its 10 runs can be read' "$SHAPESIM" report lossy

# Words are no line, and many rates a logarithmic axis.
"$SHAPESIM" sweep "$root/traces/web.pcap" --vary scheduler=libevent,drr --rate 2mbit,200mbit --tick 10ms -q -o words \
    2>said || bad "sweep: $(cat said)"
reported words --format svg
texts words/report/compare.svg libevent drr 'rate 2mbit'
texts words/report/pareto.svg 'response p99, and the rate that it takes' 'rate, per second'
texts words/report/heat.svg 'scheduler'

# Without a group's limit there is no utilisation; with mod_ratelimit alone its 200 ms are the window.
for vary in flow-rate=1mbit,2mbit via=ratelimit=100,ratelimit=400; do
    rm -rf flows
    "$SHAPESIM" sweep "$root/traces/dns.pcap" --vary $vary -q -o flows 2>said || bad "sweep: $(cat said)"
    reported flows --format svg
    texts flows/report/compare.svg 'response p99' 'grants per MB'
    grep -q '>utilisation<' flows/report/compare.svg && bad "$vary: there is a panel for the utilisation"
done

by_hand windows.gp swept/report by-hand.svg
cmp -s <(seen by-hand.svg) <(seen swept/report/windows.svg) || bad 'windows by hand are drawn differently'

# --- several runs ----------------------------------------------------------------------------------

reported typical shared -o compared
figures=$(printf '%s\n' {delays,rates,responses,totals,windows}.{pdf,png,svg,txt})
[ "$(ls compared)" = "$(sort <<<"data"$'\n'"index.html"$'\n'"$figures")" ] ||
    bad "the report of two runs has other files: $(ls compared)"
texts compared/responses.svg 'as captured' 'A: typical' 'B: shared' 'exchanges (%)'
texts compared/windows.svg 'A: typical' 'B: shared' "Jain's index J"
texts compared/rates.svg 'rate (kB/s)' 'B: shared'
texts compared/totals.svg 'so far (MB)' 'B: shared'
texts compared/delays.svg 'delay of a packet' 'B: shared'
page=compared/index.html
# field KEY RUN: a number of its summary
field() { sed -n "s/^ *\"$1\": \([0-9.]*\),*/\1/p" "$2/summary.json" | tail -n 1; }
jain() {
    sed -n '/^ *"write": {/,$p' "$1/summary.json" | sed -n '/"headline"/,/}/s/.*"mean": \([0-9.]*\),*/\1/p' | head -n 1
}
has $page "jain $(printf '%.3f' "$(jain typical)") -> $(printf '%.3f' "$(jain shared)")" \
    "grants per MB $(awk -v a="$(field grants_per_mb typical)" -v b="$(field grants_per_mb shared)" \
        'BEGIN { printf "%.3g", b / a }') times A's" \
    'group all: min_share_bytes 64 1500' 'group all: tick_s 0.01 0.02' 'shapesim report A B -o DIR'
grep -q 'scheduler\|delivered<' $page && bad 'what does not differ is named'
by_hand responses.gp compared by-hand.svg
cmp -s <(seen by-hand.svg) <(seen compared/responses.svg) || bad 'responses by hand are drawn differently'
cp -r compared once
reported typical shared -o compared/
diff -r once compared >difference || bad "two comparisons of the same runs differ: $(cat difference)"
mkdir -p far/runs
cp -r shared far/runs/shared
reported shared far/runs/shared -o equal --format svg
has equal/index.html 'runs/shared' 'B against A: none of ' 'Settings that differ' 'None.' '0 of '
[ "$(ls equal/*.pdf equal/*.png 2>/dev/null)" = '' ] || bad '--format svg leaves others'

cp -r shared other
sed -i 's/"format": [0-9]*/"format": 1/' other/summary.json
mkdir begun taken
touch begun/ticks.csv.part taken/mine
ln -s typical link
no() { refused "$1" "$2" "$SHAPESIM" report "${@:3}"; }
no 1 'link: is the same run as typical; give each once' typical link -o new
no 1 'swept: is a sweep, which has a report of its own; compare runs, like swept/runs/RUN' typical swept -o new
no 1 'nowhere: No such file or directory; give the directory of a finished run' typical nowhere -o new
no 1 'begun: the run did not end' typical begun -o new
no 1 'other/summary.json: is of format 1, ' typical other -o new
no 1 'taken/mine: was not written by shapesim, so it stays as it is' typical shared -o taken
no 1 'was not written by shapesim, so it stays as it is' typical far/runs/shared -o shared
no 1 '-o none/new: none: No such file or directory; make none first' typical shared -o none/new
no 2 'or -o DIR for the page that compares several runs' typical shared
no 2 '-o is where several runs are compared' typical -o new
no 2 '9 directories' typical shared a b c d e f g -o new
no 2 "unexpected 'groups' after 'shared'; give one directory and one figure" typical shared groups --terminal
[ ! -e new ] && [ ! -e new.part ] && [ -e taken/mine ] || bad 'a failure leaves a comparison'

# --- for papers ------------------------------------------------------------------------------------

reported typical --width 84mm --no-title --format svg
grep -q 'viewBox="0 0 317 ' typical/report/level.svg || bad 'level.svg is not 84 mm wide'
grep -q '>Bucket level<' typical/report/level.svg && bad '--no-title leaves a title'
sed -n '/<figure id="fairness"/,/<\/figure>/p' typical/report/index.html |
    sed -n "s/.*<figcaption[^>]*>\(.*\)<.figcaption>.*/\1/p" | sed "s/&#39;/'/g" >caption
cmp -s caption typical/report/fairness.txt || bad "the caption is not the page's: $(cat typical/report/fairness.txt)"
for drawn in typical/report/*.svg; do
    [ -s "${drawn%.svg}.txt" ] || bad "$drawn has no caption"
done
cp -r typical narrow
for dir in swept words; do
    cp -r $dir "narrow-$dir"
    reported "narrow-$dir" --width 84mm
done
reported typical shared -o narrow-compared --width 8.4cm
no 2 '--width 20mm: write a length from 70mm to 400mm, like 84mm or 8.4cm' typical --width 20mm
no 2 '--width 84: write a length' typical --width 84

# A table agrees with the ranking and with the sweep's own tables.
"$SHAPESIM" report swept --table min-share,jain,p99,response.p99,grants >table 2>&1 || bad "--table: $(cat table)"
[ "$(head -n 1 table)" = '| min-share |   jain (100 ms) |       p99 (s) | response.p99 (s) | grants (per MB) |' ] ||
    bad "the table begins with $(head -n 1 table)"
[ "$(wc -l <table) $(awk '{ print length($0) }' table | sort -u | wc -l)" = '5 2' ] || bad "the table is $(cat table)"
"$SHAPESIM" report swept --table min-share,seeds,place,tick,write.jain@100ms,write.p99,response.p99,grants,write.p90 \
    --format csv >table.csv
[ "$(head -n 1 table.csv)" = 'min-share,seeds,place,tick,write.jain@100ms_mean,write.jain@100ms_ci95,'\
'write.p99_s_mean,write.p99_s_ci95,response.p99_s_mean,response.p99_s_ci95,grants_per_mb_mean,grants_per_mb_ci95,'\
'write.p90_s_mean,write.p90_s_ci95' ] || bad "the CSV begins with $(head -n 1 table.csv)"
# numbers FILE COLUMN...: with nine digits
numbers() {
    awk -F, -v names="${*:2}" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, name, " "); next }
        { for (i = 1; i <= n; i++) printf "%.6g%s", $at[name[i]], i < n ? " " : "\n" }' "$1"
}
numbers table.csv write.jain@100ms_mean write.jain@100ms_ci95 write.p99_s_mean write.p99_s_ci95 \
    response.p99_s_mean >printed
numbers swept/sweep-summary.csv write_jain_100ms_mean write_jain_100ms_ci95 write_delay_p99_s_mean \
    write_delay_p99_s_ci95 response_p99_s_mean >summed
cmp -s printed summed || bad 'the table is not that of sweep-summary.csv'
[ "$(numbers table.csv min-share seeds place tick | cut -d ' ' -f 1,2)" = $'1 2\n64 2\n1500 2' ] ||
    bad 'the table has other settings'
"$SHAPESIM" report swept --table=min-share,trace,jain --format latex >table.tex
[ "$(head -n 1 table.tex)" = '\begin{tabular}{rlr}' ] || bad "the table begins with $(head -n 1 table.tex)"
grep -q '^ *64 & web.pcap & \$0\.[0-9]* .pm 0\.[0-9]*\$ ..$' table.tex || bad "the table is $(cat table.tex)"
no 2 "swept has no column 'shares'; it has min-share, rate, burst, tick, trace, seeds, place, response.p50" swept \
    --table min-share,shares
no 2 'did you mean min-share?' swept --table min-shre
no 2 "no run of swept has a column 'web.p99': group web: p99: no such group in this run, which has all" swept \
    --table web.p99
no 2 'no such window was measured; measured are 10 ms (1 tick), ' swept --table jain@30ms
no 2 '--format: a table has one of markdown, latex and csv' swept --table jain --format svg
no 2 '--format: markdown, latex and csv are of tables; add --table COLUMN,...' swept --format latex
no 2 "report: --table is of one sweep, not 'swept' and 'words'" swept words --table jain
no 1 'typical: holds no sweep' typical --table jain

for view in {swept,lossy,words}-{390-light,1400-dark}; do
    echo "$view ${view%%-*}/report/index.html"
done >views
for view in compared-{390,768,1400}-{light,dark}; do
    echo "$view compared/index.html"
done >>views
for name in narrow narrow-swept narrow-words; do
    echo "${name/-/}-1400-light $name/report/index.html"
done >>views
echo 'narrowcompared-1400-light narrow-compared/index.html' >>views
in_browser <views

finish comparisons
