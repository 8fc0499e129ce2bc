/*
 * A capture as a stream of events in time order: a packet of a flow, a flow's close, a flow's
 * retirement. This is the one way a trace takes into a replay; `trace info` and the first pass
 * over a file read the same stream, so all of them agree on what a flow is. The file itself is read
 * ahead in a thread (read_ahead.h) from the first event on.
 *
 * Time is in whole microseconds from the first packet that passes the filter. A timestamp that
 * runs backwards is raised to the one before it and counted; a silence longer than `max_gap_us` is
 * cut to it, and counted.
 *
 * Memory is bounded by `max_flows`, whatever the file holds.
 */
#ifndef SHAPESIM_TRACES_FLOW_SOURCE_H
#define SHAPESIM_TRACES_FLOW_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/decode.h"
#include "traces/flow_table.h"

#define MAX_FLOWS_DEFAULT 100000 /* in a replay about 400 MB */
#define MAX_FLOWS_MOST    1000000000

/* What of a packet is replayed. */
enum count_mode {
    COUNT_PAYLOAD, /* transport payload, as libevent counts */
    COUNT_IP,      /* the IP packet */
    COUNT_WIRE,    /* the frame */
};

/* How many bytes of a packet that can be decoded are counted. */
uint32_t count_mode_bytes(enum count_mode count, const struct capture_packet *packet,
                          const struct packet_info *info);

struct flow_source_options {
    const char *filter; /* BPF, or NULL */
    enum count_mode count;
    int64_t idle_timeout_us;
    int64_t max_gap_us; /* 0: silences stay as they are */
    int64_t
        max_flows; /* open at once: packets that would open one more are skipped; 0: the default */
};

enum flow_event_kind {
    FLOW_EVENT_PACKET,
    FLOW_EVENT_CLOSE,  /* the flow offers no more bytes */
    FLOW_EVENT_RETIRE, /* no more packets will count to it; `flow` dies at the next call */
};

struct flow_event {
    enum flow_event_kind kind;
    int64_t time_us; /* never falls; a retirement has the time of the event before it */
    struct flow *flow;
    /* of a packet: */
    bool opens_flow;
    enum flow_direction direction;
    uint32_t bytes;               /* by the count mode */
    uint32_t payload_bytes;       /* transport payload, whatever the count mode */
    struct capture_packet packet; /* its data dies at the next call */
    const uint8_t *content;       /* what was captured of the counted bytes, from the first on: */
    uint32_t content_bytes;       /* at most as many */
};

struct flow_source_counts {
    uint64_t packets;  /* read from the file */
    uint64_t replayed; /* of them, handed out as events */
    uint64_t skipped[SKIP_REASONS];
    uint64_t backward_timestamps;
    uint64_t shortened_gaps;
    int64_t removed_us;      /* by shortening gaps */
    int64_t first_packet_ns; /* since the epoch */
    int64_t duration_us;     /* to the last packet */
    uint64_t flows;
    uint64_t bytes; /* by the count mode */
    uint64_t wire_bytes;
};

struct flow_source;

/* Opens a capture; the caller owns *source, frees it with flow_source_free(). `options` is copied,
 * its texts are borrowed until this returns. */
int flow_source_open(const char *path, const struct flow_source_options *options,
                     struct flow_source **source, char *error);

/* TRACE_OK and the next event, TRACE_END after the last, or an error. */
int flow_source_next(struct flow_source *source, struct flow_event *event, char *error);

/* Takes the event handed out last back out of the counts: its reader stopped before it. */
void flow_source_return(struct flow_source *source, const struct flow_event *event);

const struct flow_source_counts *flow_source_counts(const struct flow_source *source);

/* Whether the file ended in the middle of a packet; valid after TRACE_END. */
bool flow_source_truncated(const struct flow_source *source);

/* Ends the events: reads on to the file's end and writes the XXH3-128 of the stored bytes. */
void flow_source_hash(struct flow_source *source, char hex[BYTE_SOURCE_HASH_BYTES]);

/* Of which, once there are events, only what does not change may be asked. */
struct capture *flow_source_capture(struct flow_source *source);

void flow_source_free(struct flow_source *source);

#endif
