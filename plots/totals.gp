# Bytes delivered so far, a curve for each run: at the ends of bins of ticks.
#   gnuplot -c plots/totals.gp REPORT OUT
name = "totals"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."curves.gp"
title = "Delivered so far"
panel_mm = 42
load folder."style.gp"
set key vertical maxrows max(1, key_rows)

do for [p = 1:panels] {
    head = panel_text[p]
    eval panel(p)
    x_per = time_per(x_most)
    y_per = size_per(panel_most[p])
    set xrange [0 : x_most / x_per]
    set xlabel is_last_row(p) ? "time (".time_unit(x_most).")" : ""
    eval y_label("so far (".size_unit(panel_most[p]).")")
    set yrange [0 : 1.06 * panel_most[p] / y_per]
    y_step = tic_step(1.06 * panel_most[p] / y_per)
    set ytics y_step
    plot for [c = 1:labels] file_curves using (x(p, c) / x_per):(column("y") / y_per) with lines \
            linestyle SERIES + style_of[c] title label_text(c), \
        0 with lines linestyle ZERO notitle
}
unset multiplot
unset output
