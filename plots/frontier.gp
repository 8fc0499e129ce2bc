# What less rate costs: the 99th percentile of response times of every setting that advise tried, against its rate. The
# line joins the least time that no more rate gives; the advised setting is marked.
#   gnuplot -c plots/frontier.gp DIR OUT
name = "frontier"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]

if (dir eq "" || out eq "") { exit error "usage: gnuplot -c ".name.".gp DIR OUT.svg|png|pdf" }
plain(path) = path eq "-" || substr(path, 1, 1) eq "/" || substr(path, 1, 2) eq "./" ? path : "./".path
dir = plain(dir)
out = plain(out)
key_narrower = 0
panels_across = 1
is_labelled = 0
load folder."units.gp"
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
is_nan(x) = x != x
file_tried = dir."/advise.csv"
TRIED_MAX = 2000
set datafile separator comma
set datafile columnheaders

# The settings that have a time; packets' delays where there are no exchanges. What limits nothing, the search's first
# setting, has the longest bucket and is left out.
array x_of[TRIED_MAX]
array y_of[TRIED_MAX]
array kind_of[TRIED_MAX] # 0 fails, 1 holds, 2 advised
tried = 0
rate_least = 1e300
rate_most = 0
time_most = 0
figure = "response_p99_s"
take(x, y, kind) = is_nan(y) || tried == TRIED_MAX ? 0 : \
    (tried = tried + 1, x_of[tried] = x, y_of[tried] = y, kind_of[tried] = kind, \
    rate_least = min(rate_least, x), rate_most = max(rate_most, x), time_most = max(time_most, y), 0)
kind(dummy) = column("advised") > 0 ? 2 : column("holds") > 0 ? 1 : 0
is_wide(dummy) = column("rate_bytes_per_s") >= 1e9 && column(0) == 0
read = 'stats file_tried using (is_wide(0) ? 0 : take(column("rate_bytes_per_s"), column(figure), kind(0)), 0) nooutput'
eval read
if (tried == 0) {
    figure = "delay_p99_s"
    eval read
}
if (tried == 0 && exists("report_out")) { exit }
if (tried == 0) { exit error name.": nothing to draw in ".dir.": no setting has a response time or a delay" }

title = "What less rate costs"
panels = 1
panel_mm = 80
key_rows = key_lines(2, 4, strlen("no less for this rate"))
load folder."style.gp"
head = figure eq "response_p99_s" ? "response p99 of every setting that was tried" : \
    "delay p99 of every setting that was tried"
eval panel(1)

x_per = size_per(rate_most)
y_per = time_per(time_most)
is_better(k, o) = x_of[o] <= x_of[k] && y_of[o] <= y_of[k] && (x_of[o] != x_of[k] || y_of[o] != y_of[k])
is_beaten(k) = sum [o = 1:tried] is_better(k, o)
text = ""
done = sum [k = 1:tried] (text = text.sprintf("%.10g,%.10g,%d,%d\n", x_of[k] / x_per, y_of[k] / y_per, kind_of[k], \
    is_beaten(k) > 0), 0)
set print $tried
print text
unset print
unset datafile columnheaders
x_room = max(0.05 * rate_most, 0.06 * (rate_most - rate_least)) / x_per
set xrange [max(0, rate_least / x_per - x_room) : rate_most / x_per + x_room]
x_step = tic_step(rate_most / x_per + 2 * x_room - rate_least / x_per)
set xtics x_step
set xlabel "rate (".size_unit(rate_most)."/s)"
set yrange [0 : max(1e-6, 1.08 * time_most / y_per)]
y_step = tic_step(max(1e-6, 1.08 * time_most / y_per))
set ytics y_step
eval y_label((figure eq "response_p99_s" ? "response" : "delay")." p99 (".time_unit(time_most).")")
plot $tried using ($4 == 0 ? $1 : 1e300):2 smooth unique with steps linestyle LIMIT title "no less for this rate", \
    $tried using ($3 == 0 ? $1 : NaN):2 with points linestyle SERIES + 2 pointtype 2 pointsize 0.8 \
        title "misses a demand", \
    $tried using ($3 > 0 ? $1 : NaN):2 with points linestyle SERIES + 1 pointtype 7 pointsize 0.8 \
        title "meets all demands", \
    $tried using ($3 == 2 ? $1 : NaN):2 with points linestyle SERIES + 7 pointtype 6 pointsize 2 title "advised"
unset multiplot
unset output
