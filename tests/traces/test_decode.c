#include "traces/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/traces/frames.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ICMP = 1, TCP = 6, UDP = 17, SCTP = 132 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AH = 51, NONE = 59, DESTINATION = 60 };
enum { MORE_FRAGMENTS = 0x2000, DONT_FRAGMENT = 0x4000 };

/* Decodes `count` bytes in a block of just that size, so that a sanitizer sees any read
 * beyond them. */
static enum skip_reason decode_bytes(int link_type, const uint8_t *bytes, uint32_t count,
                                     uint32_t wire_bytes, struct packet_info *info)
{
    uint8_t *block = malloc(count);

    assert_true(block || count == 0);
    if (count > 0)
        memcpy(block, bytes, count);
    struct capture_packet packet = {
        .captured_bytes = count, .wire_bytes = wire_bytes, .data = block};
    enum skip_reason reason = decode_packet(link_type, &packet, info);
    free(block);
    return reason;
}

static enum skip_reason decode(int link_type, const struct frame *frame, struct packet_info *info)
{
    return decode_bytes(link_type, frame->bytes, frame->count,
                        frame->wire_bytes > frame->count ? frame->wire_bytes : frame->count, info);
}

/* "aa aa 03": what precedes the IP header. */
static void put_hex(struct frame *frame, const char *hex)
{
    char *end;

    for (const char *at = hex; *at; at = end) {
        frame_put8(frame, (uint32_t)strtoul(at, &end, 16));
        while (*end == ' ')
            end++;
    }
}

static void put_udp4(struct frame *frame, uint32_t payload_bytes)
{
    frame_ipv4(frame, UDP, 1, 2, 20 + 8 + payload_bytes);
    frame_udp(frame, 5000, 53, payload_bytes);
    frame_zeros(frame, payload_bytes);
}

static void put_udp6(struct frame *frame, uint32_t payload_bytes)
{
    frame_ipv6(frame, UDP, 1, 2, 8 + payload_bytes);
    frame_udp(frame, 5000, 53, payload_bytes);
    frame_zeros(frame, payload_bytes);
}

#define TAG   " 00 01 81 00"
#define SNAP  " aa aa 03 00 00 00"
#define ETHER "02 00 00 00 00 02 02 00 00 00 00 01"
#define SLL   "00 00 00 01 00 06 02 00 00 00 00 01 00 00"
#define SLL2  " 00 00 00 00 00 01 00 01 00 06 02 00 00 00 00 01 00 00"

static const struct {
    int link_type;
    const char *header;
    int ip_version; /* of what follows */
    enum skip_reason reason;
} link_type_rows[] = {
    {DLT_EN10MB, ETHER " 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 86 dd", 6, SKIP_NONE},
    {DLT_EN10MB, ETHER " 08 06", 4, SKIP_NOT_IP}, /* ARP */
    {DLT_EN10MB, ETHER " 81 00 00 01 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 81 00 00 01 86 dd", 6, SKIP_NONE},
    {DLT_EN10MB, ETHER " 81 00 00 01 08 06", 4, SKIP_NOT_IP},
    {DLT_EN10MB, ETHER " 88 a8 00 01 81 00 00 02 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 91 00 00 01 81 00 00 02 86 dd", 6, SKIP_NONE},
    {DLT_EN10MB, ETHER " 81 00" TAG TAG TAG TAG TAG TAG TAG " 00 01 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 81 00" TAG TAG TAG TAG TAG TAG TAG TAG " 00 01 08 00", 4,
     SKIP_MALFORMED}, /* nine tags */
    {DLT_EN10MB, ETHER " 00 88" SNAP " 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 05 dc" SNAP " 86 dd", 6, SKIP_NONE},
    {DLT_EN10MB, ETHER " 05 dd" SNAP " 08 00", 4, SKIP_NOT_IP}, /* 1501 is no length */
    {DLT_EN10MB, ETHER " 81 00 00 01 00 88" SNAP " 08 00", 4, SKIP_NONE},
    {DLT_EN10MB, ETHER " 00 88" SNAP " 08 06", 4, SKIP_NOT_IP},
    {DLT_EN10MB, ETHER " 00 88 aa aa 03 00 00 0c 20 00", 4, SKIP_NOT_IP}, /* CDP */
    {DLT_EN10MB, ETHER " 00 26 42 42 03", 4, SKIP_NOT_IP},                /* spanning tree */
    {DLT_LINUX_SLL, SLL " 08 00", 4, SKIP_NONE},
    {DLT_LINUX_SLL, SLL " 86 dd", 6, SKIP_NONE},
    {DLT_LINUX_SLL, SLL " 08 06", 4, SKIP_NOT_IP},
    {DLT_LINUX_SLL, SLL " 81 00 00 01 08 00", 4, SKIP_NONE},
    {DLT_LINUX_SLL, SLL " 00 04" SNAP " 08 00", 4, SKIP_NONE},
    {DLT_LINUX_SLL2, "08 00" SLL2, 4, SKIP_NONE},
    {DLT_LINUX_SLL2, "86 dd" SLL2, 6, SKIP_NONE},
    {DLT_LINUX_SLL2, "81 00" SLL2 " 00 01 86 dd", 6, SKIP_NONE},
    {DLT_LINUX_SLL2, "08 06" SLL2, 4, SKIP_NOT_IP},
    {DLT_RAW, "", 4, SKIP_NONE},
    {DLT_RAW, "", 6, SKIP_NONE},
    {DLT_RAW, "50", 4, SKIP_MALFORMED}, /* IP version 5 */
    {DLT_IPV4, "", 4, SKIP_NONE},
    {DLT_IPV6, "", 6, SKIP_NONE},
    {DLT_NULL, "02 00 00 00", 4, SKIP_NONE}, /* little-endian */
    {DLT_NULL, "00 00 00 02", 4, SKIP_NONE},
    {DLT_NULL, "18 00 00 00", 6, SKIP_NONE}, /* 24: OpenBSD, NetBSD */
    {DLT_NULL, "00 00 00 18", 6, SKIP_NONE},
    {DLT_NULL, "1c 00 00 00", 6, SKIP_NONE}, /* 28: FreeBSD */
    {DLT_NULL, "00 00 00 1c", 6, SKIP_NONE},
    {DLT_NULL, "1e 00 00 00", 6, SKIP_NONE}, /* 30: macOS */
    {DLT_NULL, "00 00 00 1e", 6, SKIP_NONE},
    {DLT_NULL, "0a 00 00 00", 6, SKIP_NONE}, /* 10: Linux */
    {DLT_NULL, "07 00 00 00", 4, SKIP_NOT_IP},
    {DLT_NULL, "00 00 00 07", 4, SKIP_NOT_IP},
    {DLT_LOOP, "00 00 00 02", 4, SKIP_NONE},
    {DLT_LOOP, "00 00 00 18", 6, SKIP_NONE},
    {DLT_LOOP, "00 00 00 07", 4, SKIP_NOT_IP},
    {DLT_IEEE802_11, "", 4, SKIP_LINK_TYPE},
};

static void every_link_type_leads_to_ip(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(link_type_rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        put_hex(&frame, link_type_rows[i].header);
        if (link_type_rows[i].ip_version == 4)
            put_udp4(&frame, 100);
        else
            put_udp6(&frame, 100);
        enum skip_reason reason = decode(link_type_rows[i].link_type, &frame, &info);
        if (reason != link_type_rows[i].reason)
            fail_msg("row %zu (%s): %s", i, link_type_rows[i].header, skip_reason_name(reason));
        assert_int_equal(decode_knows_link_type(link_type_rows[i].link_type),
                         reason != SKIP_LINK_TYPE);
        if (reason != SKIP_NONE)
            continue;
        assert_int_equal(info.ip_version, link_type_rows[i].ip_version);
        assert_int_equal(info.protocol, UDP);
        assert_int_equal(info.source.port, 5000);
        assert_int_equal(info.destination.port, 53);
        assert_int_equal(info.ip_bytes, link_type_rows[i].ip_version == 4 ? 128 : 148);
        assert_int_equal(info.payload_bytes, 100);
        assert_false(info.is_fragment);
        assert_int_equal(info.tcp_flags, 0);
    }
}

static void addresses_are_taken_as_they_are(void **state)
{
    (void)state;
    static const uint8_t from4[16] = {10, 0, 1, 2};
    static const uint8_t to4[16] = {10, 0, 3, 4};
    static const uint8_t from6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 1, [15] = 2};
    static const uint8_t to6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 3, [15] = 4};
    struct frame frame = {0};
    struct packet_info info;

    frame_ipv4(&frame, UDP, 0x0102, 0x0304, 28);
    frame_udp(&frame, 1, 65535, 0);
    assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
    assert_memory_equal(info.source.address, from4, 16);
    assert_memory_equal(info.destination.address, to4, 16);
    assert_int_equal(info.source.port, 1);
    assert_int_equal(info.destination.port, 65535);

    frame.count = 0;
    frame_ipv6(&frame, UDP, 0x0102, 0x0304, 8);
    frame_udp(&frame, 0, 256, 0);
    assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
    assert_memory_equal(info.source.address, from6, 16);
    assert_memory_equal(info.destination.address, to6, 16);
    assert_int_equal(info.source.port, 0);
    assert_int_equal(info.destination.port, 256);
}

/* A UDP packet of which 200 bytes are in the frame, whatever its header says. */
static void ipv4_lengths(void **state)
{
    (void)state;
    const struct {
        uint32_t header_words, total_bytes, wire_bytes;
        enum skip_reason reason;
        uint32_t ip_bytes, payload_bytes;
    } rows[] = {
        {5, 200, 200, SKIP_NONE, 200, 172},
        {5, 128, 200, SKIP_NONE, 128, 100}, /* the rest is padding */
        {6, 128, 200, SKIP_NONE, 128, 96},
        {15, 128, 200, SKIP_NONE, 128, 60},
        {5, 0, 200, SKIP_NONE, 200, 172}, /* segmentation offload */
        {5, 0, 80000, SKIP_NONE, 80000, 79972},
        {15, 0, 200, SKIP_NONE, 200, 132},
        {5, 201, 200, SKIP_NONE, 200, 172}, /* more than the frame has */
        {5, 65535, 200, SKIP_NONE, 200, 172},
        {5, 201, 201, SKIP_NONE, 201, 173}, /* cut by the snap length */
        {5, 65535, 65535, SKIP_NONE, 65535, 65507},
        {5, 29, 200, SKIP_NONE, 29, 1},
        {5, 28, 200, SKIP_NONE, 28, 0},
        {5, 27, 200, SKIP_NONE, 27, 0}, /* a UDP header that is not all there */
        {5, 24, 200, SKIP_NONE, 24, 0},
        {5, 23, 200, SKIP_MALFORMED, 0, 0}, /* no room for ports */
        {5, 20, 200, SKIP_MALFORMED, 0, 0},
        {5, 19, 200, SKIP_MALFORMED, 0, 0},
        {5, 1, 200, SKIP_MALFORMED, 0, 0},
        {4, 128, 200, SKIP_MALFORMED, 0, 0},
        {0, 128, 200, SKIP_MALFORMED, 0, 0},
        {15, 59, 200, SKIP_MALFORMED, 0, 0},
        {15, 64, 200, SKIP_NONE, 64, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {.wire_bytes = rows[i].wire_bytes};
        struct packet_info info;
        frame_ipv4(&frame, UDP, 1, 2, rows[i].total_bytes);
        frame.bytes[0] = (uint8_t)(0x40 | rows[i].header_words);
        if (rows[i].header_words > 5)
            frame_zeros(&frame, (rows[i].header_words - 5) * 4);
        frame_udp(&frame, 5000, 53, 0);
        frame_zeros(&frame, 200 - frame.count);
        enum skip_reason reason = decode(DLT_RAW, &frame, &info);
        if (reason != rows[i].reason)
            fail_msg("row %zu: %s", i, skip_reason_name(reason));
        if (reason != SKIP_NONE)
            continue;
        assert_int_equal(info.ip_bytes, rows[i].ip_bytes);
        assert_int_equal(info.payload_bytes, rows[i].payload_bytes);
        assert_int_equal(info.source.port, 5000);
        assert_int_equal(info.destination.port, 53);
    }
}

/* Without ports the packet is skipped; with them it counts as if nothing had been cut, as far as
 * that can be known: the length of a TCP header is in its 13th byte. */
static const struct cut_row {
    int link_type;
    int ip_version;
    uint32_t protocol;
    uint32_t link_bytes;
    bool snap;
} cut_rows[] = {
    {DLT_EN10MB, 4, TCP, 14, false},     {DLT_EN10MB, 6, TCP, 14, false},
    {DLT_EN10MB, 4, UDP, 14, false},     {DLT_EN10MB, 6, UDP, 14, false},
    {DLT_EN10MB, 4, SCTP, 14, false},    {DLT_EN10MB, 6, SCTP, 14, false},
    {DLT_EN10MB, 4, TCP, 22, true},      {DLT_LINUX_SLL, 4, TCP, 16, false},
    {DLT_LINUX_SLL2, 6, TCP, 20, false}, {DLT_NULL, 4, UDP, 4, false},
    {DLT_RAW, 4, TCP, 0, false},
};

/* Makes the frame of a row; returns the offset of its transport header. */
static uint32_t make_cut_frame(struct frame *frame, const struct cut_row *row)
{
    uint32_t header_bytes = row->protocol == TCP ? 32 : row->protocol == UDP ? 8 : 12;
    uint32_t type = row->ip_version == 4 ? 0x0800 : 0x86dd;

    switch (row->link_type) {
    case DLT_EN10MB:
        frame_ethernet(frame, row->snap ? 200 : type);
        if (row->snap)
            put_hex(frame, SNAP " 08 00");
        break;
    case DLT_LINUX_SLL:
        frame_zeros(frame, 14);
        frame_put16(frame, type);
        break;
    case DLT_LINUX_SLL2:
        frame_put16(frame, type);
        frame_zeros(frame, 18);
        break;
    case DLT_NULL:
        frame_put32(frame, 2);
        break;
    }
    assert_int_equal(frame->count, row->link_bytes);
    if (row->ip_version == 4)
        frame_ipv4(frame, row->protocol, 1, 2, 20 + header_bytes + 100);
    else
        frame_ipv6(frame, row->protocol, 1, 2, header_bytes + 100);
    const uint32_t transport = frame->count;
    if (row->protocol == TCP) {
        frame_tcp(frame, 40000, 80, 0x01020304, TCP_ACK | TCP_FIN);
        frame->bytes[transport + 12] = 0x80;
        frame_zeros(frame, 12);
    } else if (row->protocol == UDP) {
        frame_udp(frame, 40000, 80, 100);
    } else {
        frame_sctp(frame, 40000, 80);
    }
    frame_zeros(frame, 100);
    return transport;
}

static void expect_cut(const struct cut_row *row)
{
    struct frame frame = {0};
    const uint32_t transport = make_cut_frame(&frame, row);

    for (uint32_t cut = 0; cut <= frame.count; cut++) {
        struct packet_info info;
        uint32_t known = cut > transport ? cut - transport : 0; /* of the transport header */
        enum skip_reason reason =
            decode_bytes(row->link_type, frame.bytes, cut, frame.count, &info);
        if (reason != (known < 4 ? SKIP_CUT : SKIP_NONE))
            fail_msg("row %zu, %u bytes: %s", (size_t)(row - cut_rows), cut,
                     skip_reason_name(reason));
        if (known < 4)
            continue;
        bool tcp = row->protocol == TCP;
        assert_int_equal(info.ip_version, row->ip_version);
        assert_int_equal(info.protocol, row->protocol);
        assert_int_equal(info.source.port, 40000);
        assert_int_equal(info.destination.port, 80);
        assert_int_equal(info.ip_bytes, frame.count - row->link_bytes);
        assert_int_equal(info.payload_bytes, tcp && known < 13 ? 112 : 100);
        assert_int_equal(info.tcp_sequence, tcp && known >= 8 ? 0x01020304 : 0);
        assert_int_equal(info.tcp_flags, tcp && known >= 14 ? TCP_ACK | TCP_FIN : 0);
    }
}

static void cut_at_every_byte(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(cut_rows); i++)
        expect_cut(&cut_rows[i]);
}

/* The frame holds 200 bytes after the IPv6 header. */
static void ipv6_lengths(void **state)
{
    (void)state;
    const struct {
        uint32_t next_header, payload_length, wire_bytes;
        enum skip_reason reason;
        uint32_t ip_bytes, payload_bytes;
    } rows[] = {
        {UDP, 200, 240, SKIP_NONE, 240, 192},
        {UDP, 108, 240, SKIP_NONE, 148, 100}, /* padding */
        {UDP, 201, 240, SKIP_NONE, 240, 192}, /* more than the frame has */
        {UDP, 201, 241, SKIP_NONE, 241, 193},
        {UDP, 65535, 65575, SKIP_NONE, 65575, 65527},
        {UDP, 0, 240, SKIP_NONE, 240, 192}, /* segmentation offload */
        {UDP, 0, 80040, SKIP_NONE, 80040, 79992},
        {UDP, 9, 240, SKIP_NONE, 49, 1},
        {UDP, 8, 240, SKIP_NONE, 48, 0},
        {UDP, 4, 240, SKIP_NONE, 44, 0},
        {UDP, 3, 240, SKIP_MALFORMED, 0, 0},
        {NONE, 0, 240, SKIP_NONE, 40, 0}, /* nothing follows: the rest is padding */
        {NONE, 6, 240, SKIP_NONE, 46, 6},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {.wire_bytes = rows[i].wire_bytes};
        struct packet_info info;
        frame_ipv6(&frame, rows[i].next_header, 1, 2, rows[i].payload_length);
        frame_udp(&frame, 5000, 53, 192);
        frame_zeros(&frame, 192);
        enum skip_reason reason = decode(DLT_RAW, &frame, &info);
        if (reason != rows[i].reason)
            fail_msg("row %zu: %s", i, skip_reason_name(reason));
        if (reason != SKIP_NONE)
            continue;
        assert_int_equal(info.ip_bytes, rows[i].ip_bytes);
        assert_int_equal(info.payload_bytes, rows[i].payload_bytes);
        assert_int_equal(info.protocol, rows[i].next_header);
        assert_int_equal(info.source.port, rows[i].next_header == UDP ? 5000 : 0);
    }
}

/* Extension headers in front of a UDP datagram with 100 bytes. */
static void ipv6_extension_headers_are_walked(void **state)
{
    (void)state;
    const struct {
        uint32_t headers[4], bytes[4]; /* up to one of 0 bytes */
    } rows[] = {
        {{HOP_BY_HOP}, {8}},
        {{HOP_BY_HOP}, {16}},
        {{HOP_BY_HOP}, {2048 / 4}},
        {{ROUTING}, {24}},
        {{DESTINATION}, {8}},
        {{AH}, {24}}, /* counted in words of 4 bytes, less 2 */
        {{AH}, {12}},
        {{HOP_BY_HOP, ROUTING, DESTINATION}, {8, 24, 16}},
        {{HOP_BY_HOP, AH, DESTINATION}, {8, 24, 8}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        uint32_t total = 0;
        for (size_t k = 0; rows[i].bytes[k] > 0; k++)
            total += rows[i].bytes[k];
        frame_ipv6(&frame, rows[i].headers[0], 1, 2, total + 108);
        for (size_t k = 0; rows[i].bytes[k] > 0; k++) {
            uint32_t start = frame.count;
            uint32_t next = rows[i].bytes[k + 1] > 0 ? rows[i].headers[k + 1] : UDP;
            frame_ipv6_extension(&frame, next, rows[i].bytes[k]);
            if (rows[i].headers[k] == AH)
                frame.bytes[start + 1] = (uint8_t)(rows[i].bytes[k] / 4 - 2);
        }
        const uint32_t transport = frame.count;
        frame_udp(&frame, 5000, 53, 100);
        frame_zeros(&frame, 100);
        for (uint32_t cut = 0; cut <= frame.count; cut++) {
            enum skip_reason reason = decode_bytes(DLT_RAW, frame.bytes, cut, frame.count, &info);
            if (reason != (cut < transport + 4 ? SKIP_CUT : SKIP_NONE))
                fail_msg("row %zu, %u bytes: %s", i, cut, skip_reason_name(reason));
            if (reason != SKIP_NONE)
                continue;
            assert_int_equal(info.protocol, UDP);
            assert_int_equal(info.source.port, 5000);
            assert_int_equal(info.ip_bytes, frame.count);
            assert_int_equal(info.payload_bytes, 100);
            assert_false(info.is_fragment);
        }
    }
}

static void ipv6_extension_headers_have_bounds(void **state)
{
    (void)state;
    struct packet_info info;

    for (uint32_t headers = 16; headers <= 17; headers++) {
        struct frame frame = {0};
        frame_ipv6(&frame, DESTINATION, 1, 2, headers * 8 + 8);
        for (uint32_t i = 0; i < headers; i++)
            frame_ipv6_extension(&frame, i + 1 < headers ? DESTINATION : UDP, 8);
        frame_udp(&frame, 5000, 53, 0);
        assert_int_equal(decode(DLT_RAW, &frame, &info),
                         headers == 16 ? SKIP_NONE : SKIP_MALFORMED);
    }
    /* a header that is longer than the packet, by one byte and by none */
    for (uint32_t payload_bytes = 15; payload_bytes <= 16; payload_bytes++) {
        struct frame frame = {0};
        frame_ipv6(&frame, DESTINATION, 1, 2, payload_bytes);
        frame_ipv6_extension(&frame, NONE, 16);
        frame_zeros(&frame, 20);
        assert_int_equal(decode(DLT_RAW, &frame, &info),
                         payload_bytes == 16 ? SKIP_NONE : SKIP_MALFORMED);
        if (payload_bytes == 16)
            assert_int_equal(info.payload_bytes, 0);
    }
}

/* RFC 2675: payload length 0 and the true one in a hop-by-hop option. */
static void ipv6_jumbo_length(void **state)
{
    (void)state;
    const struct {
        const char *options;
        uint32_t wire_bytes, ip_bytes;
    } rows[] = {
        {"c2 04 00 01 11 78", 70100, 40 + 70008},
        {"c2 04 00 01 11 78", 70000, 70000}, /* beyond the frame */
        {"00 00 00 00 00 00", 70100, 70100}, /* no such option: the frame's length */
        {"01 04 00 00 00 00", 70100, 70100},
        {"01 02 00 00 c2 04", 70100, 70100}, /* cut off by the header's end */
        {"c2 03 00 01 11 78", 70100, 70100}, /* of a wrong length */
        {"01 04 00 00 00 00 00 c2 04 00 01 11 78 00", 70100, 40 + 70008},
        {"01 ff 00 00 00 00", 70100, 70100}, /* an option that is too long */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {.wire_bytes = rows[i].wire_bytes};
        struct packet_info info;
        frame_ipv6(&frame, HOP_BY_HOP, 1, 2, 0);
        frame_put8(&frame, UDP);
        frame_put8(&frame, strlen(rows[i].options) > 20 ? 1 : 0);
        put_hex(&frame, rows[i].options);
        const uint32_t headers = frame.count;
        frame_udp(&frame, 5000, 53, 0);
        assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
        assert_int_equal(info.protocol, UDP);
        assert_int_equal(info.ip_bytes, rows[i].ip_bytes);
        assert_int_equal(info.payload_bytes, rows[i].ip_bytes - headers - 8);
    }
}

static void fragments_of_ipv4(void **state)
{
    (void)state;
    const struct {
        uint32_t offset;
        bool is_fragment, is_later;
    } rows[] = {
        {0, false, false},
        {DONT_FRAGMENT, false, false},
        {0x8000, false, false}, /* the reserved bit */
        {MORE_FRAGMENTS, true, false},
        {MORE_FRAGMENTS | 1, true, true},
        {1, true, true},
        {0x1fff, true, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        frame_ipv4_fragment(&frame, UDP, 1, 2, 20 + 8 + 100, 0xabcd, rows[i].offset);
        frame_udp(&frame, 5000, 53, 100);
        frame_zeros(&frame, 100);
        assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
        assert_int_equal(info.is_fragment, rows[i].is_fragment);
        assert_int_equal(info.is_later_fragment, rows[i].is_later);
        assert_int_equal(info.fragment_id, 0xabcd);
        assert_int_equal(info.protocol, UDP);
        assert_int_equal(info.source.port, rows[i].is_later ? 0 : 5000);
        assert_int_equal(info.destination.port, rows[i].is_later ? 0 : 53);
        assert_int_equal(info.payload_bytes, rows[i].is_later ? 108 : 100);
    }
}

static void fragments_of_ipv6(void **state)
{
    (void)state;
    const struct {
        uint32_t offset;
        bool is_fragment, is_later;
    } rows[] = {
        {0, false, false}, /* atomic */
        {1, true, false},     {8, true, true},   {9, true, true},
        {0xfff8, true, true}, {6, false, false}, /* reserved bits */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        frame_ipv6(&frame, HOP_BY_HOP, 1, 2, 8 + 8 + 8 + 100);
        frame_ipv6_extension(&frame, FRAGMENT, 8);
        frame_ipv6_fragment(&frame, UDP, 0x12345678, rows[i].offset);
        frame_udp(&frame, 5000, 53, 100);
        frame_zeros(&frame, 100);
        assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
        assert_int_equal(info.is_fragment, rows[i].is_fragment);
        assert_int_equal(info.is_later_fragment, rows[i].is_later);
        assert_int_equal(info.fragment_id, 0x12345678);
        assert_int_equal(info.protocol, UDP);
        assert_int_equal(info.source.port, rows[i].is_later ? 0 : 5000);
        assert_int_equal(info.payload_bytes, rows[i].is_later ? 108 : 100);
        assert_int_equal(info.ip_bytes, 40 + 124);
    }
    /* what a later fragment holds is data, even if the header names another extension */
    struct frame frame = {0};
    struct packet_info info;
    frame_ipv6(&frame, FRAGMENT, 1, 2, 8 + 100);
    frame_ipv6_fragment(&frame, DESTINATION, 1, 8);
    frame_zeros(&frame, 100);
    assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
    assert_true(info.is_later_fragment);
    assert_int_equal(info.payload_bytes, 100);
}

static void other_protocols_have_no_ports(void **state)
{
    (void)state;
    static const uint32_t protocols[] = {ICMP, 2, 47, 50, 58, 89, 255};

    for (size_t i = 0; i < COUNT(protocols); i++)
        for (uint32_t payload_bytes = 0; payload_bytes <= 64; payload_bytes += 64) {
            struct frame frame = {0};
            struct packet_info info;
            frame_ipv4(&frame, protocols[i], 1, 2, 20 + payload_bytes);
            for (uint32_t k = 0; k < payload_bytes; k++)
                frame_put8(&frame, 0xff);
            assert_int_equal(decode(DLT_RAW, &frame, &info), SKIP_NONE);
            assert_int_equal(info.protocol, protocols[i]);
            assert_int_equal(info.source.port, 0);
            assert_int_equal(info.destination.port, 0);
            assert_int_equal(info.tcp_flags, 0);
            assert_int_equal(info.ip_bytes, 20 + payload_bytes);
            assert_int_equal(info.payload_bytes, payload_bytes);
        }
}

/* 40 bytes of TCP, then 20 bytes that Ethernet padded: 0xff where flags would be. */
static void tcp_header_lengths(void **state)
{
    (void)state;
    const struct {
        uint32_t tcp_bytes, header_words;
        enum skip_reason reason;
        uint32_t payload_bytes, flags;
    } rows[] = {
        {40, 5, SKIP_NONE, 20, 0xff},
        {40, 6, SKIP_NONE, 16, 0xff},
        {40, 10, SKIP_NONE, 0, 0xff},
        {40, 11, SKIP_NONE, 0, 0xff}, /* beyond the packet */
        {40, 15, SKIP_NONE, 0, 0xff},
        {40, 4, SKIP_MALFORMED, 0, 0},
        {40, 0, SKIP_MALFORMED, 0, 0},
        {20, 5, SKIP_NONE, 0, 0xff},
        {21, 5, SKIP_NONE, 1, 0xff},
        {14, 5, SKIP_NONE, 0, 0xff},
        /* the packet ends within the header: what the padding holds is not its length, no flags */
        {13, 5, SKIP_NONE, 0, 0},
        {12, 0, SKIP_NONE, 0, 0},
        {4, 0, SKIP_NONE, 0, 0},
        {3, 5, SKIP_MALFORMED, 0, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        frame_ethernet(&frame, 0x0800);
        frame_ipv4(&frame, TCP, 1, 2, 20 + rows[i].tcp_bytes);
        frame_tcp(&frame, 40000, 80, 7, 0xff);
        frame.bytes[14 + 20 + 12] = (uint8_t)(rows[i].header_words << 4);
        frame_zeros(&frame, 40);
        enum skip_reason reason = decode(DLT_EN10MB, &frame, &info);
        if (reason != rows[i].reason)
            fail_msg("row %zu: %s", i, skip_reason_name(reason));
        if (reason != SKIP_NONE)
            continue;
        assert_int_equal(info.payload_bytes, rows[i].payload_bytes);
        assert_int_equal(info.tcp_flags, rows[i].flags);
        assert_int_equal(info.tcp_sequence, rows[i].tcp_bytes >= 8 ? 7 : 0);
        assert_int_equal(info.ip_bytes, 20 + rows[i].tcp_bytes);
    }
}

static void empty_frames_are_cut(void **state)
{
    (void)state;
    static const int link_types[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW,
                                     DLT_IPV4,   DLT_IPV6,      DLT_NULL,       DLT_LOOP};
    const uint8_t nothing[1] = {0};
    struct packet_info info;

    for (size_t i = 0; i < COUNT(link_types); i++) {
        assert_int_equal(decode_bytes(link_types[i], nothing, 0, 0, &info), SKIP_CUT);
        assert_int_equal(decode_bytes(link_types[i], nothing, 0, 1500, &info), SKIP_CUT);
    }
    assert_int_equal(decode_bytes(DLT_IEEE802_11, nothing, 0, 0, &info), SKIP_LINK_TYPE);
}

/* The longest frame that is believed, and one longer. */
static void endless_frames_are_malformed(void **state)
{
    (void)state;
    struct frame frame = {0};
    struct packet_info info;

    frame_ethernet(&frame, 0x0800);
    frame_ipv4(&frame, TCP, 1, 2, 0); /* the frame knows its length */
    frame_tcp(&frame, 40000, 80, 7, TCP_ACK);
    frame.wire_bytes = 16777216;
    assert_int_equal(decode(DLT_EN10MB, &frame, &info), SKIP_NONE);
    assert_int_equal(info.payload_bytes, 16777216 - 14 - 20 - 20);
    frame.wire_bytes = 16777217;
    assert_int_equal(decode(DLT_EN10MB, &frame, &info), SKIP_MALFORMED);
    frame.wire_bytes = UINT32_MAX;
    assert_int_equal(decode(DLT_EN10MB, &frame, &info), SKIP_MALFORMED);
}

static void reasons_have_names(void **state)
{
    (void)state;
    for (int reason = SKIP_NONE; reason < SKIP_REASONS; reason++) {
        assert_string_not_equal(skip_reason_name((enum skip_reason)reason), "unknown");
        for (int other = SKIP_NONE; other < reason; other++)
            assert_string_not_equal(skip_reason_name((enum skip_reason)reason),
                                    skip_reason_name((enum skip_reason)other));
    }
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % limit);
}

/* Valid frames with a few bytes changed and cut anywhere: whatever is in them, only their bytes
 * are read, and what is found out fits them. */
static void make_random_frame(struct frame *frame, int link_type, uint64_t *random)
{
    static const uint32_t protocols[] = {TCP, UDP, SCTP, ICMP, FRAGMENT, AH};
    uint32_t protocol = protocols[random_below(random, COUNT(protocols))];
    bool ipv6 = random_below(random, 2) == 1;
    uint32_t type = ipv6 ? 0x86dd : 0x0800;
    uint32_t extensions = ipv6 ? random_below(random, 4) : 0;

    switch (link_type) {
    case DLT_EN10MB:
        frame_ethernet(frame, random_below(random, 2) ? 0x8100 : type);
        if (frame->bytes[12] == 0x81)
            frame_vlan(frame, type);
        break;
    case DLT_LINUX_SLL:
        frame_zeros(frame, 14);
        frame_put16(frame, type);
        break;
    case DLT_LINUX_SLL2:
        frame_put16(frame, type);
        frame_zeros(frame, 18);
        break;
    case DLT_NULL:
        frame_put32(frame, ipv6 ? 30 : 2);
        break;
    }
    if (ipv6)
        frame_ipv6(frame, extensions > 0 ? random_below(random, 2) * DESTINATION : protocol, 1, 2,
                   extensions * 8 + 60);
    else
        frame_ipv4(frame, protocol, 1, 2, 80);
    for (uint32_t i = 0; i < extensions; i++)
        frame_ipv6_extension(frame, i + 1 < extensions ? DESTINATION : protocol, 8);
    frame_tcp(frame, 1, 2, 3, TCP_ACK);
    frame_zeros(frame, 40);
}

static void damage(struct frame *frame, uint64_t *random)
{
    static const uint8_t interesting[] = {0x00, 0xff, 0x45, 0x4f, 0x60, 6, 17, 44, 51, 60, 0xc2};

    for (uint32_t changes = random_below(random, 6); changes > 0; changes--) {
        uint32_t at = random_below(random, frame->count);
        frame->bytes[at] = random_below(random, 2)
                               ? interesting[random_below(random, sizeof(interesting))]
                               : (uint8_t)random_below(random, 256);
    }
}

static void random_damage_is_survived(void **state)
{
    (void)state;
    static const int link_types[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2,
                                     DLT_RAW,    DLT_NULL,      DLT_EN10MB};
    uint64_t random = 20010909;
    uint32_t decoded = 0;

    for (uint32_t round = 0; round < 200000; round++) {
        struct frame frame = {0};
        struct packet_info info;
        int link_type = link_types[random_below(&random, COUNT(link_types))];

        make_random_frame(&frame, link_type, &random);
        damage(&frame, &random);
        uint32_t count =
            random_below(&random, 2) ? frame.count : random_below(&random, frame.count + 1);
        uint32_t wire = count + (random_below(&random, 2) ? random_below(&random, 100000) : 0);
        enum skip_reason reason = decode_bytes(link_type, frame.bytes, count, wire, &info);
        assert_in_range(reason, SKIP_NONE, SKIP_MALFORMED);
        if (reason != SKIP_NONE)
            continue;
        decoded++;
        assert_true(info.ip_version == 4 || info.ip_version == 6);
        assert_in_range(info.ip_bytes, 20, wire);
        assert_in_range(info.payload_bytes, 0, info.ip_bytes - 20);
    }
    assert_in_range(decoded, 50000, 150000); /* neither all nor none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_type_leads_to_ip),
        cmocka_unit_test(addresses_are_taken_as_they_are),
        cmocka_unit_test(ipv4_lengths),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(ipv6_lengths),
        cmocka_unit_test(ipv6_extension_headers_are_walked),
        cmocka_unit_test(ipv6_extension_headers_have_bounds),
        cmocka_unit_test(ipv6_jumbo_length),
        cmocka_unit_test(fragments_of_ipv4),
        cmocka_unit_test(fragments_of_ipv6),
        cmocka_unit_test(other_protocols_have_no_ports),
        cmocka_unit_test(tcp_header_lengths),
        cmocka_unit_test(empty_frames_are_cut),
        cmocka_unit_test(endless_frames_are_malformed),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(random_damage_is_survived),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
