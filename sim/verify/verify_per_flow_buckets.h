/* flow_ticks.csv: the levels of flows' per-flow buckets, under the limits that events.csv sets. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_PER_FLOW_BUCKETS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_PER_FLOW_BUCKETS_H

#include "sim/verify/verify_rows.h"

/* False on allocation failure. */
bool per_flow_open(struct verification *verification);
void per_flow_free(struct verification *verification);

/* The flow's per-flow limit at the last row of events.csv that was read; NULL without. */
const struct shaper_limit *per_flow_limit(const struct verification *verification,
                                          const struct verified_flow *flow);
/* Gives the flow this limit (NULL: none) and a new bucket from `time_us` on. */
void per_flow_set_limit(struct verification *verification, const struct verified_flow *flow,
                        const struct shaper_limit *limit, int64_t time_us);

/* A decrement of the flow's bucket, which has a limit. */
struct per_flow_decrement {
    int64_t time_us;
    int64_t before_bytes[SHAPER_DIRECTIONS];
    int64_t after_bytes[SHAPER_DIRECTIONS];
};

/* Takes what it changed into account: the flow's next row continues from there. False where the
 * level before it is more than the decrement before it, of the same row, left and refills. */
bool per_flow_take(struct verification *verification, const struct verified_flow *flow,
                   const struct per_flow_decrement *decrement);

/* The level of a new bucket of a per-flow limit; whether the flow's bucket can have this level:
 * after a decrement it can have any. */
int64_t per_flow_fresh_bytes(const struct verification *verification,
                             const struct shaper_limit *limit, int direction);
bool per_flow_level_fits(const struct verification *verification, const struct verified_flow *flow,
                         const struct shaper_limit *limit, int direction, int64_t level_bytes);

/* A row of flow_ticks.csv whose flow has a limit. */
struct verified_per_flow_row {
    const struct csv_reader *reader;
    int columns[SHAPER_DIRECTIONS];
    const struct verified_flow *flow;
    const struct shaper_limit *limit;
    int64_t tick, tick_us; /* of the group */
    int64_t last_tick;     /* of the row before, -1 without one */
    bool is_leaving;       /* it is not that of a whole tick */
    bool may_have_come_back;
    int64_t charged_before_bytes[SHAPER_DIRECTIONS]; /* in the rows before */
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t level_bytes[SHAPER_DIRECTIONS];
};

/* Compares the level with that of the row before and the tick's bytes. */
void per_flow_check(struct verification *verification, const struct verified_per_flow_row *row,
                    int direction);

/* Records the levels from which the flow's next row continues: 0 without a limit. */
void per_flow_end_row(struct verification *verification, const struct verified_flow *flow,
                      const int64_t level_bytes[SHAPER_DIRECTIONS], bool is_leaving);

#endif
