#include "traces/decode.h"

#include <stddef.h>
#include <string.h>

#include <pcap/pcap.h>

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100,
    ETHERTYPE_LENGTH_MAX = 1500, /* below this the field is an 802.3 length */
    VLAN_TAGS_MAX = 8,

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

/* The rest of a frame that is left to read: captured bytes, and its length on the wire. */
struct view {
    const uint8_t *frame;
    const uint8_t *data;
    uint32_t captured;
    uint32_t wire;
};

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static bool view_skip(struct view *view, uint32_t bytes)
{
    if (view->captured < bytes)
        return false;
    view->data += bytes;
    view->captured -= bytes;
    view->wire -= bytes;
    return true;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

const char *skip_reason_name(enum skip_reason reason)
{
    switch (reason) {
    case SKIP_NONE:
        return "none";
    case SKIP_LINK_TYPE:
        return "unsupported_link_type";
    case SKIP_NOT_IP:
        return "not_ip";
    case SKIP_CUT:
        return "cut_before_ports";
    case SKIP_MALFORMED:
        return "malformed";
    case SKIP_FILTERED:
        return "filtered";
    case SKIP_MAX_FLOWS:
        return "beyond_max_flows";
    case SKIP_LATE:
        return "late";
    case SKIP_REASONS:
        break;
    }
    return "unknown";
}

/* 802.3 with an LLC header: only SNAP with an Ethernet type inside can carry IP. */
static enum skip_reason skip_llc(struct view *view, uint16_t *ethertype)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00};

    if (memcmp(view->data, snap, min_u32(view->captured, sizeof(snap))) != 0)
        return SKIP_NOT_IP;
    if (view->captured < 8)
        return SKIP_CUT;
    *ethertype = be16(view->data + 6);
    view_skip(view, 8);
    return SKIP_NONE;
}

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ ||
           ethertype == ETHERTYPE_QINQ_OLD;
}

/* Reads an Ethernet type and any VLAN tags after it, up to IP. */
static enum skip_reason skip_ethertype(struct view *view, uint16_t ethertype)
{
    for (int tags = 0; is_vlan(ethertype); tags++) {
        if (tags == VLAN_TAGS_MAX)
            return SKIP_MALFORMED;
        if (view->captured < 4)
            return SKIP_CUT;
        ethertype = be16(view->data + 2);
        view_skip(view, 4);
    }
    if (ethertype <= ETHERTYPE_LENGTH_MAX) {
        enum skip_reason reason = skip_llc(view, &ethertype);
        if (reason != SKIP_NONE)
            return reason;
    }
    return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6 ? SKIP_NONE : SKIP_NOT_IP;
}

/* BSD loopback: an address family in the byte order of the machine that captured. IPv6 has
 * another number on every BSD. */
static enum skip_reason skip_loopback(struct view *view)
{
    if (view->captured < 4)
        return SKIP_CUT;
    uint32_t family = be32(view->data);
    if (family > 0xffff)
        family = (uint32_t)view->data[0] | (uint32_t)view->data[1] << 8;
    view_skip(view, 4);
    return family == 2 || family == 10 || family == 24 || family == 28 || family == 30
               ? SKIP_NONE
               : SKIP_NOT_IP;
}

/* A link header of fixed length with an Ethernet type at a fixed offset. */
static enum skip_reason skip_fixed(struct view *view, uint32_t header_bytes, uint32_t type_offset)
{
    if (view->captured < header_bytes)
        return SKIP_CUT;
    uint16_t ethertype = be16(view->data + type_offset);
    view_skip(view, header_bytes);
    return skip_ethertype(view, ethertype);
}

static enum skip_reason skip_link_header(int link_type, struct view *view)
{
    switch (link_type) {
    case DLT_EN10MB:
        return skip_fixed(view, 14, 12);
    case DLT_LINUX_SLL:
        return skip_fixed(view, 16, 14);
    case DLT_LINUX_SLL2:
        return skip_fixed(view, 20, 0);
    case DLT_NULL:
    case DLT_LOOP:
        return skip_loopback(view);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return SKIP_NONE;
    default:
        return SKIP_LINK_TYPE;
    }
}

bool decode_knows_link_type(int link_type)
{
    struct view nothing = {NULL, NULL, 0, 0};

    return skip_link_header(link_type, &nothing) != SKIP_LINK_TYPE;
}

/* `payload_bytes` is the length of the transport header and what follows. */
static enum skip_reason decode_transport(struct view view, uint32_t payload_bytes,
                                         struct packet_info *info)
{
    uint32_t header_bytes = 0;

    view.captured = min_u32(view.captured, payload_bytes); /* what follows is the link's padding */
    info->payload_bytes = payload_bytes;
    info->payload_offset = (uint32_t)(view.data - view.frame);
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

enum skip_reason decode_packet(int link_type, const struct capture_packet *packet,
                               struct packet_info *info)
{
    struct view view = {packet->data, packet->data, packet->captured_bytes, packet->wire_bytes};

    memset(info, 0, sizeof(*info));
    enum skip_reason reason = skip_link_header(link_type, &view);
    if (reason != SKIP_NONE)
        return reason;
    if (packet->wire_bytes > DECODE_FRAME_BYTES_MAX)
        return SKIP_MALFORMED;
    if (view.captured == 0)
        return SKIP_CUT;
    info->ip_offset = (uint32_t)(view.data - view.frame);
    switch (view.data[0] >> 4) {
    case 4:
        return decode_ipv4(view, info);
    case 6:
        return decode_ipv6(view, info);
    default:
        return SKIP_MALFORMED;
    }
}
