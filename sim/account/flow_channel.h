/*
 * A flow's channel, by which the flow is in its group. The channel's callbacks are handled here:
 * they change the counts of flow and group, and write rows.
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

#include "shaper/shaper.h"
#include "sim/account/flow_state.h"
#include "sim/config/config.h"
#include "traces/flow_source.h"

/* A packet of the flow has come from the trace: counts it, and hands it in unless the flow is in
 * closed loop and the packet has to wait. The flow joins its group with its first packet. */
void flow_channel_take_packet(struct flow_state *flow, const struct flow_event *event);

/* A packet of the flow is due at event->time_us: offers it. The flow joins its group again with
 * bytes that come after its close. Of the event only its time, its packet if the run has a
 * shaped.pcap, and its counted bytes are read. `number` is that of the packet in the capture. */
void flow_channel_hand_in(struct flow_state *flow, enum shaper_direction direction,
                          const struct flow_event *event, uint32_t number);
/* The direction of bytes that one end of a flow sends. */
enum shaper_direction flow_channel_direction(const struct run_config *config,
                                             enum flow_direction from);

/* The run has ended: frees the channel, if there is one, without calling back. */
void flow_channel_cut(struct flow_state *flow, int64_t end_us);

/* Writes and frees a flow whose row cannot change any more. */
void flow_channel_end_flow(struct flow_state *flow);

#endif
