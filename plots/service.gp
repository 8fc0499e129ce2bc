# What each flow got in a tick in which it competed, the largest first, and the mean of the max-min shares of these
# ticks.
#   gnuplot -c plots/service.gp DIR OUT
name = "service"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("flows.csv") && exists("report_out")) { exit }
if (!has_file("flows.csv")) { exit error lack("flows.csv") }

contended(v) = column(view_word(v, "%s_contended_ticks"))
is_of(v) = group_of(0) eq group_name[view_group[v]] && contended(v) > 0
service(v) = column(view_word(v, "%s_contended_bytes")) / contended(v)
array flows[VIEWS_MAX]
array share_bytes[VIEWS_MAX]
array share_ticks[VIEWS_MAX]
array most[VIEWS_MAX]
array least[VIEWS_MAX]
do for [v = 1:views] { flows[v] = 0; share_bytes[v] = 0; share_ticks[v] = 0; most[v] = 0; least[v] = 1e300 }
put_flow(v, ticks, bytes) = (flows[v] = flows[v] + 1, share_bytes[v] = share_bytes[v] + bytes, \
    share_ticks[v] = share_ticks[v] + ticks, most[v] = max(most[v], bytes / ticks), \
    least[v] = min(least[v], bytes / ticks), 0)
if (views > 0) {
    stats file("flows.csv") using (sum [v = 1:views] (is_of(v) ? \
        put_flow(v, contended(v), column(view_word(v, "%s_contended_bytes"))) : 0), 0) nooutput
}
array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (flows[v] > 1) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": flows never contended" }
title = "Service of each flow against the max-min share"
panel_mm = 37
key_rows = key_lines(1, 2, 35)
key_narrower = 5
load folder."style.gp"

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    head = view_text(v)
    eval panel(p)
    set xrange [-1e300:2]
    set yrange [0:1e9]
    set table $sorted
    plot file("flows.csv") using (is_of(v) ? -service(v) : 1):(is_of(v) ? 1 : 0) smooth cumulative
    unset table
    mean = share_bytes[v] / share_ticks[v]
    ceiling = max(1, max(most[v], mean))
    count = flows[v]
    load folder."ranks.gp"
    eval y_label("per contended tick (".size_unit(ceiling).")")
    unset datafile columnheaders
    together = "2:1"
    plot $steps using 1:($2 / y_per) with filledcurves y1=0 fillcolor rgb FILL[d] \
            title sprintf("%d flows, %s to %s", count, size_text(least[v]), size_text(most[v])), \
        $steps using 1:($2 / y_per) with lines linestyle EDGE[d] notitle, \
        mean / y_per with lines linestyle LIMIT title "max-min share, mean ".size_text(mean), \
        0 with lines linestyle ZERO notitle
    set datafile columnheaders
}
unset multiplot
unset output
