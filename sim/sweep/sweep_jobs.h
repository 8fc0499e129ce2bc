/*
 * The runs of a sweep as processes, a limited number at a time: each runs this program's own file
 * with the words of sweep_plan_words(). They end with the sweep, however it ends
 * (PR_SET_PDEATHSIG).
 *
 * Where several runs to come read a trace with equal options, another process decodes it first
 * (sweep_recordings.h), and they wait for that. Nothing else depends on it: where that fails, they
 * read the trace themselves.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_JOBS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_JOBS_H

#include <signal.h>

#include "sim/sweep/sweep_progress.h"
#include "sim/sweep/sweep_recordings.h"
#include "sim/sweep/sweep_results.h"

struct sweep_jobs {
    const struct sweep_plan *plan;
    const char *directory;
    struct sweep_results *results; /* has been loaded for every run */
    struct sweep_recordings *recordings;
    size_t at_a_time;
    struct sweep_progress *progress;
    const volatile sig_atomic_t *stop; /* when set, no run is started */
};

/* Performs every run that is not complete, in the plan's order. SIM_OK when each has ended, with or
 * without success; SIM_INTERRUPTED after a signal (process.h); SIM_FAILED if continuing is useless:
 * a full disk, or no process can be started. Runs in progress are then ended. */
int sweep_jobs_run(struct sweep_jobs *jobs, char *error);

#endif
