#include "traces/decode.h"

#include <string.h>

#include "traces/link_layer.h"
#include "traces/view.h"

enum {
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_FRAGMENT = 44,
    IPV6_AUTHENTICATION = 51,
    IPV6_NO_NEXT_HEADER = 59,
    IPV6_DESTINATION = 60,
    IPV6_MOBILITY = 135,
    IPV6_EXTENSIONS_MAX = 16,
    IPV6_OPTION_JUMBO = 0xc2,

    IPV4_HEADER_BYTES = 20,
    IPV6_HEADER_BYTES = 40,
    TCP_HEADER_BYTES = 20,
    UDP_HEADER_BYTES = 8,
    SCTP_HEADER_BYTES = 12,
};

bool decode_knows_link_type(int link_type)
{
    return link_layer_knows(link_type);
}

/* `payload_bytes` is the length of the transport header and what follows. */
static enum skip_reason decode_transport(struct view view, uint32_t payload_bytes,
                                         struct packet_info *info)
{
    uint32_t header_bytes = 0;

    view.captured = min_u32(view.captured, payload_bytes); /* what follows is the link's padding */
    info->payload_bytes = payload_bytes;
    info->payload_offset = view_offset(&view);
    info->transport_offset = info->payload_offset;
    if (info->is_later_fragment)
        return SKIP_NONE;
    switch (info->protocol) {
    case PROTOCOL_TCP:
        header_bytes = TCP_HEADER_BYTES;
        break;
    case PROTOCOL_UDP:
        header_bytes = UDP_HEADER_BYTES;
        break;
    case PROTOCOL_SCTP:
        header_bytes = SCTP_HEADER_BYTES;
        break;
    default:
        return SKIP_NONE;
    }
    if (payload_bytes < 4)
        return SKIP_MALFORMED;
    if (view.captured < 4)
        return SKIP_CUT;
    info->source.port = be16(view.data);
    info->destination.port = be16(view.data + 2);
    if (info->protocol == PROTOCOL_TCP) {
        if (view.captured >= 8)
            info->tcp_sequence = be32(view.data + 4);
        if (view.captured >= 13)
            header_bytes = (uint32_t)(view.data[12] >> 4) * 4;
        if (view.captured >= 14) {
            info->tcp_flags = view.data[13];
            info->tcp_acknowledgment = be32(view.data + 8);
            info->has_tcp_sequence = true;
        }
        if (header_bytes < TCP_HEADER_BYTES)
            return SKIP_MALFORMED;
    }
    /* A header longer than its packet carries no payload. */
    info->payload_bytes = payload_bytes > header_bytes ? payload_bytes - header_bytes : 0;
    info->payload_offset += header_bytes;
    return SKIP_NONE;
}

static enum skip_reason decode_ipv4(struct view view, struct packet_info *info)
{
    if (view.captured < IPV4_HEADER_BYTES)
        return SKIP_CUT;
    uint32_t header_bytes = (view.data[0] & 0x0fU) * 4;
    uint32_t total_bytes = be16(view.data + 2);
    uint16_t fragment = be16(view.data + 6);

    /* Segmentation offload writes 0 where the length does not fit 16 bits: the frame has the
     * length. */
    if (total_bytes == 0 || total_bytes > view.wire)
        total_bytes = view.wire;
    if (header_bytes < IPV4_HEADER_BYTES || header_bytes > total_bytes)
        return SKIP_MALFORMED;
    info->ip_version = 4;
    info->ip_bytes = total_bytes;
    info->protocol = view.data[9];
    info->is_fragment = (fragment & 0x3fff) != 0;
    info->is_later_fragment = (fragment & 0x1fff) != 0;
    info->fragment_offset = (fragment & 0x1fffU) * 8;
    info->fragment_id = be16(view.data + 4);
    memcpy(info->source.address, view.data + 12, 4);
    memcpy(info->destination.address, view.data + 16, 4);
    if (!view_skip(&view, header_bytes))
        return SKIP_CUT;
    info->part_offset = (uint32_t)(view.data - view.frame);
    return decode_transport(view, total_bytes - header_bytes, info);
}

/* The length that a jumbo payload option (RFC 2675) gives, or 0. `options` covers what was
 * captured of a hop-by-hop header, from its first option on. */
static uint32_t jumbo_length(const uint8_t *options, uint32_t bytes)
{
    uint32_t at = 0;

    while (at + 1 < bytes) {
        if (options[at] == 0) {
            at++;
            continue;
        }
        if (options[at] == IPV6_OPTION_JUMBO && options[at + 1] == 4 && at + 6 <= bytes)
            return be32(options + at + 2);
        at += 2U + options[at + 1];
    }
    return 0;
}

static bool is_extension(uint8_t next_header)
{
    switch (next_header) {
    case IPV6_HOP_BY_HOP:
    case IPV6_ROUTING:
    case IPV6_FRAGMENT:
    case IPV6_AUTHENTICATION:
    case IPV6_DESTINATION:
    case IPV6_MOBILITY:
        return true;
    default:
        return false;
    }
}

static uint32_t extension_bytes(uint8_t next_header, const uint8_t *header)
{
    if (next_header == IPV6_FRAGMENT)
        return 8;
    if (next_header == IPV6_AUTHENTICATION)
        return (header[1] + 2U) * 4;
    return (header[1] + 1U) * 8;
}

static void read_fragment_header(struct view view, struct packet_info *info)
{
    uint16_t offset = be16(view.data + 2);

    info->is_fragment = (offset & 0xfff9) != 0;
    info->is_later_fragment = (offset & 0xfff8) != 0;
    info->fragment_offset = offset & 0xfff8U;
    info->fragment_id = be32(view.data + 4);
    info->part_offset = (uint32_t)(view.data - view.frame) + 8;
}

/* Reads the extension headers; `payload_bytes` counts down from the IPv6 header's own length. */
static enum skip_reason decode_ipv6_payload(struct view view, uint8_t next_header,
                                            uint32_t payload_bytes, struct packet_info *info)
{
    for (int extensions = 0; is_extension(next_header) && !info->is_later_fragment; extensions++) {
        if (extensions == IPV6_EXTENSIONS_MAX)
            return SKIP_MALFORMED;
        if (view.captured < 8)
            return SKIP_CUT;
        uint32_t bytes = extension_bytes(next_header, view.data);
        if (next_header == IPV6_FRAGMENT)
            read_fragment_header(view, info);
        uint8_t following = view.data[0];
        if (bytes > payload_bytes)
            return SKIP_MALFORMED;
        if (!view_skip(&view, bytes))
            return SKIP_CUT;
        payload_bytes -= bytes;
        next_header = following;
    }
    info->protocol = next_header;
    return decode_transport(view, payload_bytes, info);
}

static enum skip_reason decode_ipv6(struct view view, struct packet_info *info)
{
    if (view.captured < IPV6_HEADER_BYTES)
        return SKIP_CUT;
    uint32_t payload_bytes = be16(view.data + 4);
    uint8_t next_header = view.data[6];
    uint32_t room = view.wire - IPV6_HEADER_BYTES;

    memcpy(info->source.address, view.data + 8, 16);
    memcpy(info->destination.address, view.data + 24, 16);
    view_skip(&view, IPV6_HEADER_BYTES);
    if (payload_bytes == 0 && next_header == IPV6_HOP_BY_HOP && view.captured >= 8)
        payload_bytes =
            jumbo_length(view.data + 2, min_u32(view.captured, (view.data[1] + 1U) * 8) - 2);
    /* As with IPv4, offload can write 0; where nothing follows, 0 is true. */
    if ((payload_bytes == 0 && next_header != IPV6_NO_NEXT_HEADER) || payload_bytes > room)
        payload_bytes = room;
    info->ip_version = 6;
    info->ip_bytes = IPV6_HEADER_BYTES + payload_bytes;
    return decode_ipv6_payload(view, next_header, payload_bytes, info);
}

static enum skip_reason decode_ip(struct view view, struct packet_info *info)
{
    if (view.captured == 0)
        return SKIP_CUT;
    info->ip_offset = view_offset(&view);
    switch (view.data[0] >> 4) {
    case 4:
        return decode_ipv4(view, info);
    case 6:
        return decode_ipv6(view, info);
    default:
        return SKIP_MALFORMED;
    }
}

/* What of the frame belongs to the IP packet and is after `offset`. False if nothing was captured
 * of it. */
static bool view_inside(const struct capture_packet *packet, const struct packet_info *info,
                        uint32_t offset, struct view *view)
{
    *view = view_of(packet);
    view_end_after(view, info->ip_offset + info->ip_bytes);
    return view_skip(view, offset);
}

/* `info` is of an IP packet whose payload begins in this frame. */
static void find_tunnel(const struct capture_packet *packet, struct packet_info *info)
{
    enum tunnel tunnel = tunnel_guess(info->protocol, info->destination.port);
    struct view view;

    if (tunnel == TUNNEL_NONE)
        return;
    enum skip_reason reason;
    if (view_inside(packet, info, info->payload_offset, &view))
        reason = tunnel_skip(tunnel, &view);
    else /* a UDP header may be longer than its packet */
        reason = view.wire < info->payload_offset ? SKIP_NOT_IP : SKIP_CUT;
    info->is_tunnel_cut = reason == SKIP_CUT;
    if (reason != SKIP_NONE)
        return;
    info->tunnel = (uint8_t)tunnel;
    info->inner_ip_offset = view_offset(&view);
}

/* Likewise, at once for most packets. */
static void look_for_tunnel(const struct capture_packet *packet, struct packet_info *info)
{
    if (info->protocol != PROTOCOL_TCP && !info->is_later_fragment)
        find_tunnel(packet, info);
}

enum skip_reason decode_packet(int link_type, const struct capture_packet *packet,
                               struct packet_info *info)
{
    struct view view = view_of(packet);

    *info = (struct packet_info){0};
    enum skip_reason reason = link_layer_skip(link_type, &view, NULL);
    if (reason != SKIP_NONE)
        return reason;
    if (packet->wire_bytes > DECODE_FRAME_BYTES_MAX)
        return SKIP_MALFORMED;
    reason = decode_ip(view, info);
    if (reason == SKIP_NONE)
        look_for_tunnel(packet, info);
    return reason;
}

/* Replaces *info, of a packet with a tunnel, by that of the packet in it, which ends with it. */
static enum skip_reason decode_inner(const struct capture_packet *packet, struct packet_info *info)
{
    struct packet_info inner = {0};
    struct view view;

    view_inside(packet, info, info->inner_ip_offset, &view);
    enum skip_reason reason = decode_ip(view, &inner);
    if (reason == SKIP_NONE)
        look_for_tunnel(packet, &inner);
    *info = inner;
    return reason;
}

enum skip_reason decode_innermost(int link_type, const struct capture_packet *packet,
                                  struct packet_info *info)
{
    enum skip_reason reason = decode_packet(link_type, packet, info);
    uint8_t outermost = info->tunnel;
    int depth = 0;

    for (; reason == SKIP_NONE && info->tunnel != TUNNEL_NONE && depth < DECODE_TUNNELS_MAX;
         depth++)
        reason = decode_inner(packet, info);
    if (reason == SKIP_NONE && info->is_tunnel_cut && depth < DECODE_TUNNELS_MAX)
        reason = SKIP_CUT;
    info->tunnel = outermost;
    return reason;
}
