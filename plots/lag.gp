# The most that each flow lagged behind an ideal server that shares out each byte, the largest first.
#   gnuplot -c plots/lag.gp DIR OUT
name = "lag"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("flows.csv") && exists("report_out")) { exit }
if (!has_file("flows.csv")) { exit error lack("flows.csv") }

lag(v) = column(view_word(v, "%s_gps_lag_bytes"))
array flows[VIEWS_MAX]
array most[VIEWS_MAX]
array most_text[VIEWS_MAX]
do for [v = 1:views] { flows[v] = 0; most[v] = 0; most_text[v] = "" }
put_most(v, bytes, text) = bytes > most[v] ? (most[v] = bytes, most_text[v] = text, 0) : 0
put_flow(v, bytes, text) = (flows[v] = flows[v] + 1, put_most(v, bytes, text))
is_of(v) = group_of(0) eq group_name[view_group[v]] && !is_nan(lag(v)) && column(view_past(v, "offered_%s_bytes")) > 0
if (views > 0) {
    stats file("flows.csv") using (sum [v = 1:views] (is_of(v) ? \
        put_flow(v, lag(v), endpoint(strcol("initiator_address"), strcol("initiator_port"))) : 0), 0) nooutput
}
array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (most[v] > 0) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no flow lagged" }
title = "Lag behind an ideal server"
panel_mm = 37
key_rows = 1
load folder."style.gp"

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    head = view_text(v)
    eval panel(p)
    set xrange [-1e300:2]
    set yrange [0:1e9]
    set table $sorted
    plot file("flows.csv") using (is_of(v) ? -lag(v) : 1):(is_of(v) ? 1 : 0) smooth cumulative
    unset table
    count = flows[v]
    ceiling = most[v]
    load folder."ranks.gp"
    eval y_label("largest lag (".size_unit(ceiling).")")
    unset datafile columnheaders
    together = "2:1"
    plot $steps using 1:($2 / y_per) with filledcurves y1=0 fillcolor rgb FILL[d] \
            title sprintf("%d flow%s, most%s: %s", count, count == 1 ? "" : "s", \
            is_narrow ? "" : " ".most_text[v], size_text(most[v])), \
        $steps using 1:($2 / y_per) with lines linestyle EDGE[d] notitle, \
        0 with lines linestyle ZERO notitle
    set datafile columnheaders
}
unset multiplot
unset output
