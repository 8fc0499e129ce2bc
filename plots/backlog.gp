# What was offered and not delivered yet at each tick's end; and, where the run has delays_time.csv, the delays of the
# packets delivered in each second under it.
#   gnuplot -c plots/backlog.gp DIR OUT
name = "backlog"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"

array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (backlog_most[v] > 0) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": nothing waited at the end of a tick" }
has_delays = has_file("delays_time.csv")
kinds = has_delays ? 2 : 1 # panels of a view
panels = kinds * panels
title = has_delays ? "Backlog, and the delays under it" : "Backlog"
panel_mm = 37
key_rows = 1
load folder."style.gp"

do for [p = 1:panels] {
    v = shown[(p - 1) / kinds + 1]
    d = view_direction[v] + 1
    is_delay = kinds == 2 && p % 2 == 0
    head = view_text(v).(is_delay ? "" : steps_text(v, " (most of %d ticks)").marks_head(v))
    eval panel(p)
    eval marks(v)
    set xrange [0 : end_s(v) / x_per(v)]
    set xlabel is_last_row(p) ? "time (".time_unit(end_s(v)).")" : ""
    if (is_delay) {
        # Bins of whole seconds, as many as the width shows, with the most of each.
        bin_s = ceil(max(1, end_s(v)) / STEPS)
        array delays[3 * (STEPS + 1)]
        done = sum [i = 1:3 * (STEPS + 1)] (delays[i] = NaN, 0)
        put_delays(i, p50, p99, most) = (delays[i] = most_of(delays[i], p50), \
            delays[i + 1] = most_of(delays[i + 1], p99), delays[i + 2] = most_of(delays[i + 2], most), \
            longest = max(longest, most), 0)
        longest = 1e-6
        stats file("delays_time.csv") using (group_of(0) eq group_name[view_group[v]] && \
            strcol("direction") eq WORD[d] ? put_delays(3 * min(STEPS, int(column("second")) / bin_s) + 1, \
            column("delay_p50_s"), column("delay_p99_s"), column("delay_max_s")) : 0, 0) nooutput
        y_per = time_per(longest)
        set ylabel "delay (".time_unit(longest).")"
        set yrange [0 : 1.06 * longest / y_per]
        set ytics tic_step(1.06 * longest / y_per)
        of_bin(i, which) = delays[3 * int(i) + which] / y_per
        in = bin_s == 1 ? "a second" : sprintf("%d s", bin_s)
        plot sample [i = 0:STEPS:1] '+' using ((i + 0.5) * bin_s / x_per(v)):(of_bin(i, 3)) with lines linestyle LIMIT \
                title "most in ".in, \
            [i = 0:STEPS:1] '+' using ((i + 0.5) * bin_s / x_per(v)):(of_bin(i, 2)) with lines linestyle SECOND[d] \
                title "p99", \
            [i = 0:STEPS:1] '+' using ((i + 0.5) * bin_s / x_per(v)):(of_bin(i, 1)) with lines linestyle DIRECTION[d] \
                title "p50"
    } else {
        unset datafile columnheaders
        ceiling = backlog_most[v]
        y_per = backlog_per(v)
        set ylabel "backlog (".size_unit(ceiling).")"
        set yrange [0 : 1.06 * ceiling / y_per]
        set ytics tic_step(1.06 * ceiling / y_per)
        together = "2:1"
        plot $ticks index v - 1 using TIME:BACKLOG with filledcurves y1=0 \
                fillcolor rgb FILL[d] title "waiting, at most ".size_text(ceiling), \
            $ticks index v - 1 using TIME:BACKLOG with lines linestyle EDGE[d] notitle, \
            0 with lines linestyle ZERO notitle
        set datafile columnheaders
    }
}
unset multiplot
unset output
