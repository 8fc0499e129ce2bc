#include "traces/readdress.h"

#include <string.h>

#include "traces/view.h"

enum {
    PROTOCOL_ICMPV6 = 58,

    IPV4_CHECKSUM = 10, /* offsets */
    IPV4_SOURCE = 12,
    IPV4_DESTINATION = 16,
    IPV6_SOURCE = 8,
    IPV6_DESTINATION = 24,
    TCP_CHECKSUM = 16,
    UDP_CHECKSUM = 6,
    UDP_LENGTH = 4,
    ICMPV6_CHECKSUM = 2,
    NO_CHECKSUM = -1,
};

static void put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* --- sums in ones' complement ------------------------------------------------------------ */

/* Adds the bytes to a sum that is not folded yet; an odd one at the end is a word's first. */
static uint64_t add_bytes(uint64_t sum, const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i += 2)
        sum += be16(bytes + i);
    return count % 2 > 0 ? sum + (uint64_t)(bytes[count - 1] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* Adds m' - m for each word of an even number of bytes. */
static uint64_t add_change(uint64_t sum, const uint8_t *before, const uint8_t *after,
                           uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i += 2)
        sum += (uint16_t)~be16(before + i) + (uint64_t)be16(after + i);
    return sum;
}

/* --- the packet -------------------------------------------------------------------------- */

/* An IP packet, as far as it was captured. */
struct ip_packet {
    uint8_t *data;
    const struct packet_info *info;
    uint8_t *transport;
    uint32_t transport_bytes;          /* on the wire */
    uint32_t transport_captured_bytes; /* not more */
};

/* Where the transport's checksum is; NO_CHECKSUM: none that covers addresses. */
static int checksum_offset(const struct packet_info *info)
{
    if (info->is_later_fragment)
        return NO_CHECKSUM;
    switch (info->protocol) {
    case PROTOCOL_TCP:
        return TCP_CHECKSUM;
    case PROTOCOL_UDP:
        return UDP_CHECKSUM;
    case PROTOCOL_ICMPV6:
        return info->ip_version == 6 ? ICMPV6_CHECKSUM : NO_CHECKSUM;
    default:
        return NO_CHECKSUM;
    }
}

static uint32_t address_bytes(const struct packet_info *info)
{
    return info->ip_version == 4 ? 4 : 16;
}

static uint8_t *address_of(const struct ip_packet *packet, bool is_source)
{
    if (packet->info->ip_version == 4)
        return packet->data + (is_source ? IPV4_SOURCE : IPV4_DESTINATION);
    return packet->data + (is_source ? IPV6_SOURCE : IPV6_DESTINATION);
}

/* Whether all that the transport's checksum covers was captured. */
static bool is_whole(const struct ip_packet *packet)
{
    uint32_t bytes = packet->transport_bytes;

    return !packet->info->is_fragment && packet->transport_captured_bytes == bytes &&
           (packet->info->protocol != PROTOCOL_UDP ||
            be16(packet->transport + UDP_LENGTH) == bytes);
}

/* From the whole packet; the field counts as 0. */
static uint16_t compute(const struct ip_packet *packet, int at)
{
    const struct packet_info *info = packet->info;
    uint32_t bytes = packet->transport_bytes;
    uint64_t sum = (uint64_t)info->protocol + (bytes >> 16) + (bytes & 0xffff);

    sum = add_bytes(sum, address_of(packet, true), address_bytes(info));
    sum = add_bytes(sum, address_of(packet, false), address_bytes(info));
    sum = add_bytes(sum, packet->transport, bytes);
    return (uint16_t)~fold(sum + (uint16_t)~be16(packet->transport + at));
}

static void put_checksum(const struct ip_packet *packet, int at, uint16_t checksum)
{
    if (checksum == 0 && packet->info->protocol == PROTOCOL_UDP)
        checksum = 0xffff; /* 0 means none */
    put_be16(packet->transport + at, checksum);
}

/* The IPv4 header was captured: else its packet could not be decoded. */
static void renew_header_checksum(const struct ip_packet *packet)
{
    put_be16(packet->data + IPV4_CHECKSUM, 0);
    uint32_t bytes = (packet->data[0] & 0x0fU) * 4;
    put_be16(packet->data + IPV4_CHECKSUM, (uint16_t)~fold(add_bytes(0, packet->data, bytes)));
}

/* Changes address and port, and returns by how much the transport's sum changes. */
static uint64_t change_end(const struct ip_packet *packet, bool is_source,
                           const struct endpoint *to)
{
    const struct packet_info *info = packet->info;
    uint8_t *address = address_of(packet, is_source), *port = packet->transport;
    uint8_t new_port[2];
    uint64_t sum = add_change(0, address, to->address, address_bytes(info));

    memcpy(address, to->address, address_bytes(info));
    if (info->is_later_fragment ||
        (info->protocol != PROTOCOL_TCP && info->protocol != PROTOCOL_UDP))
        return sum;
    port += is_source ? 0 : 2; /* both ports were captured, as above */
    put_be16(new_port, to->port);
    sum = add_change(sum, port, new_port, sizeof(new_port));
    memcpy(port, new_port, sizeof(new_port));
    return sum;
}

void readdress(uint8_t *ip, uint32_t captured_bytes, const struct packet_info *info, bool is_source,
               const struct endpoint *to)
{
    uint32_t header_bytes = info->transport_offset - info->ip_offset;
    struct ip_packet packet = {.data = ip,
                               .info = info,
                               .transport = ip + header_bytes,
                               .transport_bytes = info->ip_bytes - header_bytes};
    int at = checksum_offset(info);

    packet.transport_captured_bytes =
        min_u32(captured_bytes - header_bytes, packet.transport_bytes);
    bool has_field = at != NO_CHECKSUM && (uint32_t)at + 2 <= packet.transport_captured_bytes;
    uint16_t before = has_field ? be16(packet.transport + at) : 0;
    uint64_t change = change_end(&packet, is_source, to);
    if (info->ip_version == 4)
        renew_header_checksum(&packet);
    if (!has_field || (before == 0 && info->protocol == PROTOCOL_UDP))
        return;
    put_checksum(&packet, at,
                 is_whole(&packet) ? compute(&packet, at)
                                   : (uint16_t)~fold(change + (uint16_t)~before));
}
