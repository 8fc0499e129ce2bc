/* Groups in groups: what a group carried beside its own flows is what the groups in it carried. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_NESTING_H
#define SHAPESIM_SIM_VERIFY_VERIFY_NESTING_H

#include "sim/verify/tick.h"

/* Finds the groups' parents. False on allocation failure. */
bool nesting_open(struct verification *verification);
void nesting_free(struct verification *verification);

/* Takes a tick's row: the group's own recorded flows have `flow_bytes` of it. */
void nesting_take_tick(struct verification *verification, const struct verified_tick *tick,
                       const int64_t flow_bytes[SHAPER_DIRECTIONS]);

void nesting_finish(struct verification *verification, const struct verified_group *group);

#endif
