/* The buckets of flows with per-flow limits. */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_BUCKET_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_BUCKET_H

#include <stdint.h>

#include "sim/account/flow_state.h"
#include "sim/account/group_state.h"

/* Sets the level that the flow's per-flow buckets start with. */
void flow_bucket_set_initial_tokens(struct flow_state *flow);

/* With a per-flow limit, a bucket that is not full fills up by itself. */
void flow_bucket_note_filling(struct flow_state *flow);

/* Their present levels; unchanged without a limit. */
void flow_bucket_read_levels(const struct flow_state *flow, int64_t levels[SHAPER_DIRECTIONS]);

/* The limit in force, as an event's row has it. */
void flow_bucket_fill_limit(struct event_row *row, const struct shaper_limit *limit);

#endif
