/*
 * The runs of a sweep that are missing, as commands for other machines: one line each, quoted for a
 * shell, with absolute paths.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_PRINT_JOBS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_PRINT_JOBS_H

#include <stdio.h>

#include "sim/sweep/sweep_results.h"

/* Prints them, and removes what is left of them; `directory` is the sweep's, *count how many they
 * are. SIM_OK or SIM_FAILED. */
int sweep_print_jobs(struct sweep_results *results, const char *directory, FILE *out, size_t *count,
                     char *error);

#endif
