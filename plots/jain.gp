# Jain's index over contended windows by their length: mean, least, and what libevent's rule gives for one tick.
name = "jain"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot 1 with lines linestyle GRID, \
        file(p) using "x":"least" with lines linestyle value(panel_style[p]."_LIMIT"), \
        file(p) using "x":"mean" with linespoints linestyle value(panel_style[p]) pointtype 7 pointsize 0.4, \
        file(p) using "x":(column(series[p] ? "closed" : "mean")) with points \
            linestyle (series[p] ? IDEAL : value(panel_style[p])) \
            pointtype (series[p] ? 6 : 7) pointsize (series[p] ? 1 : 0.4), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
