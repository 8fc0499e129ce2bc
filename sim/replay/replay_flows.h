/* The life of flows: from the first packet to the row in flows.csv. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H

#include "sim/replay/replay_state.h"

/* Takes the trace's next event, replay->next: a packet, a close or a retirement. */
void replay_take_event(struct replay *replay);

/* The group that a flow falls into by its first packet. */
struct group_state *replay_group_of(struct replay *replay, const struct capture_packet *packet);

/* Writes and frees a flow if nothing can change its row any more. */
void replay_flow_over(struct replay *replay, struct flow_state *flow);

#endif
