/*
 * A flow's exchanges while it is replayed, for exchanges.csv and for the response times of groups,
 * and when the flow was complete. Only in a run that measures (run->measures), and the only writer
 * of flow->exchanges.
 *
 * An exchange counts in the group in which it was due, one that never was in the flow's last group;
 * a flow's completion counts in the group in which it opened. Response times are those of TCP.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_EXCHANGES_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_EXCHANGES_H

#include <stdint.h>

#include "sim/account/flow_state.h"
#include "traces/flow_source.h"

/* The flow has opened, in its group; `requests` is the direction of its initiator's bytes. */
void flow_exchanges_open(struct flow_state *flow, enum shaper_direction requests);

/* A packet of it was captured. */
void flow_exchanges_capture(struct flow_state *flow, enum shaper_direction direction,
                            const struct flow_event *event);

/* A packet of it is due, and will be offered next. */
void flow_exchanges_due(struct flow_state *flow, enum shaper_direction direction, int64_t due_us);

/* Bytes of it were delivered. */
void flow_exchanges_deliver(struct flow_state *flow, enum shaper_direction direction,
                            int64_t now_us);

/* Nothing of it will be due or delivered any more. */
void flow_exchanges_cut(struct flow_state *flow);

/* A packet of it was captured after the end of the run. */
void flow_exchanges_capture_rest(struct flow_state *flow, enum shaper_direction direction,
                                 const struct flow_event *event);

/* The trace has no more packets of it. */
void flow_exchanges_retire(struct flow_state *flow);

/* It has ended: counts what is left and its completion, which `figures` get. */
void flow_exchanges_end(struct flow_state *flow, struct flow_figures *figures);

#endif
