/* flow_ticks.csv, read in step with ticks.csv: compares each tick's rows with the group's row and
 * each flow's rows with flows.csv. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FLOW_TICKS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FLOW_TICKS_H

#include "sim/verify/tick.h"

struct flow_tick_stream;

/* False where the file cannot be read, or on allocation failure; the stream must be finished
 * anyway. */
bool flow_tick_stream_open(struct verification *verification, struct flow_tick_stream **stream);

/* Processes the rows of one tick of a group. */
void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick);

/* Makes the last checks if `is_complete`, that is, every row was read; frees the stream. NULL is
 * fine. */
void flow_tick_stream_finish(struct flow_tick_stream *stream, bool is_complete);

#endif
