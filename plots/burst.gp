# The burst that a bucket would need to let the stream through without delay, against its rate: as offered, as
# delivered, and as configured.
#   gnuplot -c plots/burst.gp DIR OUT
name = "burst"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("burst.csv") && exists("report_out")) { exit }
if (!has_file("burst.csv")) { exit error lack("burst.csv") }

# $sigma has the rows of whole groups: group, direction, stream, rate and burst.
array points[VIEWS_MAX]
array rate_least[VIEWS_MAX]
array rate_most[VIEWS_MAX]
array burst_least[VIEWS_MAX]
array burst_most[VIEWS_MAX]
do for [v = 1:views] {
    points[v] = 0; rate_least[v] = 1e300; rate_most[v] = 0; burst_least[v] = burst[at(v)]; burst_most[v] = burst[at(v)]
}
is_of(v) = group_of(0) eq group_name[view_group[v]] && strcol("direction") eq WORD[view_direction[v] + 1]
put_point(v, per_tick, bytes) = (points[v] = points[v] + 1, rate_least[v] = min(rate_least[v], per_tick), \
    rate_most[v] = max(rate_most[v], per_tick), \
    burst_least[v] = bytes > 0 ? min(burst_least[v], bytes) : burst_least[v], \
    burst_most[v] = max(burst_most[v], bytes), 0)
is_group = 'strcol("measure") eq "sigma" && is_nan(column("flow"))'
if (views > 0 && sum [v = 1:views] ticks(v) > 0) {
    stats file("burst.csv") using (@is_group ? sum [v = 1:views] (is_of(v) ? \
        put_point(v, column("x"), column("bytes")) : 0) : 0, 0) nooutput
    set table $sigma
    plot file("burst.csv") using (sprintf("%s,%s,%s,%.10g,%.10g", group_of(0), strcol("direction"), \
        strcol("stream"), column("x"), column("bytes"))) with table if (@is_group)
    unset table
}
array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (points[v] > 0 && !is_nan(burst[at(v)])) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no group has a limit" }
title = "Burstiness: the bucket that would let it through"
panel_mm = 37
key_rows = key_lines(1, 3, 10)
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    head = view_text(v).sprintf("; configured: %s per tick, burst %s", size_text(rate[at(v)]), size_text(burst[at(v)]))
    eval panel(p)
    eval size_tics_from("x", max(rate_least[v], 1), rate_most[v])
    low = decade_below(max(1, burst_least[v] * 0.8))
    high = decade_above(burst_most[v] * 1.05)
    eval size_tics_from("y", low, high)
    set xlabel is_last_row(p) ? "rate, per tick" : ""
    eval y_label("burst")
    set ylabel offset is_type(".svg") ? 1 : 0
    set xrange [max(rate_least[v], 1) / 1.15 : rate_most[v] * 1.15]
    set yrange [0.999 * low : 1.001 * high]
    curve(stream) = strcol(1) eq group_name[view_group[v]] && strcol(2) eq WORD[view_direction[v] + 1] && \
        strcol(3) eq stream && $5 > 0 ? $5 : NaN
    plot $sigma using 4:(curve("offered")) with lines linestyle OFFERED title "offered", \
        $sigma using 4:(curve("delivered")) with lines linestyle DIRECTION[d] title "delivered", \
        $sigma using (rate[at(v)]):(burst[at(v)]) every ::0::0 with points linestyle IDEAL \
            title "configured"
    unset logscale
}
unset multiplot
unset output
