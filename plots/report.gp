# All figures of a report, as `shapesim report` calls it: what they have in common is read once.
#   gnuplot -c plots/report.gp DIR OUT_DIR "FORMAT ..." "NAME ..." DATA_DIR "FILE ..."
# The files named last are taken from DATA_DIR, where the report has thinned them, and not from DIR. A figure that has
# nothing to show is left out. Behind the drawing of an SVG stands a comment with the places of its panels.

report_dir = ARG1
report_out = ARG2
report_formats = ARG3
report_figures = ARG4
report_data = ARG5
report_thinned = " ".ARG6." "
report_folder = ARG0[1 : strlen(ARG0) - strlen("report.gp")]
do for [report_format in report_formats] {
    do for [report_figure in report_figures] {
        reset
        panel_places = "none"
        report_file = report_out."/".report_figure.".".report_format
        call report_folder.report_figure.".gp" report_dir report_file
        if (report_format eq "svg" && panel_places ne "none") {
            set print report_file append
            print "<!-- panels [".panel_places.panel_place(0)."] -->"
            unset print
        }
    }
}
