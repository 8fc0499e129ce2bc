/* When flows came to a group and left it, by flows.csv and events.csv, to count its members. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_MEMBERS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_MEMBERS_H

#include "sim/verify/tick.h"

/* False on allocation failure. */
bool members_open(struct verification *verification);
void members_free(struct verification *verification);

/* Compares the members of a row of ticks.csv, in `column`, with the flows that were open. */
void members_check(struct verification *verification, const struct verified_tick *tick, int column);

/* The most flows that were open at one instant. */
int64_t members_most(const struct verification *verification, const struct verified_group *group);

/* Whether flows.csv and events.csv give the exact members: no flow can have left and come back. */
bool members_are_known(const struct verification *verification, const struct verified_group *group);

#endif
