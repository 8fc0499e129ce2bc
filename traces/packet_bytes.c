#include "traces/packet_bytes.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define UDP_HEADER_BYTES 8

const char *count_mode_name(enum count_mode count)
{
    switch (count) {
    case COUNT_STREAM:
        return "stream";
    case COUNT_PAYLOAD:
        return "payload";
    case COUNT_IP:
        return "ip";
    case COUNT_WIRE:
        return "wire";
    }
    return "unknown";
}

uint32_t count_mode_bytes(enum count_mode count, const struct capture_packet *packet,
                          const struct packet_info *info, uint32_t new_bytes)
{
    switch (count) {
    case COUNT_STREAM:
        return new_bytes;
    case COUNT_PAYLOAD:
        return info->payload_bytes;
    case COUNT_IP:
        return info->ip_bytes;
    case COUNT_WIRE:
        return packet->wire_bytes;
    }
    return 0;
}

/* The offset in the frame of the counted bytes. */
static uint32_t counted_offset(const struct packet_bytes *bytes, const struct packet_info *info)
{
    switch (bytes->count) {
    case COUNT_STREAM: /* their first piece */
        return info->payload_offset + bytes->new_bytes.pieces[0].offset;
    case COUNT_PAYLOAD:
        return info->payload_offset;
    case COUNT_IP:
        return info->ip_offset;
    case COUNT_WIRE:
        return 0;
    }
    return 0;
}

/* Copies the captured part of the new bytes together. 0, or -1 on allocation failure. */
static int join_pieces(struct packet_bytes *bytes, const struct packet_info *info,
                       struct flow_event *event)
{
    const struct tcp_new_bytes *new_bytes = &bytes->new_bytes;
    uint32_t captured = event->packet.captured_bytes;

    if (bytes->joined_room < new_bytes->bytes) {
        free(bytes->joined);
        bytes->joined = malloc(new_bytes->bytes);
        bytes->joined_room = bytes->joined ? new_bytes->bytes : 0;
        if (!bytes->joined)
            return -1;
    }
    event->content = bytes->joined;
    event->content_is_copy = true;
    for (uint32_t i = 0; i < new_bytes->piece_count; i++) {
        uint32_t offset = info->payload_offset + new_bytes->pieces[i].offset;
        uint32_t count = new_bytes->pieces[i].bytes;
        if (offset >= captured)
            break;
        count = captured - offset < count ? captured - offset : count;
        memcpy(bytes->joined + event->content_bytes, event->packet.data + offset, count);
        event->content_bytes += count;
    }
    return 0;
}

static int find_content(struct packet_bytes *bytes, const struct packet_info *info,
                        struct flow_event *event)
{
    uint32_t captured = event->packet.captured_bytes;

    if (event->bytes == 0)
        return 0;
    if (bytes->count == COUNT_STREAM && bytes->new_bytes.piece_count > 1)
        return join_pieces(bytes, info, event);
    uint32_t offset = counted_offset(bytes, info);
    if (offset >= captured)
        return 0;
    event->content = event->packet.data + offset;
    event->content_bytes = captured - offset < event->bytes ? captured - offset : event->bytes;
    return 0;
}

/* A hash of the datagram as far as it was captured. */
static uint64_t hash_datagram(const struct packet_info *info, const struct capture_packet *packet)
{
    uint32_t offset = info->payload_offset - UDP_HEADER_BYTES;
    uint32_t bytes = info->payload_bytes + UDP_HEADER_BYTES;
    uint32_t captured = packet->captured_bytes;

    if (offset >= captured)
        return 0;
    return XXH3_64bits(packet->data + offset,
                       captured - offset < bytes ? captured - offset : bytes);
}

/* Whether the packet, which carries payload, was captured before, a moment ago. Datagrams of which
 * only a part was captured can be told apart by their IP identification alone, if there is one. */
static bool is_duplicate(struct packet_bytes *bytes, const struct packet_info *info,
                         const struct flow_event *event)
{
    const struct capture_packet *captured = &event->packet;
    bool is_whole = info->payload_offset + info->payload_bytes <= captured->captured_bytes;
    bool is_tcp = event->is_tcp && info->has_tcp_sequence;
    bool is_udp = info->protocol == PROTOCOL_UDP && info->ip_version == 4 &&
                  (info->fragment_id != 0 || is_whole);
    struct recent_packet packet = {.time_us = event->time_us,
                                   .flow = event->flow->number << 1 | event->direction,
                                   .id = info->fragment_id,
                                   .bytes = info->payload_bytes};

    if (info->is_fragment || !(is_tcp || is_udp))
        return false;
    packet.content = is_tcp ? info->tcp_sequence : hash_datagram(info, captured);
    return recent_packets_take(&bytes->recent, &packet) && (is_udp || bytes->new_bytes.bytes == 0);
}

int packet_bytes_take(struct packet_bytes *bytes, const struct packet_info *info,
                      struct flow_event *event)
{
    if (flow_take_stream(event->flow, event->direction, info, &bytes->new_bytes) != 0)
        return -1;
    event->is_tcp = info->protocol == PROTOCOL_TCP;
    event->payload_bytes = info->payload_bytes;
    event->new_bytes = bytes->new_bytes.bytes;
    event->gave_up_gap = bytes->new_bytes.gave_up_gap;
    event->is_duplicate = info->payload_bytes > 0 && is_duplicate(bytes, info, event);
    event->ends_stream = (info->tcp_flags & (TCP_FIN | TCP_RST)) != 0;
    event->has_acknowledgment = (info->tcp_flags & TCP_ACK) != 0;
    event->acknowledgment = info->tcp_acknowledgment;
    event->end_sequence =
        info->tcp_sequence + (info->tcp_flags & TCP_SYN ? 1 : 0) + info->payload_bytes;
    event->bytes = count_mode_bytes(bytes->count, &event->packet, info, event->new_bytes);
    return find_content(bytes, info, event);
}

void packet_bytes_fini(struct packet_bytes *bytes)
{
    free(bytes->joined);
}
