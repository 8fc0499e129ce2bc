# The bucket of each limited group and direction, just after each refill and at the tick's end, with its burst. Where
# only flows have limits: from the lowest to the highest bucket of the flows in flow_ticks.csv, at ticks' ends.
#   gnuplot -c plots/level.gp DIR OUT
name = "level"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"
load folder."flow_levels.gp"

array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (shows_level(v)) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": nothing has a limit" }
title = "Bucket level"
panel_mm = 37
key_rows = key_lines(1, 3, 19)
key_narrower = 4
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    load folder."level_panel.gp"
}
unset multiplot
unset output
