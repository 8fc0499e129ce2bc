/*
 * The events of a capture's flows, packet by packet, and their counts. The reader, the reading
 * thread and the flow source each keep counts of this one type: the reader counts packets as it
 * reads them, and its counts accompany the events to the caller of flow_source_next().
 */
#ifndef SHAPESIM_TRACES_FLOW_EVENT_H
#define SHAPESIM_TRACES_FLOW_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/decode.h"
#include "traces/flow_table.h"
#include "traces/responder.h"
#include "traces/packet_order.h"

enum flow_event_kind {
    FLOW_EVENT_PACKET,
    FLOW_EVENT_CLOSE,  /* the flow offers no more bytes */
    FLOW_EVENT_RETIRE, /* no more packets will belong to the flow */
};

struct flow_event {
    enum flow_event_kind kind;
    uint32_t slot;   /* the flow's */
    int64_t time_us; /* never falls; a retirement has the time of the event before it */
    struct flow *flow;
    void **user; /* set by flow_source_next(): a slot for the user's own record of the flow, NULL
                  * at first; its address may differ at the next call */
    enum flow_close close; /* of a close: how */
    /* of a packet: */
    bool opens_flow;
    bool is_tcp;
    bool is_duplicate; /* a packet captured twice, and this is not the first */
    bool gave_up_gap;  /* of the stream (tcp_stream.h) */
    bool ends_stream;  /* FIN or RST */
    bool has_acknowledgment;
    bool content_is_copy; /* not a part of the packet's data; borrowed likewise */
    uint8_t tunnel;       /* enum tunnel: the outermost one that it is in */
    enum flow_direction direction;
    enum responder_rule responder_rule; /* of the packet that opens the flow */
    uint32_t acknowledgment;      /* the other direction's sequence number that it expects next */
    uint32_t end_sequence;        /* after the payload's last byte */
    uint32_t bytes;               /* by the count mode */
    uint32_t payload_bytes;       /* transport payload, whatever the count mode */
    uint32_t new_bytes;           /* of it, those that no packet before has carried; without TCP,
                                   * all */
    struct capture_packet packet; /* borrowed, valid until the next call */
    const uint8_t *content;       /* the captured part of the counted bytes, from the first on: */
    uint32_t content_bytes;       /* at most as many */
};

struct flow_source_counts {
    uint64_t packets; /* read from the file, without those that from_us leaves out: */
    uint64_t left_out;
    uint64_t replayed; /* of them, returned as events */
    uint64_t skipped[SKIP_REASONS];
    uint64_t backward_timestamps; /* raised: times.late */
    struct packet_times times;    /* of all packets read, and those looked at ahead */
    uint64_t shortened_gaps;
    int64_t removed_us;      /* by shortening gaps */
    int64_t first_packet_ns; /* since the epoch */
    int64_t duration_us;     /* to the last packet */
    uint64_t flows;
    uint64_t bytes; /* by the count mode */
    uint64_t wire_bytes;
    uint64_t responder_rules[RESPONDER_RULES]; /* flows that each has decided */
    uint64_t tcp_payload_bytes;
    uint64_t retransmitted_packets; /* TCP segments with payload that was captured before, except
                                     * duplicates */
    uint64_t retransmitted_bytes;   /* that payload */
    uint64_t duplicate_packets;     /* TCP segments with payload that were captured twice */
    uint64_t duplicate_bytes;       /* their payload */
    uint64_t duplicate_datagrams;   /* UDP: byte-identical ones; they are replayed */
    uint64_t duplicate_datagram_bytes;
    uint64_t given_up_gaps;    /* of streams that had more than TCP_STREAM_RANGES_MAX ranges */
    uint64_t late_bytes;       /* new ones in packets skipped as late */
    uint64_t tunnels[TUNNELS]; /* replayed packets, by their outermost tunnel */
};

/* Adds the counts of an event that has no others: no packet was skipped, no time moved. */
void flow_source_count(struct flow_source_counts *counts, const struct flow_event *event);

/* Adds only that the event was returned: its packet was counted when it was read. */
void flow_source_count_replayed(struct flow_source_counts *counts, const struct flow_event *event);

/* Adds of it only what flow_source_counts_agree() compares. */
void flow_source_expect(struct flow_source_counts *counts, const struct flow_event *event);

/* Subtracts an event from the counts; times stay. */
void flow_source_uncount(struct flow_source_counts *counts, const struct flow_event *event);

/* Whether events alone account for the difference of the two. (A skipped packet is among the
 * packets.) */
bool flow_source_counts_agree(const struct flow_source_counts *a,
                              const struct flow_source_counts *b);

#endif
