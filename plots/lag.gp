# The largest lag of each flow against an ideal server, the largest first.
name = "lag"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot file(p) using "x":"value" with filledcurves y1=0 fillcolor rgb value(panel_style[p]."_FILL"), \
        file(p) using "x":"value" with lines linestyle value(panel_style[p]."_TOP"), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
