/*
 * Runs gnuplot on one of the scripts of plots/, without a shell.
 */
#ifndef SHAPESIM_SIM_REPORT_GNUPLOT_H
#define SHAPESIM_SIM_REPORT_GNUPLOT_H

#include <stdbool.h>

#include "sim/base/sim.h"

/* The folder of the scripts: $SHAPESIM_PLOTS, or the installed one, relative to the program so that
 * both can be moved together, or the source's for a program that was only built. Borrowed, never
 * NULL. */
const char *gnuplot_scripts(void);

/* Whether a gnuplot of 5.4 or later can be run and the scripts exist: SIM_OK, or SIM_FAILED with
 * the way out. `version`, of 32 bytes, is set to its version. */
int gnuplot_check(char *version, char *error);

/* What plots/report.gp draws: the figures `names` of `directory` in `formats`, "svg pdf", into
 * `out_directory`; files named in `thinned` are taken from `data_directory`. Names are separated by
 * spaces. */
struct gnuplot_figures {
    const char *directory, *out_directory, *formats, *names;
    const char *data_directory, *thinned;
    int width_mm;
    bool is_untitled; /* without their titles */
};

/* Draws them all in one process; one that has nothing to show has no file. SIM_OK, or SIM_FAILED
 * with gnuplot's message; any output on standard error is a failure too. */
int gnuplot_draw(const struct gnuplot_figures *figures, char *error);

/* Draws the figure `name` of `directory` onto standard output, `columns` characters wide, at least
 * 60. SIM_OK, or SIM_FAILED: gnuplot's message, or why there is nothing to draw; then *is_empty is
 * set. */
int gnuplot_print(const char *name, const char *directory, int columns, bool *is_empty,
                  char *error);

#endif
