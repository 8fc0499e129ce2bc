/*
 * The directory of a run's files: made, or found empty, or cleared of an earlier run's files.
 */
#ifndef SHAPESIM_SIM_OUTPUT_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_DIRECTORY_H

#include <stdbool.h>

#include "sim/sim.h"

/* Says whether a run may write there: SIM_OK, or SIM_MISUSE where it holds something and `force` is
 * not given. Changes nothing. */
int output_directory_check(const char *path, bool force, char *error);

/* Makes the directory and its parents where they are missing, and removes the files of an earlier
 * run. *made says whether it was made now. SIM_OK or SIM_FAILED. */
int output_directory_prepare(const char *path, bool *made, char *error);

/* Removes the directory again if it is empty: after a run that failed. */
void output_directory_abandon(const char *path);

#endif
