# The settings of a sweep by what they cost: fairness against grants, and the 99th percentile of the delay against the
# throughput. The line joins the settings that no other beats in both. Means over seeds, of the first trace.
#   gnuplot -c plots/pareto.gp DIR OUT
name = "pareto"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

SETTINGS_MAX = 1000
array x_name[2] = ["grants_per_mb", "throughput_bytes_per_s"]
array y_name[2] = [fairness, "delay_p99_s"]
array y_sign[2] = [-1, 1] # much fairness is good, much delay is not
array x_sign[2] = [1, -1]
array count[2] = [0, 0]
array xs[2 * SETTINGS_MAX]
array ys[2 * SETTINGS_MAX]
array groups_of[2 * SETTINGS_MAX]
put_point(i, x, y) = is_nan(x) || is_nan(y) || count[i] == SETTINGS_MAX ? 0 : (count[i] = count[i] + 1, \
    xs[(i - 1) * SETTINGS_MAX + count[i]] = x, ys[(i - 1) * SETTINGS_MAX + count[i]] = y, \
    groups_of[(i - 1) * SETTINGS_MAX + count[i]] = min(value_of(1), SERIES_MAX), 0)
has_both(i) = has_figure(view.x_name[i]."_mean") && has_figure(view.y_name[i]."_mean")
if (keys > 0) {
    stats file_summary using (trace_of(0) == 1 ? sum [i = 1:2] (has_both(i) ? \
        put_point(i, figure(x_name[i]), figure(y_name[i])) : 0) : 0, 0) nooutput
}
array shown[2]
panels = 0
do for [i = 1:2] { if (count[i] > 1) { panels = panels + 1; shown[panels] = i } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no two settings have figures" }
title = sprintf("What the settings cost: %s (%s)", cut(trace_text[1], 60), view_text)
panel_mm = 50
is_labelled = 1
named = min(count_of(1), SERIES_MAX)
key_rows = (named + 2) / 2
key_narrower = 6
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    i = shown[p]
    head = i == 1 ? "fairness, and what it costs" : "delay, and what is delivered"
    eval panel(p)
    x_at(k) = xs[(i - 1) * SETTINGS_MAX + k]
    y_at(k) = ys[(i - 1) * SETTINGS_MAX + k]
    is_better(k, o) = x_sign[i] * x_at(o) <= x_sign[i] * x_at(k) && y_sign[i] * y_at(o) <= y_sign[i] * y_at(k) && \
        (x_at(o) != x_at(k) || y_at(o) != y_at(k))
    is_beaten(k) = sum [o = 1:count[i]] is_better(k, o)
    x_most = 0
    y_most = 0
    y_least = 1
    done = sum [k = 1:count[i]] (y_least = min(y_least, y_at(k)), x_most = max(x_most, x_at(k)), \
        y_most = max(y_most, y_at(k)), 0)
    x_per = i == 2 ? size_per(x_most) : 1
    y_per = i == 2 ? time_per(y_most) : 1
    text = ""
    done = sum [k = 1:count[i]] (text = text.sprintf("%.10g,%.10g,%d,%d\n", x_at(k) / x_per, y_at(k) / y_per, \
        groups_of[(i - 1) * SETTINGS_MAX + k], is_beaten(k) > 0), 0)
    set print $points
    print text
    unset print
    set xrange [0 : max(1e-6, 1.06 * x_most / x_per)]
    x_step = tic_step(max(1e-6, 1.06 * x_most / x_per))
    set xtics x_step
    set xlabel i == 1 ? "grants per MB" : "throughput (".size_unit(x_most)."/s)"
    y_from = i == 1 ? max(0, floor(10 * y_least - 0.5) / 10.0) : 0
    set yrange [y_from : (i == 1 ? 1 + 0.04 * (1 - y_from) : max(1e-6, 1.06 * y_most / y_per))]
    y_step = i == 1 ? tic_step(1 - y_from) : tic_step(max(1e-6, 1.06 * y_most / y_per))
    set ytics y_step
    set ylabel i == 1 ? fairness_text : "delay p99 (".time_unit(y_most).")"
    plot $points using ($4 == 0 ? $1 : 1e300):2 smooth unique with lines linestyle LIMIT title "not beaten in both", \
        for [s = 1:named] $points using ($3 == s ? $1 : NaN):2 with points linestyle SERIES + s pointsize 1 \
            title cut(key_text(1)." ".text_of(1, s), 30).(s == SERIES_MAX && count_of(1) > s ? " and later" : "")
}
unset multiplot
unset output
