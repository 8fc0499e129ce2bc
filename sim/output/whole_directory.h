/*
 * A run's directory that exists only once it is complete: the run writes into DIR.part, which is
 * then renamed to DIR. A killed run leaves at most DIR.part; the next run for the same DIR removes
 * it. A second run at the same time is refused (flock() on DIR.part). A run that fails leaves
 * DIR.error with the reason.
 *
 * What shapesim did not write is never removed (owned_directory.h): a DIR.part, a DIR.error or an
 * entry of DIR.part that is foreign is an error.
 */
#ifndef SHAPESIM_SIM_OUTPUT_WHOLE_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_WHOLE_DIRECTORY_H

#include "sim/config/config.h"
#include "sim/output/owned_directory.h"

/* Performs the run `config` in the open and empty directory. */
typedef int whole_directory_callback(const struct run_config *config,
                                     struct owned_directory *directory, char *error);

/* Performs the run `config`, which has an output directory, with `run` in a directory of that kind;
 * returns the result of `run`, or the status of a failure to make the directory. */
int whole_directory_run(const struct run_config *config, whole_directory_callback *run,
                        char *error);

/* The text in `path`.error for `command`; freed by the caller, NULL if there is none. */
char *whole_directory_error(const char *path, const char *command);

/* SIM_OK if whole_directory_remove() would find nothing foreign, else SIM_FAILED. */
int whole_directory_check_removable(int parent_fd, const char *path, bool is_vouched, char *error);

/* Removes the directory `path`, which is in the folder `parent_fd`, with the files in it, and its
 * .error. `is_vouched`: it belongs to a sweep, and its files need no summary. SIM_OK, also if
 * nothing is there; SIM_FAILED, and nothing is removed, if something is foreign. */
int whole_directory_remove(int parent_fd, const char *path, bool is_vouched, char *error);

#endif
