/*
 * Writes a recording (flow_recording.h) of a trace's events.
 *
 * A file that is not complete is no recording.
 */
#ifndef SHAPESIM_TRACES_FLOW_RECORDER_H
#define SHAPESIM_TRACES_FLOW_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/flow_reader.h"
#include "traces/read_ahead.h"

struct flow_recorder;

/* Begins an empty file of at most `bytes_max` bytes, borrowed like the key; `options` say what it
 * keeps of packets. The caller frees the result with flow_recorder_free(); NULL on allocation
 * failure. */
struct flow_recorder *flow_recorder_new(int fd, uint64_t bytes_max, const char *key,
                                        const struct flow_schedule_options *options);

/* Adds the next event. 0, or an errno: EFBIG if the file would be too large. */
int flow_recorder_put(struct flow_recorder *recorder, const struct read_ahead_event *next);

/* Completes the file. 0, or an errno. */
int flow_recorder_end(struct flow_recorder *recorder, const struct flow_source_counts *counts,
                      bool is_truncated, const char hash[BYTE_SOURCE_HASH_BYTES]);

void flow_recorder_free(struct flow_recorder *recorder);

#endif
