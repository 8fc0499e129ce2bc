# The share of exchanges answered within a given time, from the request's first packet to the response's last byte: as
# captured and as shaped, for each group. Exchanges without a response in the capture are not counted; those that were
# not answered in the run keep its curve below 100 %.
#   gnuplot -c plots/response.gp DIR OUT
name = "response"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("exchanges.csv") && exists("report_out")) { exit }
if (!has_file("exchanges.csv")) { exit error lack("exchanges.csv") }

array answers[GROUPS_MAX]
array longest[GROUPS_MAX]
array shortest[GROUPS_MAX]
do for [g = 1:groups] { answers[g] = 0; longest[g] = 0; shortest[g] = 1e300 }
# A row of a thinned file stands for several exchanges.
is_thinned = exists("report_thinned") && strstrt(report_thinned, " exchanges.csv ")
exchanges(dummy) = is_thinned ? column("exchanges") : 1
is_of(g) = group_of(0) eq group_name[g]
has_answer(dummy) = !is_nan(column("captured_response_s"))
extend(g, time_s) = time_s > 0 ? (longest[g] = max(longest[g], time_s), shortest[g] = min(shortest[g], time_s), 0) : 0
put_answer(g) = (answers[g] = answers[g] + (has_answer(0) ? exchanges(0) : 0), \
    extend(g, column("captured_response_s")) + extend(g, column("response_s")))
has_rows = has_file("exchanges.csv")
csv = "exchanges.csv"
if (has_rows) { load folder."has_rows.gp" }
if (has_rows) {
    stats file("exchanges.csv") using (sum [g = 1:groups] (is_of(g) ? put_answer(g) : 0), 0) nooutput
}
array shown[GROUPS_MAX]
panels = 0
do for [g = 1:groups] { if (longest[g] > 0 && panels < VIEWS_MAX) { panels = panels + 1; shown[panels] = g } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no exchange has a response" }
title = "Response times, captured against shaped"
panel_mm = 42
key_rows = key_lines(1, 2, 10)
load folder."style.gp"

do for [p = 1:panels] {
    g = shown[p]
    head = sprintf("%s: exchanges answered within a time (%d)", group_text(g), answers[g])
    eval panel(p)
    start = decade_below(max(shortest[g], 1e-6))
    end = max(decade_above(longest[g] * 1.01), 10 * start)
    set xrange [start : end]
    eval time_tics_from("x", start, end)
    set xlabel is_last_row(p) ? "response time" : ""
    eval y_label("exchanges (%)")
    set yrange [0 : 104]
    set ytics 20
    # Those that are not counted have no weight; they stand at the left edge.
    counts(name) = is_of(g) && !is_nan(column(name))
    point(name) = counts(name) ? rounded_up(max(start, column(name))) : start
    plot 100 with lines linestyle GRID notitle, \
        file("exchanges.csv") using (point("captured_response_s")): \
            (counts("captured_response_s") ? 100.0 * exchanges(0) / answers[g] : 0) \
            smooth cumulative with steps linestyle OFFERED title "captured", \
        "" using (point("response_s")):(counts("response_s") ? 100.0 * exchanges(0) / answers[g] : 0) \
            smooth cumulative with steps linestyle SERIES + 1 title "shaped", \
        0 with lines linestyle ZERO notitle
    unset logscale
}
unset multiplot
unset output
