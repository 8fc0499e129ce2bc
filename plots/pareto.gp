# The settings of a sweep by what they cost: fairness against grants, and where rates vary, what clients wait for
# against the rate. The line joins the settings that no other beats in both. Means over seeds, of the first trace.
#   gnuplot -c plots/pareto.gp DIR OUT
name = "pareto"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

SETTINGS_MAX = 1000
array y_sign[2] = [-1, 1] # much fairness is good, much delay is not
array count[2] = [0, 0]
array xs[2 * SETTINGS_MAX]
array ys[2 * SETTINGS_MAX]
array groups_of[2 * SETTINGS_MAX]
put_point(i, x, y) = is_nan(x) || is_nan(y) || y > 1e300 || count[i] == SETTINGS_MAX ? 0 : (count[i] = count[i] + 1, \
    xs[(i - 1) * SETTINGS_MAX + count[i]] = x, ys[(i - 1) * SETTINGS_MAX + count[i]] = y, \
    groups_of[(i - 1) * SETTINGS_MAX + count[i]] = min(value_of(1), SERIES_MAX), 0)
has_cost = has_figure(view."grants_per_mb_mean") && has_figure(view.fairness."_mean")
has_rate = has_figure(rate_column) && has_wait
if (keys > 0 && has_cost) {
    stats file_summary using (trace_of(0) == 1 ? put_point(1, figure("grants_per_mb"), figure(fairness)) : 0, 0) \
        nooutput
}
if (keys > 0 && has_rate) {
    stats file_summary using (trace_of(0) == 1 ? put_point(2, column(rate_column), wait_s(0)) : 0, 0) nooutput
}
x_at(k) = xs[(i - 1) * SETTINGS_MAX + k]
y_at(k) = ys[(i - 1) * SETTINGS_MAX + k]
array x_most[2] = [0, 0]
array x_least[2] = [1e300, 1e300]
do for [i = 1:2] {
    done = count[i] == 0 ? 0 : sum [k = 1:count[i]] (x_most[i] = max(x_most[i], x_at(k)), \
        x_least[i] = min(x_least[i], x_at(k)), 0)
}
array shown[2]
panels = 0
if (count[1] > 1) { panels = panels + 1; shown[panels] = 1 }
if (count[2] > 1 && x_least[2] < x_most[2]) { panels = panels + 1; shown[panels] = 2 }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no two settings have figures" }
title = sprintf("What the settings cost: %s%s", cut(trace_text[1], 60), view_note)
panel_mm = 50
is_labelled = 1
named = min(count_of(1), SERIES_MAX)
setting_text(s) = cut(key_text(1)." ".value_text(1, s), 40).(s == SERIES_MAX && count_of(1) > s ? " and later" : "")
longest = 18 # of the line's
do for [s = 1:named] { longest = max(longest, strlen(setting_text(s))) }
key_rows = key_lines(longest > 18 ? (named + 2) / 2 : (named + 3) / 3, named + 1, longest)
key_narrower = 5
load folder."style.gp"
set key vertical maxrows max(1, key_rows)
unset datafile columnheaders

do for [p = 1:panels] {
    i = shown[p]
    head = i == 1 ? "fairness, and what it costs" : wait_text.", and the rate that it takes"
    eval panel(p)
    is_better(k, o) = x_at(o) <= x_at(k) && y_sign[i] * y_at(o) <= y_sign[i] * y_at(k) && \
        (x_at(o) != x_at(k) || y_at(o) != y_at(k))
    is_beaten(k) = sum [o = 1:count[i]] is_better(k, o)
    y_most = 0
    y_least = 1e300
    done = sum [k = 1:count[i]] (y_least = min(y_least, y_at(k)), y_most = max(y_most, y_at(k)), 0)
    x_per = i == 2 ? size_per(x_most[i]) : 1
    is_wide = i == 2 && x_most[i] > 20 * x_least[i] # rates over decades
    if (is_wide) {
        x_per = 1
        eval size_tics_from("x", x_least[i], x_most[i])
        set xrange [x_least[i] / 1.3 : x_most[i] * 1.3]
    } else {
        set xrange [0 : max(1e-6, 1.06 * x_most[i] / x_per)]
        x_step = tic_step(max(1e-6, 1.06 * x_most[i] / x_per))
        set xtics x_step
    }
    text = ""
    done = sum [k = 1:count[i]] (text = text.sprintf("%.10g,%.10g,%d,%d\n", x_at(k) / x_per, y_at(k), \
        groups_of[(i - 1) * SETTINGS_MAX + k], is_beaten(k) > 0), 0)
    set print $points
    print text
    unset print
    set xlabel i == 1 ? "grants per MB" : is_wide ? "rate, per second" : "rate (".size_unit(x_most[i])."/s)"
    eval y_label(i == 1 ? fairness_text : wait_text)
    set ylabel offset i - 1, 0
    if (i == 1) {
        y_from = max(0, floor(10 * y_least - 0.5) / 10.0)
        set yrange [y_from : 1 + 0.04 * (1 - y_from)]
        y_step = tic_step(1 - y_from)
        set ytics y_step
    } else {
        y_from = decade_below(max(1e-6, y_least) / 1.02)
        eval time_tics_from("y", y_from, max(10 * y_from, 1.2 * y_most))
        set yrange [y_from : max(10 * y_from, 1.2 * y_most)]
    }
    plot $points using ($4 == 0 ? $1 : 1e300):2 smooth unique with lines linestyle LIMIT title "not beaten in both", \
        for [s = 1:named] $points using ($3 == s ? $1 : NaN):2 with points linestyle SERIES + s pointsize 1 \
            title setting_text(s)
    unset logscale
}
unset multiplot
unset output
