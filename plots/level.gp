# The bucket of each group and direction at each tick, with its burst and zero.
name = "level"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot file(p) using "x":"low":"high" with filledcurves fillcolor rgb value(panel_style[p]."_FILL"), \
        file(p) using "x":"low" with lines linestyle value(panel_style[p]."_EDGE"), \
        file(p) using "x":"high" with lines linestyle value(panel_style[p]."_EDGE"), \
        0 with lines linestyle ZERO, \
        file(p) using "x":"burst" with lines linestyle LIMIT
}
load folder."end.gp"
