/*
 * A run's directory that is there when it is complete, and not before: the run writes into
 * DIR.part, which then gets the name DIR at once. Killed at any instant, a run leaves at most
 * DIR.part; the next one for the same place clears it away. Two at a time for one place wait for
 * each other (flock() on DIR.part). A run that fails leaves DIR.error, which says why.
 */
#ifndef SHAPESIM_SIM_OUTPUT_WHOLE_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_WHOLE_DIRECTORY_H

#include "sim/config/config.h"

/* Runs `config`, which has an output directory, by `run` in a directory of that kind; returns
 * what `run` does, or the status of a failure to make the directory. */
int whole_directory_run(const struct run_config *config,
                        int (*run)(const struct run_config *config, char *error), char *error);

/* The text in `path`.error for `command`; freed by the caller, NULL where there is none. */
char *whole_directory_error(const char *path, const char *command);

/* Removes a directory and the files in it, and its .error: 0, or -1 with errno where something is
 * left. That nothing is there is fine. */
int whole_directory_remove(const char *path);

#endif
