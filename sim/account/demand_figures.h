/*
 * Holds a demand against the figures of a run's summary.json.
 *
 * Where no group is named, or no direction, each direction that has a limit and was offered bytes
 * takes part and must hold; where there is none such, those that are named and unlimited do. What
 * is not there is never taken as holding: no such group, nothing offered, a figure or a window that
 * was not measured. But fairness without contention holds, and is reported as such. A percentile
 * that falls on a response that never came is infinite and fails.
 *
 * Response, added, slowdown and completion are of a whole group: each group with such a direction
 * takes part, if it had an exchange (a flow with payload) or is named.
 *
 * Example: "jain@100ms>=0.9" against a group whose read ends have 0.95 and whose write ends,
 * without a limit, have 0.5 gives one figure, which holds: "group all: read: jain over 100 ms (5
 * ticks): 0.95 is within the 0.9 demanded".
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DEMAND_FIGURES_H
#define SHAPESIM_SIM_ACCOUNT_DEMAND_FIGURES_H

#include <stdbool.h>

#include <jansson.h>

#include "sim/base/sim.h"
#include "sim/config/demands.h"

enum demand_verdict {
    DEMAND_HOLDS,
    DEMAND_FAILS,
    DEMAND_NEVER_CONTENDED, /* holds, without a figure */
    DEMAND_NOT_MEASURED,    /* fails, without a figure, like the next */
    DEMAND_INFINITE,        /* what it is of never came */
};

/* What one direction of one group, or a group, has to say to a demand. */
struct demand_figure {
    enum demand_verdict verdict;
    const char *group;          /* borrowed from the summary; "" where no group takes part */
    int direction;              /* enum shaper_direction, or DEMAND_EITHER_DIRECTION */
    double figure, bound;       /* in `unit`; 0 without a figure */
    const char *unit;           /* "s", "B", "%" or "" */
    char text[SIM_ERROR_BYTES]; /* one line that names group, direction, metric and window */
};

/* `figure` is valid during the call. */
typedef void demand_callback(void *arg, const struct demand_figure *figure);

static inline bool demand_figure_holds(const struct demand_figure *figure)
{
    return figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_NEVER_CONTENDED;
}

/* Calls `take`, unless it is NULL, for each direction that takes part in the summary's order, or
 * once, with DEMAND_NOT_MEASURED, where none does. Returns whether all hold. */
bool demand_judge(const struct demand *demand, const json_t *summary, demand_callback *take,
                  void *arg);

/* Likewise; `reason` gets the text of the first that does not hold, and is empty where all do. */
bool demand_holds(const struct demand *demand, const json_t *summary, char reason[SIM_ERROR_BYTES]);

#endif
