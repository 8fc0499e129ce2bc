/*
 * The least and the most bytes that can have been charged for a flow, by flows.csv, filters.csv and
 * application.csv: charged bytes are the delivered ones, but filters, TLS and flushes between
 * bucket and flow add or remove some, and a read watermark leaves some undelivered.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_CHARGES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_CHARGES_H

#include "sim/verify/verification.h"

struct charge_bounds {
    int64_t least_bytes[SHAPER_DIRECTIONS];
    int64_t most_bytes[SHAPER_DIRECTIONS]; /* INT64_MAX: TLS may add any */
};

/* Starts with the delivered bytes as those charged. False on allocation failure. */
bool charges_open(struct verification *verification);
void charges_free(struct verification *verification);

/* Sets the bounds from a filter's counts: bytes that arrived, and those that were sent. */
void charges_set(struct verification *verification, const struct verified_flow *flow, int direction,
                 int64_t received_bytes, int64_t sent_bytes);

/* Subtracts bytes that a flush moved past the bucket. */
void charges_subtract(struct verification *verification, const struct verified_flow *flow,
                      int direction, int64_t bytes);

/* Sums the flows, each in its last group. */
void charges_sum(struct verification *verification);

const struct charge_bounds *charges_of_flow(const struct verification *verification,
                                            const struct verified_flow *flow);
const struct charge_bounds *charges_of_group(const struct verification *verification,
                                             const struct verified_group *group);

#endif
