# Figures of a sweep over its first two varied keys, of the first trace: means over the settings with these two values.
#   gnuplot -c plots/heat.gp DIR OUT
name = "heat"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

array figure_name[2] = [fairness, "delay_p99_s"]
array figure_text[2] = [fairness_text, "delay p99 (s)"]
if (keys < 2 && exists("report_out")) { exit }
if (keys < 2) { exit error name.": nothing to draw in ".dir.": two settings must vary" }
cells = count_of(1) * count_of(2)
array sums[2 * cells]
array counts[2 * cells]
done = sum [i = 1:2 * cells] (sums[i] = 0, counts[i] = 0)
put_cell(i, x) = is_nan(x) ? 0 : (sums[i] = sums[i] + x, counts[i] = counts[i] + 1, 0)
cell(f, x, y) = (f - 1) * cells + (y - 1) * count_of(1) + x
is_in = 'trace_of(0) == 1 && value_of(1) <= VALUES_MAX && value_of(2) <= VALUES_MAX'
stats file_summary using (@is_in ? sum [i = 1:2] (has_figure(view.figure_name[i]."_mean") ? \
    put_cell(cell(i, value_of(1), value_of(2)), figure(figure_name[i])) : 0) : 0, 0) nooutput
has_cells(i) = int(sum [c = (i - 1) * cells + 1:i * cells] counts[c])
array shown[2]
panels = 0
do for [i = 1:2] { if (has_cells(i) > 0) { panels = panels + 1; shown[panels] = i } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no run has a figure" }
title = sprintf("Two settings at once: %s (%s)", cut(trace_text[1], 60), view_text)
panel_mm = max(24, 6.5 * count_of(2))
key_rows = 0
load folder."style.gp"
unset datafile columnheaders
unset grid
set key off
set palette defined (0 "#EAF4FB", 1 "#56B4E9")
set style fill solid 1.0 noborder

do for [p = 1:panels] {
    i = shown[p]
    head = figure_text[i]
    eval panel(p)
    mean(x, y) = sums[cell(i, x, y)] / counts[cell(i, x, y)]
    least = 1e300
    most = -1e300
    text = ""
    add_cell(x, y) = counts[cell(i, x, y)] == 0 ? 0 : (least = min(least, mean(x, y)), most = max(most, mean(x, y)), \
        text = text.sprintf("%d,%d,%.10g\n", x, y, mean(x, y)), 0)
    done = sum [y = 1:count_of(2)] (sum [x = 1:count_of(1)] add_cell(x, y))
    set print $cells
    print text
    unset print
    if (least == most) { most = least + (least == 0 ? 1 : 0.01 * abs(least)) }
    set cbrange [least : most]
    set cbtics (least, most) format "%.4g"
    set colorbox user origin graph 1.01, graph 0 size screen 0.015, screen panel_mm / height_mm
    set rmargin at screen at_x(WIDTH_MM - 20)
    set xrange [0.5 : count_of(1) + 0.5]
    set yrange [0.5 : count_of(2) + 0.5]
    eval value_tics("x", 1, 10, letters_in(WIDTH_MM - LEFT_MM - 20, 1, 10))
    eval value_tics("y", 2, 12, 8)
    set xlabel is_last_row(p) ? key_text(1) : ""
    set ylabel key_text(2)
    plot $cells using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror fillcolor palette notitle, \
        $cells using 1:2:(count_of(1) <= 10 ? sprintf("%.3g", $3) : "") with labels notitle
}
unset multiplot
unset output
