# The bucket that would let the stream through undelayed, against the rate: as offered, as delivered, as configured.
name = "sigma"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"

do for [p = 1:panels] {
    load folder."panel.gp"
    plot file(p) using "rho":"offered" with lines linestyle OFFERED, \
        file(p) using "rho":"delivered" with lines linestyle value(panel_style[p]), \
        file(p) using "rho":"configured" with points linestyle IDEAL
}
load folder."end.gp"
