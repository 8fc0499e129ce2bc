# What was offered and not delivered yet at each tick's end, and under it the delays of the packets delivered in each
# second; where there are no ticks, these alone.
#   gnuplot -c plots/backlog.gp DIR OUT
name = "backlog"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"

# A panel of the backlog, and one of the delays under it, for each view that has them.
array shown[2 * VIEWS_MAX]
array shows_delay[2 * VIEWS_MAX]
panels = 0
backlogs = 0
has_delays = has_file("delays_time.csv")
do for [v = 1:views] {
    if (backlog_most[v] > 0) {
        backlogs = backlogs + 1
        panels = panels + 1
        shown[panels] = v
        shows_delay[panels] = 0
    }
    if (has_delays && delay_most[at(v)] > 0) { panels = panels + 1; shown[panels] = v; shows_delay[panels] = 1 }
}
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": nothing waited at the end of a tick, or was delayed" }
title = backlogs == 0 ? "Delays over time" : panels > backlogs ? "Backlog, and the delays under it" : "Backlog"
panel_mm = 37
key_rows = key_lines(1, panels > backlogs ? 3 : 1, 27)
key_narrower = 2
load folder."style.gp"

# Of each view the delays in bins of whole seconds, as many as the width shows: the most of each figure.
span_s(v) = end_s(v) > 0 ? end_s(v) : run_end_s
bin_s(v) = ceil(max(1, span_s(v)) / real(STEPS))
bins = 3 * (STEPS + 1)
if (panels > backlogs) {
    array delays[VIEWS_MAX * bins]
    done = sum [i = 1:views * bins] (delays[i] = NaN, 0)
    put_delay(i, delay_s) = (delays[i] = most_of(delays[i], delay_s), 0)
    put_delays(i) = put_delay(i, column("delay_p50_s")) + put_delay(i + 1, column("delay_p99_s")) \
        + put_delay(i + 2, column("delay_max_s"))
    is_of(v) = group_of(0) eq group_name[view_group[v]] && strcol("direction") eq WORD[view_direction[v] + 1]
    stats file("delays_time.csv") using (sum [v = 1:views] (is_of(v) ? put_delays((v - 1) * bins + 1 + \
        3 * min(STEPS, int(column("second")) / bin_s(v))) : 0), 0) nooutput
}
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    x_per_s = time_per(span_s(v))
    head = view_text(v).(shows_delay[p] ? "" : steps_text(v, " (most of %d ticks)").marks_head(v))
    eval panel(p)
    eval marks(v)
    set xrange [0 : span_s(v) / x_per_s]
    set xlabel is_last_row(p) ? "time (".time_unit(span_s(v)).")" : ""
    ceiling = shows_delay[p] ? delay_most[at(v)] : backlog_most[v]
    y_per = shows_delay[p] ? time_per(ceiling) : backlog_per(v)
    set yrange [0 : 1.06 * ceiling / y_per]
    set ytics tic_step(1.06 * ceiling / y_per)
    if (shows_delay[p]) {
        eval y_label("delay (".time_unit(ceiling).")")
        in = bin_s(v) == 1 ? "a second" : sprintf("%d s", bin_s(v))
        last = ceil(span_s(v) / bin_s(v)) - 1
        of_bin(i, which) = delays[(v - 1) * bins + 3 * int(i) + which] / y_per
        middle(i) = (i + 0.5) * bin_s(v) / x_per_s
        # Points show what a line cannot, a second among others without packets, and where a short run's seconds are.
        has(i) = i >= 0 && i <= last && !is_nan(of_bin(i, 1))
        lonely = sum [i = 0:last] (has(i) && !has(i - 1) && !has(i + 1))
        each = last < 100 || lonely > 0 ? 1 : last + 1
        plot sample [i = 0:last:1] '+' using (middle(i)):(of_bin(i, 3)) with linespoints linestyle LIMIT \
                pointtype 7 pointsize 0.3 pointinterval each title "most in ".in, \
            [i = 0:last:1] '+' using (middle(i)):(of_bin(i, 2)) with linespoints linestyle SECOND[d] \
                pointtype 7 pointsize 0.3 pointinterval each title "p99", \
            [i = 0:last:1] '+' using (middle(i)):(of_bin(i, 1)) with linespoints linestyle DIRECTION[d] \
                pointtype 7 pointsize 0.3 pointinterval each title "p50"
    } else {
        eval y_label("backlog (".size_unit(ceiling).")")
        together = "2:1"
        plot $ticks index v - 1 using TIME:BACKLOG with filledcurves y1=0 \
                fillcolor rgb FILL[d] title "waiting, at most ".size_text(ceiling), \
            $ticks index v - 1 using TIME:BACKLOG with lines linestyle EDGE[d] notitle, \
            0 with lines linestyle ZERO notitle
    }
}
unset multiplot
unset output
