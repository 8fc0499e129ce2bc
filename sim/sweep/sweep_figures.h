/*
 * The figures of one run of a sweep, from its summary.json: those of the columns for each group and
 * direction and for each group, Jain's index over every window measured, and what the run did not
 * deliver. What a summary does not have is NaN; what is of a response that never came is infinite.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_FIGURES_H
#define SHAPESIM_SIM_SWEEP_SWEEP_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "sim/output/sweep_columns.h"
#include "sim/sweep/sweep_eligibility.h"
#include "sim/sweep/sweep_plan.h"

/* Jain's index over the windows of one length that counted. */
struct sweep_jain {
    double window_s;
    double values[SWEEP_WINDOW_METRICS]; /* NaN: none counted */
};

struct sweep_direction {
    double values[SWEEP_FIGURES];
    double offered_bytes, delivered_bytes;
    bool takes_part; /* in the ranking: it has a limit, and was offered bytes */
    /* For the ranking: 1 where no two flows waited in one window, NaN if it was not measured. */
    double ranked_jain[SWEEP_WINDOW_METRICS]; /* over the window compared */
    double ranked_jain_one_tick;
    struct sweep_jain *windows; /* owned */
    size_t window_count;
};

/* Both directions of a group together. */
struct sweep_group {
    double values[SWEEP_GROUP_FIGURES];
    bool takes_part; /* one of its directions does */
};

struct sweep_figures {
    size_t count;                        /* of directions: two for each group */
    bool fit;                            /* no figure is larger than any run can have */
    struct sweep_losses losses;          /* of all groups */
    struct sweep_group *groups;          /* owned */
    struct sweep_direction directions[]; /* of group 0, then of group 1, ... */
};

/* The groups that have figures: those of the plan, or else the group without limits. */
size_t sweep_figures_groups(const struct sweep_plan *plan);
const char *sweep_figures_group_name(const struct sweep_plan *plan, size_t group);

/* The figures of a run with this setting. The caller frees with sweep_figures_free(); NULL on
 * allocation failure. */
struct sweep_figures *sweep_figures_read(const json_t *summary, const struct sweep_plan *plan,
                                         const struct sweep_setting *setting);
void sweep_figures_free(struct sweep_figures *figures);

#endif
