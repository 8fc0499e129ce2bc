/*
 * The guarantee of a scheduler: drr and sfq bound the difference of normalized service between two
 * members of a group while both wait, W being the service, w the weight and m the min-share
 * (shaper/scheduler.h):
 *
 *   drr  |W_i / w_i - W_j / w_j| <= m
 *   sfq  |W_i / w_i - W_j / w_j| <= m / w_i + m / w_j
 *
 * A flow waits during a whole tick if it gets less than its backlog at the start of the tick. Over
 * consecutive ticks of this kind the bound must hold for every two recorded flows of a group; at
 * most WATCHED_MAX of them are watched at once. Both sides are multiplied by w_i w_j: no rounding.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_GUARANTEE_H
#define SHAPESIM_SIM_VERIFY_VERIFY_GUARANTEE_H

#include "sim/verify/tick.h"

/* Says why the guarantee, if the scheduler gives one, cannot be checked. False on allocation
 * failure. */
bool guarantee_open(struct verification *verification);
void guarantee_free(struct verification *verification);

/* Processes a flow's row, with its backlog in the row before; then the end of the tick. */
void guarantee_check_flow(struct verification *verification, const struct verified_group *group,
                          const struct verified_flow *flow, const int64_t bytes[SHAPER_DIRECTIONS],
                          const int64_t backlog_before_bytes[SHAPER_DIRECTIONS]);
void guarantee_end_tick(struct verification *verification, const struct verified_tick *tick);

void guarantee_finish(struct verification *verification, const struct verified_group *group);

/* Counts the check as made if the scheduler gives a guarantee. */
void guarantee_close(struct verification *verification);

#endif
