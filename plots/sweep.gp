# Figures of runs against a setting, traces side by side: means over seeds with their 95 % interval.
name = "sweep"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot for [i = 1:series[p]] file(p) using "x":(column("series") == i ? column("mean") : NaN):"low":"high" \
            with yerrorbars linestyle value(sprintf("SERIES_%d", i)) dashtype solid pointsize 0 linewidth 0.8, \
        for [i = 1:series[p]] file(p) using "x":(column("series") == i ? column("mean") : NaN) \
            with linespoints linestyle value(sprintf("SERIES_%d", i)), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
