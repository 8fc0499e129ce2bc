/*
 * The directory of a run's files: made, found empty, or cleared of an earlier run's files; and
 * locked, for one run at a time.
 */
#ifndef SHAPESIM_SIM_OUTPUT_OUTPUT_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_OUTPUT_DIRECTORY_H

#include <stdbool.h>

#include "sim/base/sim.h"

struct owned_directory;

/* Checks whether a run may write there, and opens and locks the directory if it exists. SIM_OK;
 * SIM_MISUSE if it is not empty and `force` is not given; SIM_FAILED if another run is using it or
 * something foreign is in it. Changes nothing. The caller closes *directory in any case; `path` is
 * borrowed, valid until then. */
int output_directory_check(struct owned_directory *directory, const char *path, bool force,
                           char *error);

/* SIM_FAILED if a run that is writing DIR.part will rename it to DIR (whole_directory.h). */
int output_directory_check_part(const char *path, char *error);

/* Makes the directory and its missing parents. *made is the outermost directory that was made,
 * owned by the caller, or NULL. SIM_OK or SIM_FAILED. */
int output_directory_make(const char *path, char **made, char *error);

/* After output_directory_check(): makes the directory if it is missing, *made as above, opens and
 * locks it. The files of an earlier run stay (owned_directory_clear()). SIM_OK, or as above. */
int output_directory_take(struct owned_directory *directory, const char *path, bool force,
                          char **made, char *error);

/* Removes the directory again and its parents up to `made`, as long as they are empty: after a run
 * that failed. Needs no memory. */
void output_directory_abandon(const char *path, const char *made);

#endif
