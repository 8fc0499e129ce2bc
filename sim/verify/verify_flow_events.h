/* Events of flows, and the order of the command's --at, for verify_events.c. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FLOW_EVENTS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FLOW_EVENTS_H

#include "sim/verify/verify_event_rows.h"

/* The command's next --at of a flow if `flow` is its number, of a group if that is 0; NULL, and a
 * failure, where there is none. Those of flows that were not open then are skipped. */
const struct run_event *event_stream_next_at(struct event_stream *stream, int64_t flow);

/* Fails for each remaining --at of the command that should have happened. */
void event_stream_check_rest(struct event_stream *stream);

/* Whether the event is one of a flow; if so, checks its row. */
bool event_is_of_flow(const char *event);
void event_stream_check_flow_event(struct event_stream *stream);

#endif
