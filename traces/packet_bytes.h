/*
 * What of a packet is counted and replayed: how many bytes, and where they are in the frame.
 * Follows the flows' TCP streams (tcp_stream.h) and recognizes packets that were captured twice.
 */
#ifndef SHAPESIM_TRACES_PACKET_BYTES_H
#define SHAPESIM_TRACES_PACKET_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/decode.h"
#include "traces/flow_event.h"
#include "traces/flow_table.h"
#include "traces/recent_packets.h"
#include "traces/tcp_stream.h"

enum count_mode {
    COUNT_STREAM,  /* of TCP each byte that its end wrote once (tcp_stream.h), else the payload */
    COUNT_PAYLOAD, /* transport payload, also what is sent again */
    COUNT_IP,      /* the IP packet */
    COUNT_WIRE,    /* the frame */
};

const char *count_mode_name(enum count_mode count);

/* How many bytes of a packet that can be decoded are counted; `new_bytes` of its payload are. */
uint32_t count_mode_bytes(enum count_mode count, const struct capture_packet *packet,
                          const struct packet_info *info, uint32_t new_bytes);

/* Takes a packet of a flow into the stream of its direction, and names its new bytes: all of its
 * payload, unless it is a TCP segment whose sequence number was captured. 0, or -1 on allocation
 * failure. */
static inline int flow_take_stream(struct flow *flow, enum flow_direction direction,
                                   const struct packet_info *info, struct tcp_new_bytes *new_bytes)
{
    const struct tcp_segment segment = {.sequence = info->tcp_sequence,
                                        .payload_bytes = info->payload_bytes,
                                        .has_syn = (info->tcp_flags & TCP_SYN) != 0,
                                        .has_fin = info->tcp_flags & TCP_FIN && !info->is_fragment};

    if (info->protocol == PROTOCOL_TCP && info->has_tcp_sequence)
        return tcp_stream_take(flow_stream(flow, direction), &segment, new_bytes);
    new_bytes->bytes = info->payload_bytes;
    new_bytes->piece_count = 1;
    new_bytes->gave_up_gap = false;
    new_bytes->pieces[0] = (struct tcp_piece){0, info->payload_bytes};
    return 0;
}

/* Embedded by value; zeroed but for `count`, no packet has been taken. */
struct packet_bytes {
    enum count_mode count;
    struct recent_packets recent;
    struct tcp_new_bytes new_bytes; /* of the last packet */
    uint8_t *joined;                /* owned: its new bytes where they are in several pieces */
    size_t joined_room;
};

/* Takes the next packet of a flow: fills in what the event says of its bytes, with its packet,
 * time, flow and direction given. The content is borrowed, valid until the next call as long as the
 * packet's data are. 0, or -1 on allocation failure. */
int packet_bytes_take(struct packet_bytes *bytes, const struct packet_info *info,
                      struct flow_event *event);

void packet_bytes_fini(struct packet_bytes *bytes);

#endif
