# Figures of a sweep over its first two varied keys, of the first trace: means over the settings with these two values.
#   gnuplot -c plots/heat.gp DIR OUT
name = "heat"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."sweep.gp"

array figure_text[2] = [fairness_text, wait_text]
has(f) = f == 2 ? has_wait : has_figure(view.fairness."_mean")
row_value(f) = f == 2 ? wait_s(0) : figure(fairness)
value_of_cell(f, x) = f == 2 ? sprintf("%.3g %s", x / time_per(x), time_unit(x)) : sprintf("%.3g", x)
if (keys < 2 && exists("report_out")) { exit }
if (keys < 2) { exit error name.": nothing to draw in ".dir.": two settings must vary" }
cells = count_of(1) * count_of(2)
array sums[2 * cells]
array counts[2 * cells]
done = sum [i = 1:2 * cells] (sums[i] = 0, counts[i] = 0)
put_cell(i, x) = is_nan(x) || x > 1e300 ? 0 : (sums[i] = sums[i] + x, counts[i] = counts[i] + 1, 0)
cell(f, x, y) = (f - 1) * cells + (y - 1) * count_of(1) + x
is_in = 'trace_of(0) == 1 && value_of(1) <= VALUES_MAX && value_of(2) <= VALUES_MAX'
stats file_summary using (@is_in ? sum [i = 1:2] (has(i) ? \
    put_cell(cell(i, value_of(1), value_of(2)), row_value(i)) : 0) : 0, 0) nooutput
has_cells(i) = int(sum [c = (i - 1) * cells + 1:i * cells] counts[c])
array shown[2]
panels = 0
do for [i = 1:2] { if (has_cells(i) > 0) { panels = panels + 1; shown[panels] = i } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": no run has a figure" }
title = sprintf("Two settings at once: %s%s", cut(trace_text[1], 60), view_note)
panel_mm = max(24, 6.5 * count_of(2))
key_rows = 0
load folder."style.gp"
HEAD_LETTERS = HEAD_LETTERS - 12 # beside the end of the colour bar
unset datafile columnheaders
unset grid
set key off
set palette defined (0 "#EAF4FB", 1 "#56B4E9")
set style fill solid 1.0 noborder

apart_text(least, most) = !(least > 0) ? "from none" : most < 2 * least ? \
    sprintf("%.2g %% apart", 100 * (most - least) / least) : sprintf("%.3g times as long", most / least)
do for [p = 1:panels] {
    i = shown[p]
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
    # A difference that does not matter is not coloured as one that does: J spans 0.05 at least, a time a tenth.
    apart = most - least
    head = figure_text[i].": ".(least == most ? value_of_cell(i, least)." throughout" : \
        i == 1 ? sprintf("from %.3f to %.3f", least, most) : \
        sprintf("from %s to %s, %s", value_of_cell(i, least), value_of_cell(i, most), apart_text(least, most)))
    eval panel(p)
    span = i == 1 ? 0.05 : max(1e-6, 0.1 * most)
    from = apart < span ? max(0, (least + most - span) / 2) : least
    to = max(most, from + span)
    set cbrange [from : to]
    from_text = value_of_cell(i, from)
    to_text = value_of_cell(i, to)
    set cbtics (from_text from, to_text to)
    set colorbox user origin graph 1.01, graph 0 size screen 0.015, screen panel_mm / height_mm
    set rmargin at screen at_x(WIDTH_MM - 22)
    set xrange [0.5 : count_of(1) + 0.5]
    set yrange [0.5 : count_of(2) + 0.5]
    eval value_tics("x", 1, is_narrow ? 4 : 10, letters_in(WIDTH_MM - LEFT_MM - 22, 1, 10))
    eval value_tics("y", 2, 12, 8)
    set xlabel is_last_row(p) ? axis_text(1) : ""
    eval y_label(key_text(2))
    plot $cells using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror fillcolor palette notitle, \
        $cells using 1:2:(count_of(1) <= (is_narrow ? 4 : 10) ? value_of_cell(i, $3) : "") with labels notitle
}
unset multiplot
unset output
