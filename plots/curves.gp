# What figures of several curves need of DATA/NAME-curves.csv, which a report of several runs or of a sweep writes: a
# point of a curve in a row, those of one curve of one panel together. The script has set `name`, `dir`, `out` and
# `folder`, and `letters`, how long a label may be; DIR is the report's, or the data's where a report draws. Afterwards:
#   file_curves, panels, panel_text[p]
#   labels, label_of[c], style_of[c]   curves in their order; style 0 is the capture's
#   x_least, x_most, y_least, y_most   of all points; [p] of a panel's: panel_most[p]
#   x(p, c), key_rows

if (dir eq "" || out eq "") { exit error "usage: gnuplot -c ".name.".gp DIR OUT.svg|png|pdf" }
plain(path) = path eq "-" || substr(path, 1, 1) eq "/" || substr(path, 1, 2) eq "./" ? path : "./".path
dir = plain(dir)
out = plain(out)
key_narrower = 0
panels_across = 1
is_labelled = 0
load folder."units.gp"
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
is_nan(x) = x != x
file_curves = (exists("report_data") ? report_data : dir."/data")."/".name."-curves.csv"
PANELS_MAX = 8
CURVES_MAX = 9
array panel_text[PANELS_MAX]
array panel_most[PANELS_MAX]
array label_of[CURVES_MAX]
array style_of[CURVES_MAX]
do for [p = 1:PANELS_MAX] { panel_most[p] = 0 }
panels = 0
labels = 0
x_least = 1e300
x_most = -1e300
y_least = 1e300
y_most = 0
find_panel(text, p) = p > panels || p == PANELS_MAX ? p : panel_text[p] eq text ? p : find_panel(text, p + 1)
find_label(text, c) = c > labels || c == CURVES_MAX ? c : label_of[c] eq text ? c : find_label(text, c + 1)
add_panel(text, p) = p <= panels ? p : (panels = p, panel_text[p] = text, p)
add_label(text, c, style) = c <= labels ? c : (labels = c, label_of[c] = text, style_of[c] = style, c)
put_point(p, x, y) = (x_least = min(x_least, x), x_most = max(x_most, x), y_least = min(y_least, y), \
    y_most = max(y_most, y), panel_most[p] = max(panel_most[p], y), 0)
# An empty field is no text, but what stands before the next comma.
word_of(text) = text eq "read" || text eq "write" ? ", ".text : ""
panel_name(dummy) = (group_of(0) eq "-" ? "no group" : "group ".group_of(0)).word_of(strcol("direction"))
panel_here(dummy) = find_panel(panel_name(0), 1)
label_here(dummy) = find_label(unquoted(strcol("curve")), 1)
set datafile separator comma
set datafile columnheaders
stats file_curves using (add_label(unquoted(strcol("curve")), label_here(0), column("style")), \
    put_point(add_panel(panel_name(0), panel_here(0)), column("x"), column("y")), 0) nooutput
if (panels == 0 && exists("report_out")) { exit }
if (panels == 0) { exit error name.": nothing to draw in ".file_curves }
x(p, c) = panel_here(0) == p && label_here(0) == c ? column("x") : NaN
cut(text, letters) = strlen(text) > letters ? substr(text, 1, letters - 2).".." : text
label_text(c) = cut(label_of[c], LABEL_LETTERS)
LABEL_LETTERS = is_narrow ? 44 : 66
longest = int(sum [c = 1:labels] 0)
do for [c = 1:labels] { longest = max(longest, strlen(label_text(c))) }
key_rows = key_lines(longest > 26 ? labels : (labels + 1) / 2, labels, longest)
key_narrower = max(0, (longest - 12) / 5.0)
