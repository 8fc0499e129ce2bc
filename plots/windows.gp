# Jain's index, the mean over contended windows, by their length: a curve for each run or setting.
#   gnuplot -c plots/windows.gp REPORT OUT
name = "windows"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."curves.gp"
title = "Fairness against the length of the window"
panel_mm = 48
load folder."style.gp"
set key vertical maxrows max(1, key_rows)

# From the tenth below the least: what differs is seen, and the axis says that it does not begin at zero.
y_from = max(0, floor(10 * y_least - 0.2) / 10.0)
do for [p = 1:panels] {
    head = panel_text[p].(y_from > 0 ? sprintf(" (from %g)", y_from) : "")
    eval panel(p)
    set xrange [x_least / 1.25 : x_most * 1.25]
    eval time_tics_from("x", x_least, x_most)
    set xlabel is_last_row(p) ? "length of the window" : ""
    eval y_label("Jain's index J")
    set yrange [y_from : 1 + 0.04 * (1 - y_from)]
    y_step = tic_step(1 - y_from)
    set ytics y_step
    plot 1 with lines linestyle GRID notitle, \
        for [c = 1:labels] file_curves using (x(p, c)):"y" with linespoints linestyle SERIES + style_of[c] \
            title label_text(c)
    unset logscale
}
unset multiplot
unset output
