/* Makes the plan of a sweep from its command line. */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_PLAN_NEW_H
#define SHAPESIM_SIM_SWEEP_SWEEP_PLAN_NEW_H

#include "sim/sweep/sweep_plan.h"

/* Makes the plan and checks every setting; hashes are left empty. The caller frees with
 * sweep_plan_free(). SIM_OK, SIM_MISUSE (also if every combination is impossible: with the reason
 * of the first) or SIM_FAILED. */
int sweep_plan_new(const struct sweep_config *config, struct sweep_plan **plan, char *error);

/* Hashes every trace. SIM_OK or SIM_FAILED. */
int sweep_plan_hash_traces(struct sweep_plan *plan, char *error);

#endif
