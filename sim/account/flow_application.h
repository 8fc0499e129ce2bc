/*
 * What the applications at a flow's ends do with its packets, and what is kept of them.
 *
 * Changes the flow's held packets, is_holding, its counts of the application and of filters, and
 * the group's sums of these.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_APPLICATION_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/account/flow_state.h"
#include "traces/flow_source.h"

/* A packet of the flow has come from the trace: offers it, or holds it back. false: no memory. */
bool flow_application_offer(struct flow_state *flow, enum shaper_direction direction,
                            const struct flow_event *event);

/* No more packets will come: closes the flow's channel, unless packets are held back still. */
void flow_application_close_if_done(struct flow_state *flow);

/* What channels tell of the application's watermarks, timeouts and flushes; `flow` is a flow. */
void flow_application_writable(void *flow);
void flow_application_timed_out(void *flow, enum shaper_direction direction);
void flow_application_flushed(void *flow, enum shaper_direction direction, size_t bytes);

/* Counts what has arrived below the filters of the flow's channel to its present group. */
void flow_application_count_arrived(struct flow_state *flow);

/* Keeps the counts of a leaving channel's filters. */
void flow_application_keep_filter_counts(struct flow_state *flow);

/* Writes the rows of what the applications and the filters of a flow that is over did. */
void flow_application_record(const struct flow_state *flow);

#endif
