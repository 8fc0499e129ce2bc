/* Groups in groups: the bytes of a group are those of its own flows and of the groups in it. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_NESTING_H
#define SHAPESIM_SIM_VERIFY_VERIFY_NESTING_H

#include "sim/verify/tick.h"

/* Finds the groups' parents. False on allocation failure. */
bool nesting_open(struct verification *verification);
void nesting_free(struct verification *verification);

/* Adds a tick's row, of which the group's own recorded flows have `flow_bytes`. */
void nesting_add_tick(struct verification *verification, const struct verified_tick *tick,
                      const int64_t flow_bytes[SHAPER_DIRECTIONS]);

void nesting_finish(struct verification *verification, const struct verified_group *group);

#endif
