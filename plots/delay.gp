# The share of packets delivered within a given time, for each group.
#   gnuplot -c plots/delay.gp DIR OUT
name = "delay"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("delays.csv") && exists("report_out")) { exit }
if (!has_file("delays.csv")) { exit error lack("delays.csv") }

array packets[VIEWS_MAX]
array longest[2]
array shortest[2]
do for [v = 1:views] { packets[v] = 0 }
do for [d = 1:2] { longest[d] = 0; shortest[d] = 1e300 }
is_of(v) = group_of(0) eq group_name[view_group[v]] && strcol("direction") eq WORD[view_direction[v] + 1]
put_delay(v, d, delay_s, count) = (packets[v] = packets[v] + count, longest[d] = max(longest[d], delay_s), \
    shortest[d] = delay_s > 0 ? min(shortest[d], delay_s) : shortest[d], 0)
if (views > 0 && sum [v = 1:views] (delay_most[at(v)] >= 0) > 0) {
    stats file("delays.csv") using (sum [v = 1:views] (is_of(v) ? \
        put_delay(v, view_direction[v] + 1, column("delay_s"), column("packets")) : 0), 0) nooutput
}
panels = (longest[1] > 0) + (longest[2] > 0)
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no packet was delayed" }
title = "Delay of packets"
panel_mm = 37
in_direction(d) = sum [v = 1:views] (view_direction[v] + 1 == d && packets[v] > 0)
in_key = int(max(in_direction(1), in_direction(2)))
key_rows = key_lines((in_key + 1) / 2, in_key, 30)
key_narrower = 4
load folder."style.gp"

p = 0
do for [d = 1:2] {
    if (longest[d] == 0) { continue }
    p = p + 1
    head = WORD[d].": packets that took no longer"
    eval panel(p)
    # Packets without delay are at the left edge.
    start = decade_below(shortest[d])
    end = decade_above(longest[d] * 1.01)
    if (end <= 10 * start * 1.01) { start = start / 10 }
    set xrange [start : end]
    eval time_tics_from("x", start, end)
    set xlabel is_last_row(p) ? "delay of a packet" : ""
    eval y_label("packets (%)")
    set yrange [0 : 104]
    set ytics 20
    weight(v) = is_of(v) ? column("packets") * 100.0 / packets[v] : 0
    list = ""
    do for [v = 1:views] { if (view_direction[v] + 1 == d && packets[v] > 0) { list = list.sprintf(" %d", v) } }
    plot 100 with lines linestyle GRID notitle, \
        for [n = 1:words(list)] v = int("0".word(list, n)) file("delays.csv") \
            using (rounded_up(max(start, column("delay_s")))):(weight(v)) smooth cumulative with steps \
            linestyle SERIES + n title sprintf("%s (%.0f packets)", group_text(view_group[v]), packets[v]), \
        0 with lines linestyle ZERO notitle
    unset logscale
}
unset multiplot
unset output
