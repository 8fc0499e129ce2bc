/* Sums over the rows of ticks.csv for each group: written by verify_ticks.c as it reads them, read
 * by the parts that compare other files with them. */
#ifndef SHAPESIM_SIM_VERIFY_TICK_TOTALS_H
#define SHAPESIM_SIM_VERIFY_TICK_TOTALS_H

#include "sim/verify/tick.h"

struct tick_totals {
    uint64_t rows;
    int64_t peak_members;
    int64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t peak_tick_bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS]; /* at the end of the last row */
    int64_t max_backlog_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* that there can have been within a tick */
};

/* False on allocation failure. */
bool tick_totals_open(struct verification *verification);
void tick_totals_free(struct verification *verification);

const struct tick_totals *tick_totals_of(const struct verification *verification,
                                         const struct verified_group *group);

/* Counts a row; then, after it has been compared with earlier rows, adds it to the sums. */
void tick_totals_count(struct verification *verification, const struct verified_group *group);
void tick_totals_add(struct verification *verification, const struct verified_tick *tick);

#endif
