# The share of packets delivered within a given time, a curve for each run or setting.
#   gnuplot -c plots/delays.gp REPORT OUT
name = "delays"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."curves.gp"
title = "Delay of packets"
panel_mm = 45
load folder."style.gp"
set key vertical maxrows max(1, key_rows)

do for [p = 1:panels] {
    head = panel_text[p].": packets that took no longer"
    eval panel(p)
    # Packets without delay are at the left edge.
    start = decade_below(x_least * 1.001)
    end = max(decade_above(x_most), 10 * start)
    set xrange [start : end]
    eval time_tics_from("x", start, end)
    set xlabel is_last_row(p) ? "delay of a packet" : ""
    eval y_label("packets (%)")
    set yrange [0 : 104]
    set ytics 20
    plot 100 with lines linestyle GRID notitle, \
        for [c = 1:labels] file_curves using (x(p, c)):"y" with steps linestyle SERIES + style_of[c] \
            title label_text(c), \
        0 with lines linestyle ZERO notitle
    unset logscale
}
unset multiplot
unset output
