/*
 * Reads and decodes a capture in a thread of its own, some hundred packets ahead of whoever takes
 * them: on two cores reading costs no time of a replay's. Packets come in the file's order and each
 * result in its place, so nothing depends on how far ahead the thread is.
 *
 * Of a pipe, packets are handed on before the thread waits for more. Memory: four batches of at
 * most 1024 packets and 128 KiB, or one packet if that is larger.
 */
#ifndef SHAPESIM_TRACES_READ_AHEAD_H
#define SHAPESIM_TRACES_READ_AHEAD_H

#include "traces/capture.h"
#include "traces/decode.h"
#include "traces/flow_table.h"

struct read_ahead;

struct read_packet {
    struct capture_packet packet;
    enum skip_reason reason;
    struct packet_info info; /* of SKIP_NONE alone, as is: */
    struct flow_key key;
};

/* Starts reading. `capture` and `filter` (NULL: all pass) are borrowed, and not to be touched by
 * others, until the caller frees *ahead with read_ahead_free(). TRACE_OK, or an error: without
 * memory, a thread or, for a pipe, a descriptor. */
int read_ahead_new(struct capture *capture, const struct capture_filter *filter,
                   struct read_ahead **ahead, char *error);

/* TRACE_OK and the next packet, the caller's to change until the next call, TRACE_END, or an error,
 * as capture_next(); TRACE_ERROR_OPEN where a signal ended the waiting. */
int read_ahead_next(struct read_ahead *ahead, struct read_packet **packet, char *error);

/* Ends the thread wherever it is. */
void read_ahead_free(struct read_ahead *ahead);

#endif
