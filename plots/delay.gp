# The share of packets delivered within a given time, for each group.
name = "delay"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot 100 with lines linestyle GRID, \
        for [i = 1:series[p]] file(p) using "x":(column("series") == i ? column("y") : NaN) \
            with lines linestyle value(sprintf("SERIES_%d", 1 + (i - 1) % 8)), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
