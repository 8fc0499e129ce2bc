/*
 * Runs gnuplot on one of the scripts of plots/, without a shell.
 */
#ifndef SHAPESIM_SIM_REPORT_GNUPLOT_H
#define SHAPESIM_SIM_REPORT_GNUPLOT_H

#include "sim/base/sim.h"

/* The folder of the scripts: $SHAPESIM_PLOTS, or the installed one, relative to the program so that
 * both can be moved together, or the source's for a program that was only built. Borrowed, never
 * NULL. */
const char *gnuplot_scripts(void);

/* Whether a gnuplot of 5.4 or later can be run and the scripts exist: SIM_OK, or SIM_FAILED with
 * the way out. `version`, of 32 bytes, is set to its version. */
int gnuplot_check(char *version, char *error);

/* Draws script `name` with the data in `directory` into the file `out`, or onto standard output if
 * that is "-", then `columns` characters wide. SIM_OK, or SIM_FAILED with gnuplot's message; any
 * output on standard error is a failure too. */
int gnuplot_draw(const char *name, const char *directory, const char *out, int columns,
                 char *error);

#endif
