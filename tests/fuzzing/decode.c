/*
 * The packet decoder on any frame. The first byte of an input says the link type (low half) and how
 * much longer the frame was on the wire (high half); the rest is what was captured of it.
 */
#include "traces/decode.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "tests/fuzzing/fuzzing.h"

static int link_type_of(uint8_t byte)
{
    static const int types[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_LOOP,
                                DLT_RAW,    DLT_IPV4,      DLT_IPV6,       DLT_PPP};

    return types[(byte & 15) % (sizeof(types) / sizeof(types[0]))];
}

static uint32_t wire_bytes_of(uint8_t byte, uint32_t captured_bytes)
{
    static const uint32_t more[] = {0, 0, 0, 0, 1, 60, 1448, 65535, 1U << 20, UINT32_MAX};
    uint32_t bytes = more[(byte >> 4) % (sizeof(more) / sizeof(more[0]))];

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

/* The same frame, truncated: what is still decoded of its flow is the same. */
static void check_cut(int link_type, const struct capture_packet *packet,
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
    if (decode_packet(link_type, &cut, &info) == SKIP_NONE) {
        fuzz_holds(memcmp(&info.source, &whole->source, sizeof(info.source)) == 0 &&
                       memcmp(&info.destination, &whole->destination, sizeof(info.source)) == 0 &&
                       info.protocol == whole->protocol,
                   "a cut packet belongs to the same flow");
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet_info info;

    if (size == 0)
        return 0;
    int link_type = link_type_of(data[0]);
    const struct capture_packet packet = {.captured_bytes = (uint32_t)size - 1,
                                          .wire_bytes = wire_bytes_of(data[0], (uint32_t)size - 1),
                                          .data = data + 1};
    enum skip_reason reason = decode_packet(link_type, &packet, &info);
    fuzz_holds((reason == SKIP_LINK_TYPE) != decode_knows_link_type(link_type),
               "link types are known or not");
    if (reason != SKIP_NONE)
        return 0;
    check_lengths(&packet, &info);
    check_ports(&info);
    check_cut(link_type, &packet, &info);
    return 0;
}
