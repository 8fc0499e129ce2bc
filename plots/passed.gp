# Bytes offered and delivered so far, against what the bucket allowed: its first level and the rate of every tick.
#   gnuplot -c plots/passed.gp DIR OUT
name = "passed"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"

array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (passed[v] > 0) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no tick passed bytes" }
title = "Offered, delivered and allowed"
panel_mm = 37
key_rows = key_lines(1, 3, 20)
key_narrower = 3
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    head = view_text(v).marks_head(v)
    eval panel(p)
    eval marks(v)
    set xrange [0 : end_s(v) / x_per(v)]
    set xlabel is_last_row(p) ? "time (".time_unit(end_s(v)).")" : ""
    has_limit = allowance(v) > 0
    eval y_label("so far (".size_unit(so_far_most(v)).")")
    set yrange [0 : 1.06 * so_far_most(v) / so_far_per(v)]
    set ytics tic_step(1.06 * so_far_most(v) / so_far_per(v))
    offer_column = has_offered(v) ? OFFER : PASSED
    allowed_column = has_limit ? ALLOWED : PASSED
    # What a panel does not have is under what it has.
    plot $ticks index v - 1 using TIME:offer_column with lines \
            linestyle (has_offered(v) ? OFFERED : DIRECTION[d]) \
            title (has_offered(v) ? "offered ".size_text(offered[at(v)]) : ""), \
        $ticks index v - 1 using TIME:allowed_column with lines \
            linestyle (has_limit ? LIMIT : DIRECTION[d]) \
            title (has_limit ? "allowance ".size_text(allowance(v)) : ""), \
        $ticks index v - 1 using TIME:PASSED with lines linestyle DIRECTION[d] \
            title (has_offered(v) ? "delivered " : "charged ").size_text(passed[v]), \
        0 with lines linestyle ZERO notitle
}
unset multiplot
unset output
