/*
 * A sweep that has ended, read back from its directory alone, without its traces: the plan from
 * sweep.json, the results from the runs' summary.json, and the ranking of both. Nothing is locked
 * or written.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_FINISHED_H
#define SHAPESIM_SIM_SWEEP_SWEEP_FINISHED_H

#include <jansson.h>

#include "sim/sweep/sweep_ranking.h"

/* All is owned, and only read by others. */
struct sweep_finished {
    const char *path; /* of its directory; borrowed */
    struct sweep_plan *plan;
    struct sweep_results *results;
    struct sweep_ranking *ranking;
    size_t complete; /* runs */
    struct sweep_source *source;
};

/* Runs of any version of shapesim are taken, if their format is that of now. SIM_OK; SIM_FAILED if
 * there is no sweep, or no run of it that can be read: with the way out. The caller frees with
 * sweep_finished_free(); NULL then. */
int sweep_finished_load(const char *path, struct sweep_finished **finished, char *error);
void sweep_finished_free(struct sweep_finished *finished);

/* The summary.json of a run; the caller owns it. NULL where it cannot be read. */
json_t *sweep_finished_summary(const struct sweep_finished *finished, size_t run);

#endif
