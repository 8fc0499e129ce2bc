/*
 * A run's directory that is there when it is complete, and not before: the run writes into
 * DIR.part, which then gets the name DIR at once. Killed at any instant, a run leaves at most
 * DIR.part; the next one for the same place clears it away. A second one at a time for one place is
 * refused (flock() on DIR.part). A run that fails leaves DIR.error, which says why.
 *
 * What shapesim did not write is never removed (owned_directory.h): a DIR.part, a DIR.error or an
 * entry of DIR.part that is foreign is an error.
 */
#ifndef SHAPESIM_SIM_WHOLE_DIRECTORY_H
#define SHAPESIM_SIM_WHOLE_DIRECTORY_H

#include "sim/config.h"
#include "sim/owned_directory.h"

/* Runs `config` into the open and empty directory. */
typedef int whole_directory_callback(const struct run_config *config,
                                     struct owned_directory *directory, char *error);

/* Runs `config`, which has an output directory, by `run` in a directory of that kind; returns
 * what `run` does, or the status of a failure to make the directory. */
int whole_directory_run(const struct run_config *config, whole_directory_callback *run,
                        char *error);

/* The text in `path`.error for `command`; freed by the caller, NULL where there is none. */
char *whole_directory_error(const char *path, const char *command);

/* SIM_OK where whole_directory_remove() would find nothing foreign, else SIM_FAILED. */
int whole_directory_check_removable(int parent_fd, const char *path, bool is_vouched, char *error);

/* Removes the directory `path`, which is in the folder `parent_fd`, with the files in it, and its
 * .error. `is_vouched`: that of a sweep, whose files need no summary. SIM_OK, also where nothing is
 * there; SIM_FAILED, and all stays, where something is foreign. */
int whole_directory_remove(int parent_fd, const char *path, bool is_vouched, char *error);

#endif
