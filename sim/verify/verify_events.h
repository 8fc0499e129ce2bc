/* events.csv, read in step with ticks.csv: what the command asks for, and its effect on buckets.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_EVENTS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_EVENTS_H

#include "sim/verify/verification.h"

struct event_stream;

/* False where the file cannot be read, or on allocation failure; the stream must be finished
 * anyway. */
bool event_stream_open(struct verification *verification, struct event_stream **stream);

/* Processes every event before `time_us`. */
void event_stream_advance(struct event_stream *stream, int64_t time_us);

/* Makes the last checks if `is_complete`, that is, every row was read; frees the stream. NULL is
 * fine. */
void event_stream_finish(struct event_stream *stream, bool is_complete);

#endif
