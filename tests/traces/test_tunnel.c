#include "traces/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/traces/frames.h"
#include "traces/decode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { IP4 = 4, TCP = 6, UDP = 17, IP6 = 41, GRE = 47 };
enum { INNER_BYTES = 100 }; /* of payload */

typedef enum skip_reason decoder(int link_type, const struct capture_packet *packet,
                                 struct packet_info *info);

/* In a block of just that size, so that a sanitizer sees any read beyond it. */
static enum skip_reason decode_cut(decoder *by, const struct frame *frame, uint32_t captured,
                                   struct packet_info *info)
{
    uint8_t *block = malloc(captured);

    assert_true(block || captured == 0);
    if (captured > 0)
        memcpy(block, frame->bytes, captured);
    uint32_t wire_bytes = frame->wire_bytes > frame->count ? frame->wire_bytes : frame->count;
    const struct capture_packet packet = {
        .captured_bytes = captured, .wire_bytes = wire_bytes, .data = block};
    enum skip_reason reason = by(DLT_RAW, &packet, info);
    free(block);
    return reason;
}

static enum skip_reason decode(decoder *by, const struct frame *frame, struct packet_info *info)
{
    return decode_cut(by, frame, frame->count, info);
}

static uint32_t hex_bytes(const char *hex)
{
    struct frame frame = {0};

    frame_hex(&frame, hex);
    return frame.count;
}

/* From host 1 to 2. */
static void put_ip(struct frame *frame, int version, uint32_t protocol, uint32_t payload_bytes)
{
    if (version == 4)
        frame_ipv4(frame, protocol, 1, 2, 20 + payload_bytes);
    else
        frame_ipv6(frame, protocol, 1, 2, payload_bytes);
}

/* From host 3, port 5000 to host 4, port 53. */
static void put_inner(struct frame *frame, int version)
{
    if (version == 4)
        frame_ipv4(frame, UDP, 3, 4, 20 + 8 + INNER_BYTES);
    else
        frame_ipv6(frame, UDP, 3, 4, 8 + INNER_BYTES);
    frame_udp(frame, 5000, 53, INNER_BYTES);
    frame_zeros(frame, INNER_BYTES);
}

static uint32_t inner_ip_bytes(int version)
{
    return (version == 4 ? 20U : 40U) + 8 + INNER_BYTES;
}

#define ETHER " 02 00 00 00 00 02 02 00 00 00 00 01"
#define VXLAN "08 00 00 00 00 00 2a 00" ETHER

static const struct row {
    int outer_version;
    uint32_t protocol;
    uint32_t port; /* of UDP */
    const char *header;
    int inner_version;
    enum tunnel tunnel; /* TUNNEL_NONE: none is found, the outer flow is taken */
} rows[] = {
    {4, IP4, 0, "", 4, TUNNEL_IP_IN_IP},
    {4, IP6, 0, "", 6, TUNNEL_IP_IN_IP}, /* 6in4 */
    {6, IP4, 0, "", 4, TUNNEL_IP_IN_IP}, /* 4in6 */
    {6, IP6, 0, "", 6, TUNNEL_IP_IN_IP},
    {4, IP4, 0, "00", 4, TUNNEL_NONE},
    {4, GRE, 0, "00 00 08 00", 4, TUNNEL_GRE},
    {6, GRE, 0, "00 00 86 dd", 6, TUNNEL_GRE},
    {4, GRE, 0, "80 00 08 00 11 22 00 00", 4, TUNNEL_GRE},
    {4, GRE, 0, "20 00 08 00 00 00 00 2a", 4, TUNNEL_GRE},
    {4, GRE, 0, "10 00 86 dd 00 00 00 01", 6, TUNNEL_GRE},
    {4, GRE, 0, "b0 00 08 00 11 22 00 00 00 00 00 2a 00 00 00 01", 4, TUNNEL_GRE},
    {4, GRE, 0, "20 00 65 58 00 00 2a 00" ETHER " 08 00", 4, TUNNEL_GRE}, /* NVGRE */
    {4, GRE, 0, "00 00 65 58" ETHER " 81 00 00 1f 86 dd", 6, TUNNEL_GRE},
    {4, GRE, 0, "00 00 88 47 00 01 01 40", 4, TUNNEL_GRE},
    {4, GRE, 0, "40 00 08 00 00 00 00 00", 4, TUNNEL_NONE},                         /* routing */
    {4, GRE, 0, "30 01 88 0b 00 00 00 01 00 00 00 01 ff 03 00 21", 4, TUNNEL_NONE}, /* PPTP */
    {4, GRE, 0, "10 00 88 be 00 00 00 01 10 00 00 00 00 00 00 00" ETHER " 08 00", 4,
     TUNNEL_NONE}, /* ERSPAN */
    {4, GRE, 0, "00 00 08 06", 4, TUNNEL_NONE},
    {4, UDP, 4789, VXLAN " 08 00", 4, TUNNEL_VXLAN},
    {6, UDP, 4789, VXLAN " 86 dd", 6, TUNNEL_VXLAN},
    {4, UDP, 8472, VXLAN " 81 00 00 1f 08 00", 4, TUNNEL_VXLAN},
    {4, UDP, 4790, VXLAN " 08 00", 4, TUNNEL_NONE},
    {4, UDP, 4789, VXLAN " 08 06", 4, TUNNEL_NONE},
    {4, UDP, 4789, "00 00 00 00 00 00 2a 00" ETHER " 08 00", 4, TUNNEL_NONE}, /* no network */
    {4, UDP, 2152, "30 ff 00 80 00 00 00 2a", 4, TUNNEL_GTP_U},
    {6, UDP, 2152, "30 ff 00 94 00 00 00 2a", 6, TUNNEL_GTP_U},
    {4, UDP, 2152, "32 ff 00 84 00 00 00 2a 00 01 00 00", 4, TUNNEL_GTP_U}, /* a number */
    {4, UDP, 2152, "32 ff 00 84 00 00 00 2a 00 01 00 85", 4, TUNNEL_GTP_U},
    {4, UDP, 2152, "34 ff 00 88 00 00 00 2a 00 00 00 85 01 10 05 00", 4, TUNNEL_GTP_U},
    {4, UDP, 2152, "36 ff 00 90 00 00 00 2a 00 01 00 c0 01 00 01 85 02 10 05 00 00 00 00 00", 6,
     TUNNEL_GTP_U},
    {4, UDP, 2152, "34 ff 00 88 00 00 00 2a 00 00 00 85 00 10 05 00", 4, TUNNEL_NONE},
    {4, UDP, 2152, "34 ff 00 88 00 00 00 2a 00 00 00 85 ff 10 05 85", 4, TUNNEL_NONE},
    {4, UDP, 2152, "30 01 00 04 00 00 00 00 00 00 00 00", 4, TUNNEL_NONE}, /* an echo */
    {4, UDP, 2152, "50 ff 00 80 00 00 00 2a", 4, TUNNEL_NONE},             /* version 2 */
    {4, UDP, 2152, "20 ff 00 80 00 00 00 2a", 4, TUNNEL_NONE},             /* GTP' */
    {4, UDP, 53, "30 ff 00 80 00 00 00 2a", 4, TUNNEL_NONE},
    {4, TCP, 2152, "", 4, TUNNEL_NONE},
};

/* Returns the offset of what is after the outer headers. */
static uint32_t make_frame(struct frame *frame, const struct row *row)
{
    uint32_t inside_bytes = hex_bytes(row->header) + inner_ip_bytes(row->inner_version);
    uint32_t transport_bytes = row->protocol == UDP ? 8 : row->protocol == TCP ? 20 : 0;

    put_ip(frame, row->outer_version, row->protocol, transport_bytes + inside_bytes);
    if (row->protocol == UDP)
        frame_udp(frame, 2152, row->port, inside_bytes);
    else if (row->protocol == TCP)
        frame_tcp(frame, 2152, row->port, 1, TCP_ACK);
    uint32_t offset = frame->count;
    frame_hex(frame, row->header);
    put_inner(frame, row->inner_version);
    return offset;
}

static void expect_outer(const struct row *row, const struct packet_info *info,
                         const struct frame *frame)
{
    assert_int_equal(info->ip_version, row->outer_version);
    assert_int_equal(info->protocol, row->protocol);
    assert_int_equal(info->destination.port, row->port);
    assert_int_equal(info->source.address[row->outer_version == 4 ? 3 : 15], 1);
    assert_int_equal(info->ip_bytes, frame->count);
    assert_int_equal(info->ip_offset, 0);
}

static void expect_inner(const struct row *row, const struct packet_info *info,
                         const struct frame *frame)
{
    uint32_t ip_bytes = inner_ip_bytes(row->inner_version);

    assert_int_equal(info->ip_version, row->inner_version);
    assert_int_equal(info->protocol, UDP);
    assert_int_equal(info->source.port, 5000);
    assert_int_equal(info->destination.port, 53);
    assert_int_equal(info->source.address[row->inner_version == 4 ? 3 : 15], 3);
    assert_int_equal(info->destination.address[row->inner_version == 4 ? 3 : 15], 4);
    assert_int_equal(info->ip_bytes, ip_bytes);
    assert_int_equal(info->payload_bytes, INNER_BYTES);
    assert_int_equal(info->ip_offset, frame->count - ip_bytes);
    assert_int_equal(info->payload_offset, frame->count - INNER_BYTES);
}

static void the_outer_flow_is_taken_or_the_inner(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        make_frame(&frame, &rows[i]);
        assert_int_equal(decode(decode_packet, &frame, &info), SKIP_NONE);
        if (info.tunnel != rows[i].tunnel)
            fail_msg("row %zu (%s): %s", i, rows[i].header, tunnel_name((enum tunnel)info.tunnel));
        expect_outer(&rows[i], &info, &frame);
        enum skip_reason reason = decode(decode_innermost, &frame, &info);
        if (reason != SKIP_NONE || info.tunnel != rows[i].tunnel)
            fail_msg("row %zu (%s): %s, %s", i, rows[i].header, skip_reason_name(reason),
                     tunnel_name((enum tunnel)info.tunnel));
        if (rows[i].tunnel == TUNNEL_NONE)
            expect_outer(&rows[i], &info, &frame);
        else
            expect_inner(&rows[i], &info, &frame);
    }
}

/* With the outer ports the outer flow is known; the inner one with the inner ports, and nothing
 * else is said before. */
static void expect_cuts(const struct row *row, size_t number)
{
    struct frame frame = {0};
    uint32_t after_outer = make_frame(&frame, row);
    uint32_t outer_enough = row->protocol == UDP ? after_outer - 4 : after_outer;
    uint32_t inner_enough = frame.count - INNER_BYTES - 4;

    for (uint32_t cut = 0; cut < frame.count; cut++) {
        struct packet_info info;
        enum skip_reason reason = decode_cut(decode_packet, &frame, cut, &info);
        if (reason != (cut >= outer_enough ? SKIP_NONE : SKIP_CUT))
            fail_msg("row %zu, outer, cut to %u: %s", number, cut, skip_reason_name(reason));
        if (reason == SKIP_NONE)
            expect_outer(row, &info, &frame);
        reason = decode_cut(decode_innermost, &frame, cut, &info);
        if (reason != (cut >= inner_enough ? SKIP_NONE : SKIP_CUT))
            fail_msg("row %zu, inner, cut to %u: %s", number, cut, skip_reason_name(reason));
        if (reason == SKIP_NONE)
            expect_inner(row, &info, &frame);
    }
}

static void cut_at_every_byte(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].tunnel != TUNNEL_NONE)
            expect_cuts(&rows[i], i);
}

/* A packet that is no tunnel is the outer one wherever it was cut, or it is not known yet. */
static void what_is_no_tunnel_is_never_entered(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        struct packet_info info;
        if (rows[i].tunnel != TUNNEL_NONE)
            continue;
        make_frame(&frame, &rows[i]);
        for (uint32_t cut = 0; cut < frame.count; cut++) {
            enum skip_reason reason = decode_cut(decode_innermost, &frame, cut, &info);
            assert_true(reason == SKIP_CUT || reason == SKIP_NONE);
            assert_int_equal(info.tunnel, TUNNEL_NONE);
            if (reason == SKIP_NONE)
                assert_int_equal(info.protocol, rows[i].protocol);
        }
    }
}

/* IP in IP, 1 to 6 times; the fifth tunnel is no longer entered. */
static void depth_is_bounded(void **state)
{
    (void)state;

    for (uint32_t depth = 0; depth <= DECODE_TUNNELS_MAX + 2; depth++) {
        struct frame frame = {0};
        struct packet_info info;
        for (uint32_t i = 0; i < depth; i++)
            frame_ipv4(&frame, IP4, i, 99, 20 * (depth - i) + inner_ip_bytes(4));
        put_inner(&frame, 4);
        assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
        assert_int_equal(info.tunnel, depth > 0 ? TUNNEL_IP_IN_IP : TUNNEL_NONE);
        assert_int_equal(info.protocol, depth > DECODE_TUNNELS_MAX ? IP4 : UDP);
        assert_int_equal(info.ip_offset,
                         20 * (depth > DECODE_TUNNELS_MAX ? DECODE_TUNNELS_MAX : depth));
    }
}

/* The kind that is counted is the outermost. */
static void tunnels_in_tunnels(void **state)
{
    (void)state;
    struct frame frame = {0};
    struct packet_info info;

    frame_ipv4(&frame, UDP, 1, 2, 20 + 8 + 8 + 14 + 20 + 4 + inner_ip_bytes(6));
    frame_udp(&frame, 2152, 4789, 8 + 14 + 20 + 4 + inner_ip_bytes(6));
    frame_hex(&frame, VXLAN " 08 00");
    frame_ipv4(&frame, GRE, 5, 6, 20 + 4 + inner_ip_bytes(6));
    frame_hex(&frame, "00 00 86 dd");
    put_inner(&frame, 6);
    assert_int_equal(decode(decode_packet, &frame, &info), SKIP_NONE);
    assert_int_equal(info.tunnel, TUNNEL_VXLAN);
    assert_int_equal(info.protocol, UDP);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
    assert_int_equal(info.tunnel, TUNNEL_VXLAN);
    assert_int_equal(info.ip_version, 6);
    assert_int_equal(info.destination.port, 53);
}

/* Of a fragmented outer packet the first fragment shows the inner one, of which only those bytes
 * count that are in it. Later ones stay with the outer flow. A fragment inside is one as always. */
static void fragments(void **state)
{
    (void)state;
    struct frame frame = {0};
    struct packet_info info;

    frame_ipv4_fragment(&frame, IP4, 1, 2, 20 + 20 + 8 + 92, 7, 0x2000);
    frame_ipv4(&frame, UDP, 3, 4, 20 + 8 + 1000);
    frame_udp(&frame, 5000, 53, 1000);
    frame_zeros(&frame, 92);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
    assert_int_equal(info.destination.port, 53);
    assert_int_equal(info.payload_bytes, 92);
    assert_false(info.is_fragment);

    frame.count = 0;
    frame_ipv4_fragment(&frame, IP4, 1, 2, 20 + 100, 7, 15);
    frame_hex(&frame, "45");
    frame_zeros(&frame, 99);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
    assert_int_equal(info.tunnel, TUNNEL_NONE);
    assert_int_equal(info.protocol, IP4);
    assert_true(info.is_later_fragment);

    frame.count = 0;
    frame_ipv4(&frame, IP4, 1, 2, 20 + 20 + 100);
    frame_ipv4_fragment(&frame, UDP, 3, 4, 20 + 100, 8, 15);
    frame_zeros(&frame, 100);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
    assert_int_equal(info.protocol, UDP);
    assert_true(info.is_later_fragment);
    assert_int_equal(info.fragment_id, 8);
    assert_int_equal(info.payload_bytes, 100);
}

/* What follows the outer packet in its frame is not part of the inner one. */
static void the_inner_packet_ends_with_the_outer(void **state)
{
    (void)state;
    struct frame frame = {0};
    struct packet_info info;

    frame_ipv4(&frame, IP4, 1, 2, 20 + 20 + 8 + 10);
    frame_ipv4(&frame, UDP, 3, 4, 20 + 8 + 1000);
    frame_udp(&frame, 5000, 53, 1000);
    frame_zeros(&frame, 200);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_NONE);
    assert_int_equal(info.payload_bytes, 10);

    frame.count = 0;
    frame_ipv4(&frame, IP4, 1, 2, 20 + 20 + 2); /* no room for ports */
    frame_ipv4(&frame, UDP, 3, 4, 20 + 8);
    frame_udp(&frame, 5000, 53, 0);
    assert_int_equal(decode(decode_innermost, &frame, &info), SKIP_MALFORMED);
    assert_int_equal(decode(decode_packet, &frame, &info), SKIP_NONE);
}

/* A UDP header that is longer than its packet: there is no tunnel, and nothing of it was cut. */
static void a_short_datagram_is_no_tunnel(void **state)
{
    (void)state;
    struct frame frame = {0};
    struct packet_info info;

    frame_ipv4(&frame, UDP, 1, 2, 20 + 6);
    frame_udp(&frame, 5000, 4789, 0);
    frame_zeros(&frame, 40);
    for (uint32_t captured = 24; captured < frame.count; captured++) {
        assert_int_equal(decode_cut(decode_innermost, &frame, captured, &info), SKIP_NONE);
        assert_int_equal(info.destination.port, 4789);
        assert_int_equal(info.tunnel, TUNNEL_NONE);
    }
}

static void tunnels_have_names(void **state)
{
    (void)state;

    for (int tunnel = TUNNEL_NONE; tunnel < TUNNELS; tunnel++) {
        assert_string_not_equal(tunnel_name((enum tunnel)tunnel), "unknown");
        for (int other = TUNNEL_NONE; other < tunnel; other++)
            assert_string_not_equal(tunnel_name((enum tunnel)tunnel),
                                    tunnel_name((enum tunnel)other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_outer_flow_is_taken_or_the_inner),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(what_is_no_tunnel_is_never_entered),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(tunnels_in_tunnels),
        cmocka_unit_test(fragments),
        cmocka_unit_test(the_inner_packet_ends_with_the_outer),
        cmocka_unit_test(a_short_datagram_is_no_tunnel),
        cmocka_unit_test(tunnels_have_names),
    };

    return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
