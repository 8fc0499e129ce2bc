/*
 * Makes a capture's events in a thread, some hundred packets ahead of the caller: on two cores
 * reading adds no time to a replay. Events come in the reader's order, each with the counts at that
 * point, so nothing depends on how far ahead the thread is.
 *
 * Of a pipe, events are passed on before the thread waits for more. Memory: four batches of at most
 * 1024 events and 128 KiB, or one packet if that is larger.
 */
#ifndef SHAPESIM_TRACES_READ_AHEAD_H
#define SHAPESIM_TRACES_READ_AHEAD_H

#include <stdbool.h>

#include "traces/flow_reader.h"

struct read_ahead;

/* An event. The data of its packet and a flow that retires are borrowed, valid until the next
 * call. */
struct read_ahead_event {
    struct flow_event event;
    const struct flow_source_counts *counts; /* up to this event; NULL: flow_source_count() adds
                                              * it */
    bool has_pending;                        /* a packet after this event has been read and
                                              * counted: */
    uint32_t pending_wire_bytes;
};

/* Starts reading. `reader` is borrowed, and it and its capture must not be used otherwise, until
 * the caller frees *ahead with read_ahead_free(). TRACE_OK, or an error: on allocation failure, a
 * thread or, for a pipe, a descriptor. */
int read_ahead_new(struct flow_reader *reader, struct read_ahead **ahead, char *error);

/* TRACE_OK and the next event, borrowed and valid until the next call, TRACE_END, or an error, as
 * flow_reader_next(); TRACE_ERROR_OPEN if a signal ended the wait. */
int read_ahead_next(struct read_ahead *ahead, const struct read_ahead_event **next, char *error);

/* The `n`th event from here, 1 being the next, if it is at hand; NULL: it is not. Borrowed until it
 * is taken. */
const struct flow_event *read_ahead_peek(const struct read_ahead *ahead, size_t n);

/* The final counts, with what was skipped after the last event, once there are no more events; NULL
 * before. */
const struct flow_source_counts *read_ahead_end_counts(const struct read_ahead *ahead);

/* Stops the thread at any point. */
void read_ahead_free(struct read_ahead *ahead);

#endif
