/*
 * Makes a capture's events in a thread of its own, some hundred packets ahead of whoever takes
 * them: on two cores reading costs no time of a replay's. Events come in the reader's order and
 * each with the counts of its place, so nothing depends on how far ahead the thread is.
 *
 * Of a pipe, events are handed on before the thread waits for more. Memory: four batches of at most
 * 1024 events and 128 KiB, or one packet if that is larger.
 */
#ifndef SHAPESIM_TRACES_READ_AHEAD_H
#define SHAPESIM_TRACES_READ_AHEAD_H

#include <stdbool.h>

#include "traces/flow_reader.h"

struct read_ahead;

/* An event, with the data of its packet, and a flow that retires: lent until the next call. */
struct read_event {
    struct flow_event event;
    const struct flow_source_counts *counts; /* with this one; NULL: flow_source_count() adds it */
    bool has_pending;                        /* a packet is read and counted that comes after it: */
    uint32_t pending_wire_bytes;
};

/* Starts reading. `reader` is borrowed, and with its capture not to be touched by others, until the
 * caller frees *ahead with read_ahead_free(). TRACE_OK, or an error: on allocation failure, a
 * thread or, for a pipe, a descriptor. */
int read_ahead_new(struct flow_reader *reader, struct read_ahead **ahead, char *error);

/* TRACE_OK and the next event, lent until the next call, TRACE_END, or an error, as
 * flow_reader_next(); TRACE_ERROR_OPEN where a signal ended the waiting. */
int read_ahead_next(struct read_ahead *ahead, const struct read_event **told, char *error);

/* All that was counted, with what was skipped after the last event, once there is no more; NULL
 * before. */
const struct flow_source_counts *read_ahead_end_counts(const struct read_ahead *ahead);

/* Ends the thread wherever it is. */
void read_ahead_free(struct read_ahead *ahead);

#endif
