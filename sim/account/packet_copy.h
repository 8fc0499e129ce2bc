/* What is kept of a packet of the trace that is held in closed loop, where more than its length is
 * needed: its frame for shaped.pcap, its content for filters. */
#ifndef SHAPESIM_SIM_ACCOUNT_PACKET_COPY_H
#define SHAPESIM_SIM_ACCOUNT_PACKET_COPY_H

#include <stdbool.h>

#include "sim/account/held_queue.h"
#include "traces/flow_event.h"

/* Freed with free(); NULL on allocation failure. */
struct held_copy *packet_copy_new(const struct flow_event *event, bool keeps_frame,
                                  bool keeps_content);

/* Fills in the event's packet and content, borrowed, valid as long as the copy. */
void packet_copy_fill(const struct held_copy *copy, struct flow_event *event);

#endif
