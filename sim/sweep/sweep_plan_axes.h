/* The axes of a plan, checked as `shapesim run` takes their options. */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_PLAN_AXES_H
#define SHAPESIM_SIM_SWEEP_SWEEP_PLAN_AXES_H

#include "sim/sweep/sweep_plan.h"

/* Adds the axis of a --vary, and multiplies the plan's combinations by its values; with --link its
 * values go with those of the first axis. SIM_OK, SIM_MISUSE or SIM_FAILED. */
int sweep_plan_add_axis(struct sweep_plan *plan, const char *text, char *error);

/* With --link, after all axes: no two combinations are the same, as their values name their runs.
 * SIM_OK, SIM_MISUSE or SIM_FAILED. */
int sweep_plan_check_links(struct sweep_plan *plan, char *error);

#endif
