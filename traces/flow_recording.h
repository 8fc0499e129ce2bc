/*
 * The events of a trace in a file, decoded once for any number of replays, which read it at the
 * same time: what read_ahead.h returns, each event with its counts, so that nothing of a replay
 * depends on whether it reads the trace or a recording of it. flow_recorder.h writes it.
 *
 * Its key says of what it is a recording: the paths and the options of reading, not those of the
 * schedule, which is made of events. Of the packets it has the frames that open flows, those of all
 * if the options keep frames, and the contents if they keep contents.
 *
 * About 80 bytes for each event. The file is mapped; pages that have been read are given back, so
 * that memory does not grow with it.
 */
#ifndef SHAPESIM_TRACES_FLOW_RECORDING_H
#define SHAPESIM_TRACES_FLOW_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/flow_extent.h"
#include "traces/flow_reader.h"
#include "traces/read_ahead.h"

#define FLOW_RECORDING_BYTES_MAX UINT64_C(1000000000) /* beyond, traces are decoded again */

/* A finished recording, mapped. */
struct flow_recording;

/* The key of what these options read of these paths, or of any paths if there are none. The caller
 * frees it; NULL on allocation failure. */
char *flow_recording_key(const char *const *paths, size_t count,
                         const struct flow_source_options *options);

/* The extent of a recording's trace, zeros if the file is none. */
struct flow_extent flow_recording_extent(int fd);

/* Maps a file, which may then be closed; the caller frees *recording with flow_recording_free().
 * NULL: it is no recording with that key, or cannot be mapped. */
struct flow_recording *flow_recording_open(int fd, const char *key);
void flow_recording_free(struct flow_recording *recording);

/* The hash of the trace's stored bytes (capture_hash()), and whether it ended in the middle of a
 * packet. */
const char *flow_recording_hash(const struct flow_recording *recording);
bool flow_recording_is_truncated(const struct flow_recording *recording);

uint64_t flow_recording_size_bytes(const struct flow_recording *recording);

/* A reader of a recording, from its first event on. */
struct recording_cursor;

/* The recording is borrowed until recording_cursor_free(). NULL on allocation failure. */
struct recording_cursor *recording_cursor_new(const struct flow_recording *recording);
void recording_cursor_free(struct recording_cursor *cursor);

/* How many of its bytes were read. */
uint64_t recording_cursor_position_bytes(const struct recording_cursor *cursor);

/* As read_ahead_next() and read_ahead_end_counts(). */
int recording_cursor_next(struct recording_cursor *cursor, const struct read_ahead_event **next,
                          char *error);
const struct flow_source_counts *recording_cursor_end_counts(const struct recording_cursor *cursor);

#endif
