# What each flow was delivered in a second, stacked: the largest flows, then the rest, under the group's limit.
name = "rate"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot for [i = 1:8] file(p) using "x":sprintf("top%d", i - 1):sprintf("top%d", i) with filledcurves \
            fillcolor rgb value(sprintf("BAND_%d", i)), \
        for [i = 1:8] file(p) using "x":sprintf("top%d", i) with lines linestyle EDGE, \
        file(p) using "x":"limit" with lines linestyle (series[p] ? LIMIT : ZERO), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
