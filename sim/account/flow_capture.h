/*
 * Writes a flow's packets to shaped.pcap. Only in a run that writes one (run->shaped), and the only
 * writer of flow->shaped.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_CAPTURE_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_CAPTURE_H

#include "sim/account/flow_state.h"
#include "traces/flow_source.h"

/* A packet of the flow has come from the trace; with no bytes it counts as delivered. */
void flow_capture_arrive(struct flow_state *flow, enum shaper_direction direction,
                         const struct flow_event *event);

/* Writes the packets that the flow's delivered bytes now cover. */
void flow_capture_deliver(struct flow_state *flow, enum shaper_direction direction);

/* Nothing more will be delivered: drops what still waits. */
void flow_capture_end(struct flow_state *flow);

#endif
