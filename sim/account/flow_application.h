/*
 * The applications at a flow's ends: what they do with its packets, and their counts. Changes the
 * flow's held packets, is_holding, its counts of the application and of filters, and the group's
 * sums of these.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_APPLICATION_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/account/flow_state.h"
#include "traces/flow_source.h"

/* A packet of the flow is due: offers it, or holds it back. `ends_response` if filters are to see
 * the end of a response after it. false: allocation failure. */
bool flow_application_offer(struct flow_state *flow, enum shaper_direction direction,
                            const struct flow_event *event, bool ends_response);

/* No more packets will come: closes the flow's channel, unless packets are still held back. */
void flow_application_close_if_done(struct flow_state *flow);

/* The channel's callbacks for the application's watermarks, timeouts and flushes; `flow` is a
 * flow. */
void flow_application_writable(void *flow);
void flow_application_timed_out(void *flow, enum shaper_direction direction);
void flow_application_flushed(void *flow, enum shaper_direction direction, size_t bytes);

/* Adds what has arrived below the filters of the flow's channel to its present group. */
void flow_application_count_arrived(struct flow_state *flow);

/* Keeps the counts of a leaving channel's filters. */
void flow_application_keep_filter_counts(struct flow_state *flow);

/* Writes the rows of the applications and the filters of a flow that has ended. */
void flow_application_record(const struct flow_state *flow);

#endif
