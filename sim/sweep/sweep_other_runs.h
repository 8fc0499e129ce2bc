/* Runs that a sweep's directory has and the sweep does not: of values, seeds or traces that an
 * earlier one had. They stay there. */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_OTHER_RUNS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_OTHER_RUNS_H

#include <stddef.h>

#include "sim/sweep/sweep_plan.h"

/* Counts the complete runs in `directory`/runs that are none of the plan. SIM_OK or SIM_FAILED. */
int sweep_other_runs_count(const char *directory, const struct sweep_plan *plan, size_t *others,
                           char *error);

#endif
