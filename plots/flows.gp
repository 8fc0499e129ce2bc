# When each flow was complete, from its first packet to its last byte of payload: as shaped against as captured. A flow
# on the line took as long as in the capture; those above it took longer.
#   gnuplot -c plots/flows.gp DIR OUT
name = "flows"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"
if (!has_file("flows.csv") && exists("report_out")) { exit }
if (!has_file("flows.csv")) { exit error lack("flows.csv") }

FLOWS_DRAWN = 1000
array completed[GROUPS_MAX]
do for [g = 1:groups] { completed[g] = 0 }
longest = 0
shortest = 1e300
at_least(time_s) = max(time_s, 1e-6)
extend(time_s) = (longest = max(longest, time_s), shortest = min(shortest, time_s), 0)
is_of(g) = group_of(0) eq group_name[g] && !is_nan(column("completion_s"))
put_flow(g) = (completed[g] = completed[g] + 1, extend(at_least(column("completion_s"))) \
    + extend(at_least(column("captured_completion_s"))))
if (has_file("exchanges.csv") && sum [g = 1:groups] group_flows[g] > 0) {
    stats file("flows.csv") using (sum [g = 1:groups] (is_of(g) ? put_flow(g) : 0), 0) nooutput
}
all = sum [g = 1:groups] completed[g]
panels = all > 0
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no flow's payload was delivered whole" }
title = "Completion of flows, captured against shaped"
panel_mm = 70
nth(g) = int(sum [h = 1:g] (completed[h] > 0))
series(g) = SERIES + 1 + (nth(g) + 7) % 8
named = int(sum [g = 1:groups] (completed[g] > 0))
key_rows = key_lines(min(named, 8) / 2 + 1, named + 1, 24)
key_narrower = 4
load folder."style.gp"

every_flow = (int(all) + FLOWS_DRAWN - 1) / FLOWS_DRAWN
head = every_flow == 1 ? "a point for each flow" : sprintf("a point for each %dth flow", every_flow)
eval panel(1)
start = decade_below(shortest)
end = max(decade_above(longest * 1.01), 10 * start)
set xrange [0.999 * start : 1.001 * end]
set yrange [0.999 * start : 1.001 * end]
eval time_tics_from("x", start, end)
eval time_tics_from("y", start, end)
set xlabel "completed after, as captured"
eval y_label("as shaped")
set ylabel offset is_type(".svg") ? 1 : 0
plot x with lines linestyle LIMIT title "as in the capture", \
    for [g = 1:groups] file("flows.csv") using (is_of(g) ? at_least(column("captured_completion_s")) : NaN): \
        (at_least(column("completion_s"))) every every_flow with points \
        linestyle series(g) pointsize 0.8 \
        title (completed[g] == 0 ? "" : sprintf("%s (%d flow%s)", group_text(g), completed[g], \
            completed[g] == 1 ? "" : "s"))
unset logscale
unset multiplot
unset output
