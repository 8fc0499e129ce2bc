# What all figures share: terminal, fonts, colours, lines, units, and where panels stand. A script sets
#   out           file to write; .svg, .png or .pdf picks the terminal; - is characters on standard output
#   title         of the figure
#   panels        how many
#   panel_mm      height of a panel's axes
#   key_rows      rows of the key over each panel
# and may have changed what run.gp and sweep.gp set:
#   panels_across how many panels stand side by side (1)
#   is_labelled   whether each panel has its own label of the x axis, not only the lowest (0)
#   key_narrower  gnuplot believes letters to be wider than they are on average: by how many letters a column of the key
#                 is narrower (0)
# loads this file, and begins panel p with `eval panel(p)` after it has set `head`, the panel's title. After that it may
# set, for the script of a report's page:
#   together      plots without a title that belong to one with: "2:1 5:3" where the 2nd shows what the 1st does
#   is_range      whether what is filled is a range from low to high, and not a size (0)
# Colours are Okabe and Ito's, which colour-blind readers can distinguish; weight and dashes distinguish them in grey.

set encoding utf8
is_type(extension) = strlen(out) > 4 && substr(out, strlen(out) - 3, strlen(out)) eq extension

# The page in mm, from its top: the title; then in each row of panels its head, its key, its axes and their tics.
WIDTH_MM = exists("report_width_mm") ? report_width_mm : 160.0
PNG_DPI = WIDTH_MM < 120 ? 300.0 : 150.0
is_untitled = exists("report_untitled") && report_untitled
# Titles and heads that are too long for a narrow figure go on in a second line, and for characters in a third.
wrapped_at(text, end, letters) = end < 2 ? text : substr(text, end, end) eq " " ? \
    substr(text, 1, end - 1)."\n".(is_characters ? wrapped(substr(text, end + 1, strlen(text)), letters) : \
    substr(text, end + 1, strlen(text))) : wrapped_at(text, end - 1, letters)
wrapped(text, letters) = (is_narrow || is_characters) && strlen(text) > letters ? \
    wrapped_at(text, letters + 1, letters) : text
LETTER_MM = WIDTH_MM / terminal_columns # one of characters, which are twice as high as wide
TITLE_LETTERS = int((WIDTH_MM - 4) / (is_characters ? LETTER_MM : 2.0))
HEAD_LETTERS = int((WIDTH_MM - 4) / (is_characters ? LETTER_MM : 1.62))
if (is_untitled) { title = "" }
is_two_lines(text) = strstrt(text, "\n") > 0
lines_after_first(text) = is_two_lines(text) ? \
    1 + lines_after_first(substr(text, strstrt(text, "\n") + 1, strlen(text))) : 0
title = wrapped(title, TITLE_LETTERS)
TITLE_MM = is_untitled ? 0.0 : is_two_lines(title) ? 12.0 : 7.0
HEAD_MM = is_narrow ? 9.6 : 6.0
KEY_MM = 4.7
TICS_MM = is_labelled ? 11.5 : 6.5
LABEL_MM = 5.5
LEFT_MM = 20.0
RIGHT_MM = is_narrow ? 4.0 : 6.0
if (is_characters) {
    TITLE_MM = (is_two_lines(title) ? 6 : 4) * LETTER_MM
    HEAD_MM = (terminal_columns < 80 ? 8 : 6) * LETTER_MM
    KEY_MM = 2 * LETTER_MM
    TICS_MM = (is_labelled ? 7 : 3) * LETTER_MM
    LABEL_MM = 4 * LETTER_MM
    LEFT_MM = 13 * LETTER_MM
    RIGHT_MM = 3 * LETTER_MM
    panel_mm = max(panel_mm, 20 * LETTER_MM)
}
# Where the key stands over the tics of the y axis, it is higher.
row_mm = HEAD_MM + key_rows * KEY_MM + panel_mm + TICS_MM + (is_narrow && key_rows > 0 ? 1.8 : 0)
panel_rows = (panels + panels_across - 1) / panels_across
height_mm = TITLE_MM + panel_rows * row_mm + (is_labelled ? 0.5 : LABEL_MM)

# The three terminals count lengths and fonts their own way; what comes out is the same: 8.5 pt text, 160 mm wide.
if (is_type(".svg")) {
    set terminal svg size 96 / 25.4 * WIDTH_MM, 96 / 25.4 * height_mm fixed \
        font "sans-serif,11.3" fontscale 1 linewidth 1 noenhanced rounded background rgb "white"
} else { if (is_type(".png")) {
    set terminal pngcairo size PNG_DPI / 25.4 * WIDTH_MM, PNG_DPI / 25.4 * height_mm \
        font "Sans,8.5" fontscale PNG_DPI / 96 linewidth PNG_DPI / 96 pointscale PNG_DPI / 96 \
        noenhanced rounded background rgb "white"
} else { if (is_type(".pdf")) {
    set terminal pdfcairo size WIDTH_MM / 10 cm, height_mm / 10 cm \
        font "Sans,8.5" fontscale 72.0 / 96 linewidth 1.5 noenhanced rounded background rgb "white"
} else { if (is_characters) {
    set terminal dumb noenhanced size terminal_columns, int(terminal_columns * height_mm / WIDTH_MM / 2 + 0.5)
} else {
    exit error "the figure's name must end in .svg, .png or .pdf, not: ".out
}}}}

# Line styles by what they mean: plot ... with lines linestyle READ
READ = 1
WRITTEN = 2
LIMIT = 7
ZERO = 8
GRID = 9
MARK = 12
OFFERED = 13
IDEAL = 14
set style line READ    linecolor rgb "#0072B2" linewidth 1.2 dashtype solid pointtype 7 pointsize 0.5
set style line WRITTEN linecolor rgb "#D55E00" linewidth 2.2 dashtype solid pointtype 7 pointsize 0.5
set style line LIMIT   linecolor rgb "#000000" linewidth 1.2 dashtype (10, 9)
set style line ZERO    linecolor rgb "#000000" linewidth 0.8 dashtype solid
set style line GRID    linecolor rgb "#DDDDDD" linewidth 0.5 dashtype solid
set style line MARK    linecolor rgb "#000000" linewidth 0.7 dashtype (2, 4)
set style line OFFERED linecolor rgb "#56B4E9" linewidth 2.6 dashtype solid
set style line IDEAL   linecolor rgb "#009E73" linewidth 1.6 dashtype (12, 4, 2, 4) pointtype 6 pointsize 1
# By direction, 0 read and 1 write: thin edges of what is filled, and a dashed second curve.
array DIRECTION[2] = [READ, WRITTEN]
array EDGE[2] = [3, 4]
array SECOND[2] = [5, 6]
array FILL[2] = [0xA8CFE6, 0xF5C9A6]
array PALE[2] = [0xD9EBF6, 0xFBE6D5] # a second range above it
set style line EDGE[1]   linecolor rgb "#0072B2" linewidth 0.8 dashtype solid
set style line EDGE[2]   linecolor rgb "#D55E00" linewidth 0.8 dashtype solid
set style line SECOND[1] linecolor rgb "#0072B2" linewidth 1.2 dashtype (10, 9)
set style line SECOND[2] linecolor rgb "#D55E00" linewidth 1.2 dashtype (10, 8, 1, 8)
# Series of a panel, in order.
SERIES = 20
set style line SERIES + 1 linecolor rgb "#0072B2" linewidth 1.6 dashtype solid pointtype 7 pointsize 0.5
set style line SERIES + 2 linecolor rgb "#D55E00" linewidth 1.8 dashtype (10, 4) pointtype 5 pointsize 0.5
set style line SERIES + 3 linecolor rgb "#009E73" linewidth 2.0 dashtype (2, 3) pointtype 9 pointsize 0.5
set style line SERIES + 4 linecolor rgb "#CC79A7" linewidth 1.8 dashtype (10, 4, 2, 4) pointtype 11 pointsize 0.5
set style line SERIES + 5 linecolor rgb "#E69F00" linewidth 2.6 dashtype solid pointtype 13 pointsize 0.5
set style line SERIES + 6 linecolor rgb "#56B4E9" linewidth 2.6 dashtype (10, 4) pointtype 6 pointsize 0.5
set style line SERIES + 7 linecolor rgb "#000000" linewidth 1.6 dashtype (2, 3) pointtype 4 pointsize 0.5
set style line SERIES + 8 linecolor rgb "#8B4513" linewidth 1.6 dashtype (10, 4, 2, 4) pointtype 8 pointsize 0.5
# Bands of a stack: neighbours differ in grey by a fifth of white at least. The eighth, the rest, is no colour.
array BAND[8] = [0x56B4E9, 0x0072B2, 0xCC79A7, 0xF0E442, 0xD55E00, 0xE69F00, 0x009E73, 0xBBBBBB]
BAND_EDGE = 15
set style line BAND_EDGE linecolor rgb "#333333" linewidth 0.3 dashtype solid

set border 3 back linecolor rgb "#666666" linewidth 0.8
set tics nomirror out scale 0.6 textcolor rgb "#000000"
set grid xtics ytics linestyle GRID
set grid back
if (is_characters) { unset grid }
set format "%.10g"
set style fill solid 1.0 noborder
set datafile separator comma
set datafile columnheaders

head_font = is_type(".svg") ? "sans-serif,11.3" : "Sans,8.5"
title_font = is_type(".svg") ? "sans-serif,14" : "Sans,10.5"

# Places on the page, from its left and its top.
at_x(mm) = mm / WIDTH_MM
at_y(mm) = 1 - mm / height_mm
left_mm(p) = ((p - 1) % panels_across) * WIDTH_MM / panels_across + LEFT_MM
top_mm(p) = TITLE_MM + (p - 1) / panels_across * row_mm

if (is_characters) { key_narrower = 0 }
if (!is_type(".svg")) { key_narrower = key_narrower / 2.0 } # the others measure texts better

# What a page needs of the panel that was drawn last: the box of its axes on the drawing, the axes' ends, and what is on
# those with a logarithmic scale: seconds or bytes.
axis_place(low, high, unit) = sprintf("[%.10g,%.10g,\"%s\"]", low, high, unit)
panel_place(dummy) = sprintf("{\"box\":[%.2f,%.2f,%.2f,%.2f],", GPVAL_TERM_XMIN, \
        96 / 25.4 * height_mm - GPVAL_TERM_YMAX, GPVAL_TERM_XMAX, 96 / 25.4 * height_mm - GPVAL_TERM_YMIN) \
    .sprintf("\"x\":%s,\"y\":%s,", axis_place(GPVAL_X_MIN, GPVAL_X_MAX, log_unit_x), \
        axis_place(GPVAL_Y_MIN, GPVAL_Y_MAX, log_unit_y)) \
    .sprintf("\"together\":\"%s\",\"range\":%d}", together, is_range)
begin_place(p) = (p == 1 ? "panel_places = ''; " : "panel_places = panel_places.panel_place(0).','; ") \
    ."together = ''; is_range = 0; log_unit_x = ''; log_unit_y = ''; "

is_last_row(p) = p + panels_across > panels
HEAD_LABEL = sprintf("set label 1 head at screen head_left, screen head_place + lines_after_first(head) * %.5f ", \
    (is_characters ? 2 * LETTER_MM : 3.6) / height_mm)."left font head_font; "
panel(p) = begin_place(p).sprintf("set lmargin at screen %.5f; set rmargin at screen %.5f; ", \
        at_x(left_mm(p)), at_x(left_mm(p) + WIDTH_MM / panels_across - LEFT_MM - RIGHT_MM)) \
    .sprintf("set tmargin at screen %.5f; set bmargin at screen %.5f; ", \
        at_y(top_mm(p) + row_mm - TICS_MM - panel_mm), at_y(top_mm(p) + row_mm - TICS_MM)) \
    .sprintf("set key at screen %.5f, screen %.5f width %.2f; ", \
        at_x(is_characters ? LETTER_MM : is_narrow ? 1 : left_mm(p) - 1), \
        at_y(top_mm(p) + HEAD_MM - (is_characters ? 2 * LETTER_MM : 0)), \
        -key_narrower) \
    ."unset label; unset arrow; " \
    ."head_text = head; head = wrapped(head, HEAD_LETTERS); " \
    .sprintf("head_place = %.5f; ", at_y(top_mm(p) + HEAD_MM - (is_characters ? 3.5 * LETTER_MM : 2.2))) \
    .sprintf("head_left = %.5f; ", at_x(is_narrow || is_characters ? 2 : left_mm(p))) \
    .HEAD_LABEL \
    .(p > 1 ? "" : sprintf("set label 2 title at screen %.5f, screen %.5f left font title_font; ", at_x(2), at_y(4.0)))
# What the y axis shows; a terminal of characters has no room beside the axis for it, and says it in the head.
y_label(text) = (y_text = text, is_characters ? \
    "head = wrapped(head_text.(strlen(head_text) ? ': ' : '').y_text, HEAD_LETTERS); ".HEAD_LABEL : "set ylabel y_text")
# gnuplot puts tics and label of the x axis farther from it where it draws SVG.
set xtics offset 0, (is_type(".svg") ? 0.3 : 0)
set xlabel offset 0, (is_type(".svg") ? 0.9 : 0.2)
set samples 2
set key left top Left reverse horizontal samplen 2.5 spacing 1.0 height 0
if (is_narrow || is_characters) { set key vertical maxrows max(1, key_rows) }

if (out ne "-") { set output out }
set multiplot
