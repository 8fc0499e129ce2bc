/*
 * What was charged for a flow, by flows.csv, filters.csv and application.csv, from the least to the
 * most: charged bytes are the delivered ones, but what lies between bucket and flow adds some or
 * takes some away.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_CHARGES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_CHARGES_H

#include "sim/verify/verification.h"

struct charge_bounds {
    int64_t least_bytes[SHAPER_DIRECTIONS];
    int64_t most_bytes[SHAPER_DIRECTIONS]; /* INT64_MAX: TLS may add any */
};

/* Takes the delivered bytes for those charged. False on allocation failure. */
bool charges_open(struct verification *verification);
void charges_free(struct verification *verification);

/* A filter's counts tell: bytes that came through, and those that were sent. */
void charges_set(struct verification *verification, const struct verified_flow *flow, int direction,
                 int64_t received_bytes, int64_t sent_bytes);

/* Bytes that a flush drove past the bucket. */
void charges_take_off(struct verification *verification, const struct verified_flow *flow,
                      int direction, int64_t bytes);

/* Adds the flows up, each in the group that it was in last. */
void charges_sum(struct verification *verification);

const struct charge_bounds *charges_of_flow(const struct verification *verification,
                                            const struct verified_flow *flow);
const struct charge_bounds *charges_of_group(const struct verification *verification,
                                             const struct verified_group *group);

#endif
