/*
 * The directory of a sweep:
 *
 *     sweep.json     what is swept: the arguments, the traces with their hashes, the window
 *                    compared, and what is impossible
 *     sweep.lock     locked with flock() while a sweep is running
 *     runs/ID/       a run that is complete; ID.part while it runs, ID.error if it failed
 *     sweep.csv, sweep-summary.csv, sweep-long.csv
 *
 * Every file gets its name when it is complete, so a sweep that is killed at any instant can be
 * resumed. The directory itself is locked too: against runs and reports, and in case sweep.lock was
 * removed; sweep.lock is what is locked on file systems that lock no directories (NFS).
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_DIRECTORY_H
#define SHAPESIM_SIM_SWEEP_SWEEP_DIRECTORY_H

#include <stdbool.h>

#include "sim/output/owned_directory.h"
#include "sim/sweep/sweep_plan.h"

struct sweep_directory {
    struct owned_directory files;
    int lock_fd;     /* of sweep.lock; -1: none, like the next */
    int runs_fd;     /* of runs/ */
    bool is_earlier; /* a sweep was there before, so it owns runs/ID */
};

/* Initialises it; nothing is open. */
void sweep_directory_init(struct sweep_directory *directory);

/* Makes the directory or takes an earlier one of the same sweep, and locks it. It is the same if
 * options and axes are; values, seeds, sample and traces may have changed. SIM_OK; SIM_MISUSE if it
 * contains another sweep or something else and `force` is not given; SIM_FAILED also if
 * something foreign is in it. Closed in any case with sweep_directory_close(); `path` is borrowed,
 * valid until then. */
int sweep_directory_open(struct sweep_directory *directory, const char *path,
                         const struct sweep_plan *plan, bool force, char *error);

/* Writes sweep.json, and makes the folder of the runs. SIM_OK or SIM_FAILED. */
int sweep_directory_begin(struct sweep_directory *directory, const struct sweep_plan *plan,
                          char *error);

void sweep_directory_close(struct sweep_directory *directory);

/* A sweep's arguments and hashes, as sweep.json in `path` has them. */
struct sweep_settings;

/* SIM_OK: the caller frees *settings with sweep_settings_free(). SIM_MISUSE: there are none. */
int sweep_settings_read(const char *path, struct sweep_settings **settings, char *error);
void sweep_settings_free(struct sweep_settings *settings);

/* Words for options_parse(), borrowed from `settings`; argv[0] is a name. */
char **sweep_settings_words(struct sweep_settings *settings, int *count);

/* Sets the hashes of the plan's traces to the recorded ones. */
int sweep_settings_give_hashes(const struct sweep_settings *settings, struct sweep_plan *plan,
                               char *error);

/* Opens and locks an existing directory, to rewrite its tables. SIM_OK or SIM_FAILED. */
int sweep_directory_reopen(struct sweep_directory *directory, const char *path, char *error);

/* The absolute path of a run's directory, `directory` being that of the sweep; freed by the
 * caller, NULL on allocation failure. */
char *sweep_directory_run_path(const char *directory, const struct sweep_plan *plan, size_t run);

#endif
