# A figure of runs over two settings: the darker the higher.
name = "heat"
dir = ARG1
out = ARG2
columns = ARG3
folder = ARG0[1 : strlen(ARG0) - strlen(name.".gp")]
load folder."panels.gp"
set palette defined (0 "#EAF4FB", 1 "#56B4E9")
set cbrange [0 : 1]
unset colorbox

do for [p = 1:panels] {
    load folder."panel.gp"
    plot file(p) using "x":"y":"left":"right":"bottom":"top":"shade" with boxxyerror fillcolor palette, \
        file(p) using "x":"y":(series[p] ? strcol("value") : "") with labels
}
load folder."end.gp"
