# Jain's index over contended windows by their length in seconds: mean and least of the windows, from summary.json.
#   gnuplot -c plots/fairness.gp DIR OUT
name = "fairness"
dir = ARG1
out = ARG2
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."run.gp"

# The i-th of a view's lengths of windows; those that no contended window had have no mean.
window(v, i) = real(word(windows_s[at(v)], i))
mean(v, i) = word(windows_mean[at(v)], i) eq "null" ? NaN : real(word(windows_mean[at(v)], i))
least(v, i) = word(windows_least[at(v)], i) eq "null" ? NaN : real(word(windows_least[at(v)], i))
measured(v) = words(windows_s[at(v)]) == 0 ? 0 : sum [i = 1:words(windows_s[at(v)])] !is_nan(mean(v, i))
array shown[VIEWS_MAX]
panels = 0
do for [v = 1:views] { if (measured(v) > 0) { panels = panels + 1; shown[panels] = v } }
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".dir.": flows never contended" }
title = "Fairness against the length of the window"
panel_mm = 37
key_rows = key_lines(1, 2, 20)
load folder."style.gp"
unset datafile columnheaders

do for [p = 1:panels] {
    v = shown[p]
    d = view_direction[v] + 1
    head = view_text(v)
    eval panel(p)
    last = words(windows_s[at(v)])
    set xrange [0.8 * window(v, 1) : 1.25 * window(v, last)]
    eval time_tics_from("x", window(v, 1), window(v, last))
    set xlabel is_last_row(p) ? "length of the window" : ""
    eval y_label("Jain's index J")
    set yrange [0 : 1.04]
    set ytics 0.2
    plot sample [i = 1:last:1] '+' using (window(v, int(i))):(least(v, int(i))) with lines linestyle SECOND[d] \
            title "least of the windows", \
        [i = 1:last:1] '+' using (window(v, int(i))):(mean(v, int(i))) with linespoints linestyle DIRECTION[d] \
            title "mean of the windows", \
        [i = 1:last:last - 1] '+' using (window(v, int(i))):(1) with lines linestyle GRID notitle
    unset logscale
}
unset multiplot
unset output
