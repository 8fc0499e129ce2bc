# What each flow was delivered in a second, stacked: the largest flows, then the rest, under the group's limit.
#   gnuplot -c plots/rate.gp DIR OUT
name = "rate"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("ticks.csv") && exists("report_out")) { exit }
if (!has_file("ticks.csv")) { exit error lack("ticks.csv") }
load folder."ticks.gp"
load folder."flow_rates.gp"

array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (passed[v] > 0) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no tick passed bytes" }
title = "Delivered rate, flow by flow"
panel_mm = 48
recorded(v) = int(sum [r = 1:FLOWS_MAX] (flow_recorded[top(v, r)] > 0))
# Two columns of the key, but for the longest IPv6 addresses: the recorded flows, the rest and the limit.
text_longest = 27 # of the limit's
most_recorded = 0
do for [p = 1:panels] {
    most_recorded = max(most_recorded, recorded(shown[p]))
    do for [r = 1:FLOWS_MAX] { text_longest = max(text_longest, strlen(flow_text[top(shown[p], r)]) + 8) }
}
key_rows = key_lines(text_longest > 34 ? most_recorded + 2 : (most_recorded + 3) / 2, most_recorded + 2, text_longest)
key_narrower = text_longest > 34 ? 0 : max(0, text_longest - 25)
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    k = ticks_per_bin(v)
    head = view_text(v).(k > 1 ? sprintf(" (means of %d ticks)", k) : "").marks_head(v)
    eval panel(p)
    eval marks(v)
    set xrange [0 : end_s(v) / x_per(v)]
    set xlabel is_last_row(p) ? "time (".time_unit(end_s(v)).")" : ""
    eval y_label("rate (".size_unit(rate_most(v))."/s)")
    set yrange [0 : 1.06 * rate_most(v) / rate_per(v)]
    set ytics tic_step(1.06 * rate_most(v) / rate_per(v))
    named = sum [r = 1:FLOWS_MAX] flow_recorded[top(v, r)]
    others = group_flows[view_group[v]] - recorded(v)
    share(bytes) = sprintf("%.3g %%", 100 * bytes / passed[v])
    rest_text = others > 0 && named < passed[v] ? \
        sprintf("%d other%s: %s", others, others == 1 ? "" : "s", share(passed[v] - named)) : ""
    band_text(r) = flow_text[top(v, r)].": ".share(flow_recorded[top(v, r)])
    limit_text = !(limit_s(v) > 0) ? "" : "limit ".size_text(limit_s(v))."/s" \
        .(!shows_limit(v) ? " (far above)" : changes(v) ? " at first" : "")
    # The recorded flows are the first bands, the rest is the last; what a panel does not have is under what it has.
    # Without any, gnuplot evaluates an element of `for` nevertheless, with b 0.
    bands = ""
    do for [r = 1:FLOWS_MAX] { if (flow_recorded[top(v, r)] > 0) { bands = bands.sprintf(" %d", r) } }
    limit_column = shows_limit(v) ? 2 : FLOWS_MAX + 4
    do for [b = 1:words(bands) + 1] { together = together.sprintf("%d:%d ", words(bands) + 1 + b, b) }
    plot for [b = 1:words(bands)] r = int("0".word(bands, b)) $rates index v - 1 using 1:r + 2:r + 3 with filledcurves \
            fillcolor rgb BAND[max(1, b)] title band_text(max(1, r)), \
        $rates index v - 1 using 1:FLOWS_MAX + 3:FLOWS_MAX + 4 with filledcurves fillcolor rgb BAND[FLOWS_MAX + 1] \
            title rest_text, \
        for [b = 1:words(bands)] r = int("0".word(bands, b)) $rates index v - 1 using 1:r + 3 with lines \
            linestyle BAND_EDGE notitle, \
        $rates index v - 1 using 1:FLOWS_MAX + 4 with lines linestyle BAND_EDGE notitle, \
        $rates index v - 1 using 1:limit_column with lines linestyle (shows_limit(v) ? LIMIT : BAND_EDGE) \
            title limit_text, \
        0 with lines linestyle ZERO notitle
}
unset multiplot
unset output
