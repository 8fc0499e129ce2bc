/* filters.csv: a row per flow, direction and filter. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FILTERS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FILTERS_H

#include "sim/verify/verification.h"

/* Reads the file, if the command has filters; false where the rest cannot be checked. */
bool verify_filters(struct verification *verification);
void verify_filters_free(struct verification *verification);

/* Sums of one filter over the flows that were in the group last. */
const struct shaper_filter_counts *filter_totals_of(const struct verification *verification,
                                                    const struct verified_group *group,
                                                    size_t position, int direction);

#endif
