/*
 * The directory of a run's files: made, or found empty, or cleared of an earlier run's files; and
 * locked, for one run at a time.
 */
#ifndef SHAPESIM_SIM_OUTPUT_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_DIRECTORY_H

#include <stdbool.h>

#include "sim/sim.h"

struct owned_directory;

/* Says whether a run may write there, and opens and locks the directory where it is there already.
 * SIM_OK; SIM_MISUSE where it holds something and `force` is not given; SIM_FAILED where another
 * one is at work there or something foreign is in the way. Changes nothing. The caller closes
 * *directory in any case; `path` is borrowed until then. */
int output_directory_check(struct owned_directory *directory, const char *path, bool force,
                           char *error);

/* SIM_FAILED where a run at work in DIR.part is going to take DIR (whole_directory.h). */
int output_directory_check_part(const char *path, char *error);

/* Makes the directory and its parents where they are missing. *made is the outermost directory made
 * now, owned by the caller, or NULL. SIM_OK or SIM_FAILED. */
int output_directory_make(const char *path, char **made, char *error);

/* After output_directory_check(): makes the directory where it was missing, *made as above, opens
 * and locks it. The files of an earlier run stay (owned_directory_clear()). SIM_OK, or as above. */
int output_directory_take(struct owned_directory *directory, const char *path, bool force,
                          char **made, char *error);

/* Removes the directory again and its parents up to `made`, as far as they are empty: after a run
 * that failed. Needs no memory. */
void output_directory_abandon(const char *path, const char *made);

#endif
