# Figures of a sweep against its first varied key, a curve for each combination of the others, traces side by side:
# means over seeds with their 95 % interval.
#   gnuplot -c plots/compare.gp DIR OUT
name = "compare"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

array figure_name[4] = [fairness, "utilisation", "delay_p99_s", "grants"]
array figure_text[4] = [fairness_text, "utilisation", "delay p99", "grants"]
if (keys == 0 && exists("report_out")) { exit }
if (keys == 0) { exit error name.": nothing to draw in ".dir.": no setting varies" }
title = sprintf("Settings compared (%s)", view_text)
panels_across = traces
panels = 4 * traces
panel_mm = 30
key_rows = keys == 1 ? 0 : traces == 1 ? (series_count + 1) / 2 : series_count
load folder."style.gp"
set pointintervalbox 0

array most[4]
do for [f = 1:4] {
    most[f] = 0
    if (has_figure(view.figure_name[f]."_mean")) {
        put_most(x) = is_nan(x) ? 0 : (most[f] = max(most[f], x), 0)
        stats file_summary using (put_most(figure(figure_name[f]) + ci(figure_name[f])), 0) nooutput
    }
}
do for [p = 1:panels] {
    t = (p - 1) % traces + 1
    f = (p - 1) / traces + 1
    head = p <= traces ? cut(trace_text[t], 75 / traces) : ""
    eval panel(p)
    if (p > traces || keys == 1) { set key off } else { set key on }
    ceiling = f <= 2 ? 1 : max(1e-6, most[f])
    y_per = f == 3 ? time_per(ceiling) : 1
    set xrange [0.6 : count_of(1) + 0.4]
    room = traces == 1 ? 10 : 4
    eval value_tics("x", 1, room, letters_in(WIDTH_MM / traces - LEFT_MM - RIGHT_MM, 1, room))
    set xlabel is_last_row(p) ? key_text(1) : ""
    set ylabel figure_text[f].(f == 3 ? " (".time_unit(ceiling).")" : "")
    set yrange [0 : 1.06 * max(ceiling, most[f]) / y_per]
    y_step = f == 4 ? count_step(1.06 * ceiling) : tic_step(1.06 * max(ceiling, most[f]) / y_per)
    set ytics y_step
    is_point(s) = trace_of(0) == t && series_of(0) == s && !is_nan(figure(figure_name[f]))
    x(s) = is_point(s) ? value_of(1) : NaN
    y(x) = x / y_per
    plot for [s = 1:series_count] file_summary using (x(s)):(y(figure(figure_name[f]))): \
            (y(figure(figure_name[f]) - ci(figure_name[f]))):(y(figure(figure_name[f]) + ci(figure_name[f]))) \
            with yerrorbars linestyle SERIES + s dashtype solid pointsize 0 linewidth 0.8 notitle, \
        for [s = 1:series_count] file_summary using (is_point(s) ? value_of(1) : 1e9):(y(figure(figure_name[f]))) \
            smooth unique with linespoints linestyle SERIES + s title series_text(s), \
        0 with lines linestyle ZERO notitle
}
unset multiplot
unset output
