/* What the applications at a flow's ends do with its packets, and what is kept of them. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_APPLICATION_H
#define SHAPESIM_SIM_REPLAY_REPLAY_APPLICATION_H

#include "sim/replay/replay_state.h"

/* A packet of the flow has come from the trace: offers it, or holds it back. false: no memory. */
bool replay_offer_packet(struct replay *replay, struct flow_state *flow,
                         const struct flow_event *event);

/* Where shaped.pcap is written: a packet of the flow has come from the trace; something was
 * delivered to it, or is as good as; nothing more will be. */
void replay_keep_packet(struct replay *replay, struct flow_state *flow,
                        const struct flow_event *event);
void replay_write_packets(struct flow_state *flow, enum shaper_direction direction);
void replay_drop_packets(struct flow_state *flow);

/* What channels tell of the application's watermarks, timeouts and flushes. */
void replay_writable(void *flow);
void replay_timed_out(void *flow, enum shaper_direction direction);
void replay_flushed(void *flow, enum shaper_direction direction, size_t bytes);

/* Counts what has arrived below the filters of the flow's channel to its present group. */
void replay_count_arrived(struct flow_state *flow);

/* Keeps the counts of a leaving channel's filters. */
void replay_keep_filter_counts(struct replay *replay, struct flow_state *flow);

/* No more packets will come: closes the flow's channel, unless packets are held back still. */
void replay_close_if_done(struct flow_state *flow);

/* Writes the rows of what the applications and the filters of a flow that is over did. */
void replay_record_application(struct replay *replay, const struct flow_state *flow);

#endif
