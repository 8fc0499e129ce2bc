/* The buckets of flows with limits of their own. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_OWN_BUCKETS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_OWN_BUCKETS_H

#include "sim/replay/replay_state.h"

/* Sets the level that the flow's per-flow buckets start with. */
void replay_set_per_flow_tokens(struct replay *replay, struct flow_state *flow);

/* With a limit of its own, a bucket that is not full fills up by itself. */
void replay_note_per_flow_bucket(struct flow_state *flow);

/* What they hold now; left as it is without a limit. */
void replay_read_per_flow_levels(const struct flow_state *flow, int64_t levels[SHAPER_DIRECTIONS]);

/* The limit in force, as an event's row tells it. */
void replay_fill_limit(struct event_row *row, const struct shaper_limit *limit);

#endif
