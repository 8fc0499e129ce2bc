# What the figures of a report share: reads NAME's page (sim/report/figure.h), and sets the terminal up.
#   gnuplot -c plots/NAME.gp DIR OUT    DIR holds NAME-page.gp and NAME-1.csv, ...: DIR/report/data of a run
# OUT ends in .svg, .png or .pdf; - draws with characters onto standard output, ARG3 columns wide.
# The script has set `name`, `dir`, `out` and `columns` from its arguments, as `load` hides them. It draws
# panel p, from 1 to panels, with `load folder."panel.gp"` and a plot.

if (dir eq "" || out eq "") { exit error "usage: gnuplot -c ".name.".gp DIR OUT.svg|png|pdf" }
data = dir."/".name
terminal_columns = columns eq "" || columns eq "0" ? 100 : int(columns)
load data."-page.gp"
load folder."style.gp"
set datafile separator comma
set datafile columnheaders
file(p) = sprintf("%s-%d.csv", data, p)

if (out ne "-") { set output out }
set multiplot
