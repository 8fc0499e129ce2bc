# What all figures share: size, fonts, colours, lines, units. A script sets two variables and loads this file:
#   out        file to write; .svg, .png or .pdf picks the terminal; - is characters, terminal_columns of them in a row
#   height_mm  height of the figure; its width is 160 mm, a column of text on A4
# Colours are Okabe and Ito's, which colour-blind readers can distinguish; weight and dashes distinguish them in grey.

set encoding utf8
width_mm = 160.0
is_type(extension) = strlen(out) > 4 && substr(out, strlen(out) - 3, strlen(out)) eq extension

# The three terminals count lengths and fonts their own way; what comes out is the same: 8.5 pt text, 160 mm wide.
if (is_type(".svg")) {
    set terminal svg size 96 / 25.4 * width_mm, 96 / 25.4 * height_mm fixed \
        font "sans-serif,11.3" fontscale 1 linewidth 1 noenhanced rounded background rgb "white"
} else { if (is_type(".png")) {
    set terminal pngcairo size 200 / 25.4 * width_mm, 200 / 25.4 * height_mm \
        font "Sans,8.5" fontscale 200.0 / 96 linewidth 200.0 / 96 noenhanced rounded background rgb "white"
} else { if (is_type(".pdf")) {
    set terminal pdfcairo size width_mm / 10 cm, height_mm / 10 cm \
        font "Sans,8.5" fontscale 72.0 / 96 linewidth 1.5 noenhanced rounded background rgb "white"
} else { if (out eq "-") {
    set terminal dumb noenhanced size terminal_columns, int(terminal_columns * height_mm / width_mm / 2 + 0.5)
} else {
    exit error "the figure's name must end in .svg, .png or .pdf, not: ".out
}}}}

# Line styles by what they mean: plot ... with lines linestyle READ
READ = 1
WRITTEN = 2
READ_EDGE = 3
WRITTEN_EDGE = 4
READ_LIMIT = 5
WRITTEN_LIMIT = 6
LIMIT = 7
ZERO = 8
GRID = 9
READ_TOP = 10
WRITTEN_TOP = 11
MARK = 12
EDGE = 15
OFFERED = 13
IDEAL = 14
set style line READ          linecolor rgb "#0072B2" linewidth 1.2 dashtype solid
set style line WRITTEN       linecolor rgb "#D55E00" linewidth 2.2 dashtype solid
set style line READ_TOP      linecolor rgb "#0072B2" linewidth 1.4 dashtype solid
set style line WRITTEN_TOP   linecolor rgb "#D55E00" linewidth 1.4 dashtype solid
set style line READ_EDGE     linecolor rgb "#0072B2" linewidth 0.6 dashtype solid
set style line WRITTEN_EDGE  linecolor rgb "#D55E00" linewidth 0.6 dashtype solid
set style line READ_LIMIT    linecolor rgb "#0072B2" linewidth 1.2 dashtype (10, 9)
set style line WRITTEN_LIMIT linecolor rgb "#D55E00" linewidth 1.2 dashtype (10, 8, 1, 8)
set style line LIMIT         linecolor rgb "#000000" linewidth 1.2 dashtype (10, 9)
set style line ZERO          linecolor rgb "#000000" linewidth 0.8 dashtype solid
set style line GRID          linecolor rgb "#DDDDDD" linewidth 0.5 dashtype solid
set style line MARK          linecolor rgb "#000000" linewidth 0.7 dashtype (2, 4)
set style line EDGE          linecolor rgb "#333333" linewidth 0.3 dashtype solid
set style line OFFERED       linecolor rgb "#56B4E9" linewidth 2.6 dashtype solid
set style line IDEAL         linecolor rgb "#009E73" linewidth 1.6 dashtype (12, 4, 2, 4) pointtype 6 pointsize 1
# Series of a panel, in order, and bands of a stack: dark and light in turn; the last is the rest.
SERIES_1 = 21
SERIES_2 = 22
SERIES_3 = 23
SERIES_4 = 24
SERIES_5 = 25
SERIES_6 = 26
SERIES_7 = 27
SERIES_8 = 28
set style line SERIES_1 linecolor rgb "#0072B2" linewidth 1.6 dashtype solid pointtype 7 pointsize 0.5
set style line SERIES_2 linecolor rgb "#D55E00" linewidth 1.8 dashtype (10, 4) pointtype 5 pointsize 0.5
set style line SERIES_3 linecolor rgb "#009E73" linewidth 2.0 dashtype (2, 3) pointtype 9 pointsize 0.5
set style line SERIES_4 linecolor rgb "#CC79A7" linewidth 1.8 dashtype (10, 4, 2, 4) pointtype 11 pointsize 0.5
set style line SERIES_5 linecolor rgb "#E69F00" linewidth 2.6 dashtype solid pointtype 13 pointsize 0.5
set style line SERIES_6 linecolor rgb "#56B4E9" linewidth 2.6 dashtype (10, 4) pointtype 6 pointsize 0.5
set style line SERIES_7 linecolor rgb "#000000" linewidth 1.6 dashtype (2, 3) pointtype 4 pointsize 0.5
set style line SERIES_8 linecolor rgb "#8B4513" linewidth 1.6 dashtype (10, 4, 2, 4) pointtype 8 pointsize 0.5
BAND_1 = 0x0072B2
BAND_2 = 0xF0E442
BAND_3 = 0xD55E00
BAND_4 = 0x56B4E9
BAND_5 = 0x009E73
BAND_6 = 0xE69F00
BAND_7 = 0xCC79A7
BAND_8 = 0xDDDDDD
READ_FILL = 0xA8CFE6
WRITTEN_FILL = 0xF5C9A6

set border 3 back linecolor rgb "#666666" linewidth 0.8
set tics nomirror out scale 0.6 textcolor rgb "#000000"
set grid xtics ytics linestyle GRID
set grid back
if (out eq "-") { unset grid }
set format "%.10g"
unset key
set style fill solid 1.0 noborder

head_font = is_type(".svg") ? "sans-serif,11.3" : "Sans,8.5"
title_font = is_type(".svg") ? "sans-serif,14" : "Sans,10.5"

# Places on the page, from its left and its top.
at_x(mm) = mm / width_mm
at_y(mm) = 1 - mm / height_mm

# Decimal prefixes: the unit to show values up to `largest` in, and what to divide by.
size_divisor(largest) = largest < 1e3 ? 1.0 : largest < 1e6 ? 1e3 : largest < 1e9 ? 1e6 : 1e9
size_unit(largest) = largest < 1e3 ? "B" : largest < 1e6 ? "kB" : largest < 1e9 ? "MB" : "GB"
size_text(bytes) = sprintf("%.4g %s", bytes / size_divisor(bytes), size_unit(bytes))
time_divisor(longest_s) = longest_s < 1 ? 1e-3 : 1.0
time_unit(longest_s) = longest_s < 1 ? "ms" : "s"

# Steps of 1, 2 or 5 that put at most seven tics on an axis.
tic_step(range) = tic_round(range / 6.0, 10 ** floor(log10(range / 6.0)))
tic_round(step, power) = power * (step <= power ? 1 : step <= 2 * power ? 2 : step <= 5 * power ? 5 : 10)

# A key in a row over a panel, so that it hides nothing: set key_x and key_y (mm), then for each entry, in order,
#   eval key_line(STYLE, "text")  or  eval key_fill(COLOUR, "text")  or  eval key_note("text")
# and after the plot `eval key_clear`. The widths of texts are estimates.
KEY_SAMPLE_MM = 7.0
KEY_GAP_MM = 4.0
text_mm(text) = sum [k = 1:strlen(text)] (strstrt(" .,:;'()/fijlrt", substr(text, k, k)) ? 1.1 : 1.8)
key_clear = "unset arrow; unset object; unset label"
key_put(text) = (key_text = text, \
    "set label key_text at screen at_x(key_x), at_y(key_y) left; " \
    ."key_x = key_x + text_mm(key_text) + KEY_GAP_MM; ")
key_after = "key_x = key_x + KEY_SAMPLE_MM + 1.2; "
key_line(style, text) = sprintf("set arrow from screen at_x(key_x), at_y(key_y) " \
    ."to screen at_x(key_x + KEY_SAMPLE_MM), at_y(key_y) nohead linestyle %d; ", style).key_after.key_put(text)
key_fill(colour, text) = sprintf("set object rectangle from screen at_x(key_x), at_y(key_y + 1.2) " \
    ."to screen at_x(key_x + KEY_SAMPLE_MM), at_y(key_y - 1.2) fillcolor rgb %d fillstyle solid 1 noborder; ", colour) \
    .key_after.key_put(text)
key_note(text) = key_put(text)
