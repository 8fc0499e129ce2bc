/*
 * The packet decoder on any frame, to the outermost and to the innermost IP packet. The first byte
 * of an input says the link type and the second how much longer the frame was on the wire; the rest
 * is what was captured of it.
 */
#include "traces/decode.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "tests/fuzzing/fuzzing.h"
#include "traces/link_layer.h"
#include "traces/readdress.h"

static int link_type_of(uint8_t byte)
{
    static const int types[] = {DLT_EN10MB,     DLT_LINUX_SLL,  DLT_LINUX_SLL2,
                                DLT_NULL,       DLT_LOOP,       DLT_RAW,
                                DLT_IPV4,       DLT_IPV6,       DLT_PPP,
                                DLT_PPP_SERIAL, DLT_PPP_PPPD,   DLT_PPP_ETHER,
                                DLT_C_HDLC,     DLT_MPLS,       DLT_NFLOG,
                                DLT_FDDI,       DLT_IEEE802_11, DLT_IEEE802_11_RADIO};

    return types[byte % (sizeof(types) / sizeof(types[0]))];
}

static uint32_t wire_bytes_of(uint8_t byte, uint32_t captured_bytes)
{
    static const uint32_t more[] = {0, 0, 0, 0, 1, 60, 1448, 65535, 1U << 20, UINT32_MAX};
    uint32_t bytes = more[byte % (sizeof(more) / sizeof(more[0]))];

    return bytes > UINT32_MAX - captured_bytes ? UINT32_MAX : captured_bytes + bytes;
}

static void check_lengths(const struct capture_packet *packet, const struct packet_info *info)
{
    uint32_t header_bytes = info->ip_version == 4 ? 20 : 40;

    fuzz_holds(info->ip_version == 4 || info->ip_version == 6, "IP version");
    fuzz_holds(info->ip_offset < packet->captured_bytes, "the IP packet was captured");
    fuzz_holds((uint64_t)info->ip_offset + info->ip_bytes <= packet->wire_bytes,
               "the IP packet is within the frame");
    fuzz_holds((uint64_t)info->payload_bytes + header_bytes <= info->ip_bytes,
               "the payload is within the IP packet");
    fuzz_holds(info->payload_offset >= info->ip_offset + header_bytes,
               "the payload is after the header");
    if (info->payload_bytes > 0)
        fuzz_holds((uint64_t)info->payload_offset + info->payload_bytes <=
                       (uint64_t)info->ip_offset + info->ip_bytes,
                   "the payload ends with the IP packet");
}

static void check_ports(const struct packet_info *info)
{
    bool has_ports = info->protocol == PROTOCOL_TCP || info->protocol == PROTOCOL_UDP ||
                     info->protocol == PROTOCOL_SCTP;

    fuzz_holds(info->is_fragment || !info->is_later_fragment, "a later fragment is a fragment");
    if (!has_ports || info->is_later_fragment)
        fuzz_holds(info->source.port == 0 && info->destination.port == 0,
                   "ports only where there is a transport header");
    if (info->protocol != PROTOCOL_TCP)
        fuzz_holds(info->tcp_flags == 0 && info->tcp_sequence == 0, "flags only of TCP");
}

/* The innermost packet lies in the outermost, and both say the same of the tunnel. */
static void check_outer(int link_type, const struct capture_packet *packet,
                        const struct packet_info *info)
{
    struct packet_info outer;

    fuzz_holds(decode_packet(link_type, packet, &outer) == SKIP_NONE, "there is an outer packet");
    fuzz_holds(outer.ip_offset <= info->ip_offset &&
                   outer.ip_offset + outer.ip_bytes >= info->ip_offset + info->ip_bytes,
               "the packet is within the outer one");
    fuzz_holds(info->tunnel < TUNNELS && info->tunnel == outer.tunnel, "tunnel");
}

static void check_tags(int link_type, const struct capture_packet *packet)
{
    struct view view = view_of(packet);
    struct link_tags tags;

    link_layer_skip(link_type, &view, &tags);
    fuzz_holds((size_t)(view.data - packet->data) + view.captured <= packet->captured_bytes,
               "what is left is within the frame");
    if (tags.bytes == 0)
        return;
    fuzz_holds(tags.bytes % 4 == 0 && tags.bytes <= 4 * LINK_TAGS_MAX, "whole tags");
    fuzz_holds(tags.type_offset + 2 <= tags.offset &&
                   tags.offset + tags.bytes <= packet->captured_bytes,
               "tags are within the frame, after their type");
}

/* Another address for one end changes nothing else of what is decoded. */
static void check_readdressed(int link_type, const struct capture_packet *packet, bool is_source)
{
    static const struct endpoint to = {{198, 18, 0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                                       1};
    struct capture_packet changed = *packet;
    struct packet_info before, after;

    fuzz_holds(decode_packet(link_type, packet, &before) == SKIP_NONE, "there is an outer packet");
    uint8_t *bytes = malloc(packet->captured_bytes);
    fuzz_holds(bytes, "memory holds the input");
    memcpy(bytes, packet->data, packet->captured_bytes);
    readdress(bytes + before.ip_offset, packet->captured_bytes - before.ip_offset, &before,
              is_source, &to);
    changed.data = bytes;
    fuzz_holds(decode_packet(link_type, &changed, &after) == SKIP_NONE, "it still is one");
    struct endpoint *end = is_source ? &after.source : &after.destination;
    fuzz_holds(memcmp(end->address, to.address, after.ip_version == 4 ? 4 : 16) == 0,
               "the address is changed");
    *end = is_source ? before.source : before.destination;
    fuzz_holds(before.source.port == after.source.port &&
                   before.destination.port == after.destination.port &&
                   before.ip_bytes == after.ip_bytes &&
                   before.payload_offset == after.payload_offset &&
                   before.payload_bytes == after.payload_bytes &&
                   before.tcp_flags == after.tcp_flags && before.fragment_id == after.fragment_id,
               "nothing else is");
    free(bytes);
}

typedef enum skip_reason decoder(int link_type, const struct capture_packet *packet,
                                 struct packet_info *info);

/* The same frame, truncated: what is still decoded of its flow is the same. */
static void check_cut(decoder *decode, int link_type, const struct capture_packet *packet,
                      const struct packet_info *whole)
{
    struct capture_packet cut = *packet;
    struct packet_info info;

    cut.captured_bytes = packet->captured_bytes - 1 - whole->ip_bytes % packet->captured_bytes;
    uint8_t *bytes = malloc(cut.captured_bytes);
    fuzz_holds(bytes || cut.captured_bytes == 0, "memory holds the input");
    if (bytes)
        memcpy(bytes, packet->data, cut.captured_bytes);
    cut.data = bytes;
    if (decode(link_type, &cut, &info) == SKIP_NONE) {
        fuzz_holds(memcmp(&info.source, &whole->source, sizeof(info.source)) == 0 &&
                       memcmp(&info.destination, &whole->destination, sizeof(info.source)) == 0 &&
                       info.protocol == whole->protocol,
                   "a cut packet belongs to the same flow");
    }
    free(bytes);
}

static void check_decoder(decoder *decode, int link_type, const struct capture_packet *packet)
{
    struct packet_info info;
    enum skip_reason reason = decode(link_type, packet, &info);

    fuzz_holds((reason == SKIP_LINK_TYPE) != decode_knows_link_type(link_type),
               "link types are known or not");
    if (reason != SKIP_NONE)
        return;
    check_lengths(packet, &info);
    check_ports(&info);
    check_outer(link_type, packet, &info);
    check_readdressed(link_type, packet, packet->captured_bytes % 2 == 0);
    check_cut(decode, link_type, packet, &info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    int link_type = link_type_of(data[0]);
    const struct capture_packet packet = {.captured_bytes = (uint32_t)size - 2,
                                          .wire_bytes = wire_bytes_of(data[1], (uint32_t)size - 2),
                                          .data = data + 2,
                                          .link_type = link_type};
    check_tags(link_type, &packet);
    check_decoder(decode_packet, link_type, &packet);
    check_decoder(decode_innermost, link_type, &packet);
    return 0;
}
