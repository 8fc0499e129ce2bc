# All figures of a report, as `shapesim report` calls it: what they have in common is read once.
#   gnuplot -c plots/report.gp DIR OUT_DIR "FORMAT ..." "NAME ..." DATA_DIR "FILE ..."
# The files named last are taken from DATA_DIR, where the report has thinned them, and not from DIR. A figure that has
# nothing to show is left out.

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
        call report_folder.report_figure.".gp" report_dir report_out."/".report_figure.".".report_format
    }
}
