/*
 * What happens to the flows of a capture, packet by packet, and the counts of it. Reading, reading
 * ahead and handing out each have counts of their own, all of this one kind: the reader's are of
 * the packets read, and follow the events to who takes them.
 */
#ifndef SHAPESIM_TRACES_FLOW_EVENT_H
#define SHAPESIM_TRACES_FLOW_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/decode.h"
#include "traces/flow_table.h"

enum flow_event_kind {
    FLOW_EVENT_PACKET,
    FLOW_EVENT_CLOSE,  /* the flow offers no more bytes */
    FLOW_EVENT_RETIRE, /* no more packets will count to it */
};

struct flow_event {
    enum flow_event_kind kind;
    int64_t time_us; /* never falls; a retirement has the time of the event before it */
    struct flow *flow;
    uint32_t place; /* the flow's */
    void **user;    /* set by flow_source_next(): a place for the user's own record of the flow,
                       NULL at first; it may be elsewhere at the next call */
    enum flow_close close; /* of a close: how */
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

/* Counts an event that comes with nothing else to count: no packet was skipped, no time moved. */
void flow_source_count(struct flow_source_counts *counts, const struct flow_event *event);

/* Counts of an event only that it was handed out: its packet has been counted when it was read. */
void flow_source_count_replayed(struct flow_source_counts *counts, const struct flow_event *event);

/* Takes an event back out of the counts; times stay. */
void flow_source_uncount(struct flow_source_counts *counts, const struct flow_event *event);

/* Whether of the two nothing was counted but the same events. (Whatever is skipped is among the
 * packets.) */
bool flow_source_counts_agree(const struct flow_source_counts *a,
                              const struct flow_source_counts *b);

#endif
