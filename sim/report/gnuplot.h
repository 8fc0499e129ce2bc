/*
 * Runs gnuplot on one of the scripts of plots/, without a shell.
 */
#ifndef SHAPESIM_SIM_REPORT_GNUPLOT_H
#define SHAPESIM_SIM_REPORT_GNUPLOT_H

#include "sim/base/sim.h"

/* Where the scripts are: $SHAPESIM_PLOTS, or where they were installed, wherever the program and
 * they were moved to together, or beside a program that was only built. Lent, never NULL. */
const char *gnuplot_scripts(void);

/* Whether a gnuplot of 5.4 or later can be run and the scripts are there: SIM_OK, or SIM_FAILED
 * with what to do. `version`, of 32 bytes, is filled with its version. */
int gnuplot_check(char *version, char *error);

/* Draws script `name` with the data in `directory` into the file `out`, or onto standard output
 * where that is "-": so many characters wide. SIM_OK, or SIM_FAILED with what gnuplot said; a word
 * on standard error is a failure, too. */
int gnuplot_draw(const char *name, const char *directory, const char *out, int columns,
                 char *error);

#endif
