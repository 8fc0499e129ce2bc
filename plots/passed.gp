# What was offered and delivered so far, against what the bucket allowed: its first level and the rate of every tick.
name = "passed"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    has_offered = series[p] % 2
    has_limit = series[p] >= 2
    # What a panel does not have is below what it has.
    plot file(p) using "x":(column(has_offered ? "offered" : "passed")) with lines \
            linestyle (has_offered ? OFFERED : ZERO), \
        file(p) using "x":(column(has_limit ? "allowed" : "passed")) with lines linestyle (has_limit ? LIMIT : ZERO), \
        file(p) using "x":"passed" with lines linestyle value(panel_style[p]), \
        0 with lines linestyle ZERO
}
load folder."end.gp"
