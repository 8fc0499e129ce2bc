/*
 * A capture as a stream of events in time order. Every trace enters a replay this way; `trace info`
 * and the first pass over a file read the same stream, so all of them agree on what a flow is. The
 * work of flow_reader.h is done ahead, in a thread (read_ahead.h), from the first event on. Where
 * the options ask for another schedule than the capture's, flow_schedule.h changes the order, and
 * counts are of what was read of the trace for the events so far. Where they have a recording, the
 * events are taken from it, and of the capture only what its beginning says.
 */
#ifndef SHAPESIM_TRACES_FLOW_SOURCE_H
#define SHAPESIM_TRACES_FLOW_SOURCE_H

#include <stdbool.h>

#include "traces/flow_reader.h"

struct flow_source;

/* Opens a capture; the caller owns *source, frees it with flow_source_free(). `options` is copied;
 * its texts are borrowed, valid during the call. */
int flow_source_open(const char *path, const struct flow_source_options *options,
                     struct flow_source **source, char *error);

/* Likewise, of several files that are one trace (capture.h). */
int flow_source_open_files(const char *const *paths, size_t count,
                           const struct flow_source_options *options, struct flow_source **source,
                           char *error);

/* TRACE_OK and the next event, TRACE_END after the last, or an error. A packet's data and a flow
 * that retires are borrowed, valid until the next call. */
int flow_source_next(struct flow_source *source, struct flow_event *event, char *error);

/* Subtracts the last event returned from the counts: its reader stopped before it. With a schedule
 * they stay those of what was read. */
void flow_source_return(struct flow_source *source, const struct flow_event *event);

/* The user's record of the flow of the `n`th event from here, 1 being the next, if that is known
 * yet: to prefetch it. It is there until its owner takes it out of its slot. */
const void *flow_source_user_ahead(const struct flow_source *source, size_t n);

/* Of the last event returned: how many packets of the capture there were up to it, in 32 bits that
 * wrap, which of a packet is its number; and what max_gap_us has removed before, as far as its
 * packet's time_ns is still without. */
uint32_t flow_source_packet_number(const struct flow_source *source);
int64_t flow_source_removed_us(const struct flow_source *source);

const struct flow_source_counts *flow_source_counts(const struct flow_source *source);

/* Whether the file ended in the middle of a packet; valid after TRACE_END. */
bool flow_source_truncated(const struct flow_source *source);

/* Ends the events: reads to the file's end and writes the hash of the stored bytes
 * (capture_hash()). */
int flow_source_hash(struct flow_source *source, char hex[BYTE_SOURCE_HASH_BYTES], char *error);

/* The capture that the events come from. Once there are events, only its constant properties may be
 * read. */
struct capture *flow_source_capture(struct flow_source *source);

/* How far the stored bytes, or those of a recording, have been read, and their number: 0 if it is
 * not known. */
uint64_t flow_source_position_bytes(const struct flow_source *source);
uint64_t flow_source_size_bytes(const struct flow_source *source);

/* Before the first event. From now on the trace's events are also written into an empty file, as a
 * recording (flow_recording.h) with that key, both borrowed, of at most `bytes_max`. It is complete
 * when all events were returned, unless it cannot be written, of which no event tells. TRACE_OK or
 * TRACE_ERROR_MEMORY. */
int flow_source_record(struct flow_source *source, int fd, uint64_t bytes_max, const char *key,
                       char *error);

/* Reads all events for the recording alone. TRACE_OK, or an error; TRACE_ERROR_WRITE if the file
 * cannot be written. */
int flow_source_record_all(struct flow_source *source, char *error);

/* Before the first event: as if the options had had the recording. TRACE_OK or
 * TRACE_ERROR_MEMORY. */
int flow_source_take_recording(struct flow_source *source, const struct flow_recording *recording,
                               char *error);

void flow_source_free(struct flow_source *source);

#endif
