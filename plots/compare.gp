# Figures of a sweep against its first varied key, a curve for each combination of the others, traces side by side:
# means over seeds with their 95 % interval.
#   gnuplot -c plots/compare.gp DIR OUT
name = "compare"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

array figure_name[4] = [fairness, "utilisation", "", "grants_per_mb"]
array figure_text[4] = [fairness_text, "utilisation", wait_text, "grants per MB"]
WAIT = 3
has(f) = f == WAIT ? has_wait : has_figure(view.figure_name[f]."_mean")
row_value(f) = f == WAIT ? wait_s(0) : figure(figure_name[f])
row_width(f) = f == WAIT ? wait_ci(0) : ci(figure_name[f])
if (keys == 0 && exists("report_out")) { exit }
if (keys == 0) { exit error name.": nothing to draw in ".dir.": no setting varies" }
title = sprintf("Settings compared (%s)", view_text)
# Without a group's limit, as where flows alone are limited, there is no utilisation.
array most[4]
array least[4]
array numbers[4]
array drawn_figure[4]
drawn = 0
do for [f = 1:4] {
    most[f] = 0
    least[f] = 1e300
    numbers[f] = 0
    if (has(f)) {
        put(x, ci) = is_nan(x) || x > 1e300 ? 0 : (most[f] = max(most[f], x + ci), numbers[f] = numbers[f] + 1, \
            least[f] = x > 0 ? min(least[f], x - ci > 0 ? x - ci : x) : least[f], 0)
        stats file_summary using (put(row_value(f), row_width(f)), 0) nooutput
    }
    if (numbers[f] > 0) { drawn = drawn + 1; drawn_figure[drawn] = f }
}
if (drawn == 0 && exists("report_out")) { exit }
if (drawn == 0) { exit error name.": nothing to draw in ".dir.": no setting has a figure" }
panels_across = traces
panels = drawn * traces
panel_mm = 30
label_letters = is_narrow ? 44 : traces == 1 ? 70 : 110 / traces
label_text(s) = cut(series_text(s), label_letters)
longest = 1
do for [s = 1:series_count] { longest = max(longest, strlen(label_text(s))) }
key_narrower = max(0, (longest - 12) / 5.0)
key_rows = keys == 1 ? 0 : key_lines(traces == 1 && longest <= 26 ? (series_count + 1) / 2 : series_count, \
    series_count, longest)
load folder."style.gp"
set key vertical maxrows max(1, key_rows)
set pointintervalbox 0

is_line = !is_category(1)
do for [p = 1:panels] {
    t = (p - 1) % traces + 1
    f = drawn_figure[(p - 1) / traces + 1]
    head = p <= traces ? cut(trace_text[t], 75 / traces) : ""
    eval panel(p)
    if (p > traces || keys == 1) { set key off } else { set key on }
    ceiling = f <= 2 ? 1 : max(1e-6, most[f])
    set xrange [0.6 : count_of(1) + 0.4]
    room = is_narrow ? 5 : traces == 1 ? 10 : 4
    eval value_tics("x", 1, room, letters_in(WIDTH_MM / traces - LEFT_MM - RIGHT_MM, 1, room))
    set xlabel is_last_row(p) ? axis_text(1) : ""
    eval y_label(figure_text[f])
    set ylabel offset (f == WAIT || most[f] > 99999 ? 1 : 0), 0
    is_log = f == WAIT && most[f] > 0
    if (is_log) {
        # At least a decade, from a whole one on.
        y_from = decade_below(least[f] / 1.02)
        eval time_tics_from("y", y_from, max(1.06 * most[f], 10 * y_from))
        set yrange [y_from : max(1.06 * most[f], 10 * y_from)]
    } else {
        set yrange [0 : 1.06 * max(ceiling, most[f])]
        y_step = f == 4 ? count_step(1.06 * ceiling) : tic_step(1.06 * max(ceiling, most[f]))
        set ytics y_step
    }
    floor_y = is_log ? NaN : 0
    is_point(s) = trace_of(0) == t && series_of(0) == s && !is_nan(row_value(f)) && row_value(f) < 1e300
    x(s) = is_point(s) ? value_of(1) : NaN
    # What has no value is drawn far to the right.
    far_x(s) = is_line && is_point(s) ? value_of(1) : 1e9
    far_y(s) = is_nan(row_value(f)) ? 0 : row_value(f)
    low(f) = is_log ? max(row_value(f) - row_width(f), least[f] / 1e3) : row_value(f) - row_width(f)
    plot for [s = 1:series_count] file_summary using (x(s)):(row_value(f)):(low(f)):(row_value(f) + row_width(f)) \
            with yerrorbars linestyle SERIES + s dashtype solid pointsize 0 linewidth 0.8 notitle, \
        for [s = 1:series_count] file_summary using (far_x(s)):(far_y(s)) smooth unique with linespoints \
            linestyle SERIES + s title (is_line ? label_text(s) : ""), \
        for [s = 1:series_count] file_summary using (is_line ? NaN : x(s)):(row_value(f)) with points \
            linestyle SERIES + s pointsize 0.8 title (is_line ? "" : label_text(s)), \
        floor_y with lines linestyle ZERO notitle
    unset logscale
}
unset multiplot
unset output
