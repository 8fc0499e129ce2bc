# The figure is whole.
unset multiplot
unset output
