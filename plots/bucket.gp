# A group's bucket at each tick, and what went through it against what the bucket allows.
#   gnuplot -c plots/bucket.gp DIR OUT [GROUP]
# GROUP: by default the first that passed bytes.
name = "bucket"
dir = ARG1
out = ARG2
group = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"
load folder."flow_levels.gp"
do for [v = 1:views] { if (group eq "" && passed[v] > 0) { group = group_name[view_group[v]] } }
is_of(v) = group_name[view_group[v]] eq group && passed[v] > 0
array shown[2]
buckets = 0
do for [v = 1:views] { if (is_of(v) && shows_level(v)) { buckets = buckets + 1; shown[buckets] = v } }
has_any = views == 0 ? 0 : int(sum [v = 1:views] is_of(v))
panels = has_any > 0 ? buckets + 1 : 0
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no tick of group '".group."' passed bytes" }
title = "Bucket of group ".group
panel_mm = 37
key_rows = key_lines(2, 4, 19)
key_narrower = 4
load folder."style.gp"
unset datafile columnheaders
do for [p = 1:buckets] {
    v = shown[p]
    load folder."level_panel.gp"
}

# Where little passed, the allowance leaves the panel at its top, or the totals would be a line on the axis.
p = panels
head = "passed, and the burst + rate x time that the bucket allowed"
key_narrower = 0
eval panel(p)
so_far = 0
do for [v = 1:views] { if (is_of(v)) { w = v; so_far = max(so_far, so_far_most(v)) } }
eval marks(w)
set xrange [0 : end_s(w) / x_per(w)]
set xlabel "time (".time_unit(end_s(w)).")"
y_per = size_per(so_far)
eval y_label("so far (".size_unit(so_far).")")
set yrange [0 : 1.06 * so_far / y_per]
set ytics tic_step(1.06 * so_far / y_per)
has_allowance(v) = is_of(v) && !is_nan(rate[at(v)])
y(v, which) = column(which) * so_far_per(v) / y_per
plot for [v = 1:views] $ticks index v - 1 using (is_of(v) ? column(TIME) : NaN):(y(v, PASSED)) with lines \
        linestyle DIRECTION[view_direction[v] + 1] title (is_of(v) ? view_past(v, "%s ").size_text(passed[v]) : ""), \
    for [v = 1:views] $ticks index v - 1 using (has_allowance(v) ? column(TIME) : NaN):(y(v, ALLOWED)) with lines \
        linestyle SECOND[view_direction[v] + 1] title (has_allowance(v) ? view_past(v, "allowed to be %s") : ""), \
    0 with lines linestyle ZERO notitle
unset multiplot
unset output
