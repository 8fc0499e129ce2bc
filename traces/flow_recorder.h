/*
 * Writes a recording (flow_recording.h) of a trace's events.
 *
 * A file that is not complete is no recording. Its writer is a process of its own, whose limit of
 * file sizes (RLIMIT_FSIZE) bounds it.
 */
#ifndef SHAPESIM_TRACES_FLOW_RECORDER_H
#define SHAPESIM_TRACES_FLOW_RECORDER_H

#include <stdbool.h>

#include "traces/byte_source.h"
#include "traces/flow_reader.h"
#include "traces/read_ahead.h"

struct flow_recorder;

/* Begins an empty file, borrowed like the key, whose options are those of the events. The caller
 * frees the result with flow_recorder_free(); NULL on allocation failure. */
struct flow_recorder *flow_recorder_new(int fd, const char *key,
                                        const struct flow_schedule_options *options);

/* Adds the next event. 0, or an errno. */
int flow_recorder_put(struct flow_recorder *recorder, const struct read_ahead_event *next);

/* Completes the file. 0, or an errno. */
int flow_recorder_end(struct flow_recorder *recorder, const struct flow_source_counts *counts,
                      bool is_truncated, const char hash[BYTE_SOURCE_HASH_BYTES]);

void flow_recorder_free(struct flow_recorder *recorder);

#endif
