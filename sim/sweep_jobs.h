/*
 * The runs of a sweep as processes, so many at a time: each is this program's own file with the
 * words of sweep_plan_words(). They end with the sweep, however it ends (PR_SET_PDEATHSIG).
 */
#ifndef SHAPESIM_SIM_SWEEP_JOBS_H
#define SHAPESIM_SIM_SWEEP_JOBS_H

#include <signal.h>

#include "sim/sweep_progress.h"
#include "sim/sweep_results.h"

struct sweep_jobs {
    const struct sweep_plan *plan;
    const char *directory;
    struct sweep_results *results; /* has been loaded for every run */
    size_t at_a_time;
    struct sweep_progress *progress;
    const volatile sig_atomic_t *stop; /* set: nothing is begun */
};

/* Runs every run that is not complete, in the plan's order. SIM_OK when each has ended, well or
 * badly; SIM_INTERRUPTED after a signal (process.h); SIM_FAILED where going on makes no sense: a
 * full disk, or no process to be had. Those that are running are ended then. */
int sweep_jobs_run(struct sweep_jobs *jobs, char *error);

#endif
