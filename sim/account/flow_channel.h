/*
 * A flow's channel: the flow joins its group with it, and what the channel tells of the flow ends
 * here, in the counts of flow and group, and from there in rows.
 *
 *     trace's packet -> flow_application -> channel (libevent decides)
 *     channel's callbacks -> flow_state, group_state -> record
 *
 * Changes the flow's channel, channels and is_broken, run->open_flows and, where a flow has ended,
 * run->flows.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_CHANNEL_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_CHANNEL_H

#include <stdint.h>

#include "sim/account/flow_state.h"
#include "traces/flow_source.h"

/* A packet of the flow has come from the trace: counts it and offers it. The flow joins its group
 * for its first packet, and again for bytes that come after its close. */
void flow_channel_take_packet(struct flow_state *flow, const struct flow_event *event);

/* The run has ended: frees the channel, if there is one, without telling anybody. */
void flow_channel_cut(struct flow_state *flow, int64_t end_us);

/* Writes and frees a flow if nothing can change its row any more. */
void flow_channel_end_flow(struct flow_state *flow);

#endif
