/*
 * The directory of a run's files: made, or found empty, or cleared of an earlier run's files.
 */
#ifndef SHAPESIM_SIM_OUTPUT_OUTPUT_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_OUTPUT_DIRECTORY_H

#include <stdbool.h>

#include "sim/base/sim.h"

/* Says whether a run may write there: SIM_OK, or SIM_MISUSE where it holds something and `force` is
 * not given. Changes nothing. */
int output_directory_check(const char *path, bool force, char *error);

/* Makes the directory and its parents where they are missing; *made as below. */
int output_directory_make(const char *path, char **made, char *error);

/* Makes the directory and its parents where they are missing, and removes the files of an earlier
 * run. *made is the outermost directory made now, owned by the caller, or NULL. SIM_OK or
 * SIM_FAILED. */
int output_directory_prepare(const char *path, char **made, char *error);

/* Removes the files of a run from the directory, needing no memory. SIM_OK or SIM_FAILED. */
int output_directory_clear(const char *path, char *error);

/* Removes the directory again and its parents up to `made`, as far as they are empty: after a run
 * that failed. Needs no memory. */
void output_directory_abandon(const char *path, const char *made);

#endif
