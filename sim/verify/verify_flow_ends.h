/* Sums over all rows of flow_ticks.csv for each flow, compared with flows.csv, the moves of
 * events.csv and --flow-ticks. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FLOW_ENDS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FLOW_ENDS_H

#include "sim/verify/verification.h"

/* A flow's rows so far; zeroed is none. */
struct flow_rows {
    const struct verified_group *group; /* of the last row; NULL: it has left since */
    uint64_t count, last_row;
    uint64_t last_group_row; /* the row of its group in ticks.csv that the last one belongs to */
    int64_t last_tick;
    int64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* that there can have been within a tick */
};

/* `rows` by verified_flow.index, of which `recorded_flows` have some. */
void verify_flow_ends(struct verification *verification, const struct flow_rows *rows,
                      uint64_t recorded_flows);

#endif
