# Axes, tics, texts and key of panel p, as its page says. What stood in the panel before is cleared.

unset label
unset arrow
unset object
unset logscale
set lmargin at screen at_x(panel_left[p])
set rmargin at screen at_x(panel_right[p])
set tmargin at screen at_y(panel_top[p])
set bmargin at screen at_y(panel_bottom[p])
if (x_log[p]) { set logscale x }
if (y_log[p]) { set logscale y }
set xrange [x_min[p] : x_max[p]]
set yrange [y_min[p] : y_max[p]]
set xtics ("" x_min[p] - 1)
set ytics ("" y_min[p] - 1)
do for [k = 1:tics] {
    if (tic_panel[k] == p && tic_axis[k] eq "x") { set xtics add (tic[k] tic_at[k]) }
    if (tic_panel[k] == p && tic_axis[k] eq "y") { set ytics add (tic[k] tic_at[k]) }
}
do for [k = 1:texts] {
    if (text_panel[k] == p) {
        if (text_kind[k] eq "left") { set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) left front }
        if (text_kind[k] eq "centre") { set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) center front }
        if (text_kind[k] eq "right") { set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) right front }
        if (text_kind[k] eq "turned") { set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) center rotate }
        if (text_kind[k] eq "head") {
            set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) left font head_font
        }
        if (text_kind[k] eq "title") {
            set label shown[k] at screen at_x(text_x[k]), at_y(text_y[k]) left font title_font
        }
    }
}
do for [k = 1:samples] {
    if (sample_panel[k] == p && sample_kind[k] eq "line") {
        set arrow from screen at_x(sample_x[k]), at_y(sample_y[k]) \
            to screen at_x(sample_x[k] + KEY_SAMPLE_MM), at_y(sample_y[k]) nohead linestyle value(sample_style[k])
    }
    if (sample_panel[k] == p && sample_kind[k] eq "fill") {
        set object rectangle from screen at_x(sample_x[k]), at_y(sample_y[k] + 1.2) \
            to screen at_x(sample_x[k] + KEY_SAMPLE_MM), at_y(sample_y[k] - 1.2) \
            fillcolor rgb value(sample_style[k]) fillstyle solid 1 border linecolor rgb 0x666666 linewidth 0.5
    }
    if (sample_panel[k] == p && sample_kind[k] eq "point") {
        set label "" at screen at_x(sample_x[k] + KEY_SAMPLE_MM / 2), at_y(sample_y[k]) \
            point linestyle value(sample_style[k])
    }
}
do for [k = 1:marks] {
    if (mark_panel[k] == p) {
        set arrow from first mark_x[k], graph 0 to first mark_x[k], graph 1 nohead linestyle MARK
    }
}
