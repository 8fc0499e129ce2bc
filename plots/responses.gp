# The share of exchanges answered within a given time, a curve for each run or setting, and as captured.
#   gnuplot -c plots/responses.gp REPORT OUT
name = "responses"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."curves.gp"
title = "Response times"
panel_mm = 52
load folder."style.gp"
set key vertical maxrows max(1, key_rows)

do for [p = 1:panels] {
    head = panel_text[p].": exchanges answered within a time"
    eval panel(p)
    start = decade_below(x_least * 1.001)
    end = max(decade_above(x_most), 10 * start)
    set xrange [start : end]
    eval time_tics_from("x", start, end)
    set xlabel is_last_row(p) ? "response time" : ""
    eval y_label("exchanges (%)")
    set yrange [0 : 104]
    set ytics 20
    plot 100 with lines linestyle GRID notitle, \
        for [c = 1:labels] file_curves using (x(p, c)):"y" with steps \
            linestyle (style_of[c] == 0 ? LIMIT : SERIES + style_of[c]) title label_text(c), \
        0 with lines linestyle ZERO notitle
    unset logscale
}
unset multiplot
unset output
