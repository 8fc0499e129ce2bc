#include "traces/readdress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/traces/frames.h"
#include "traces/view.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TCP = 6, UDP = 17, ICMPV6 = 58, SCTP = 132 };
enum { PAYLOAD_BYTES = 101, ETHERNET = 14, PADDING = 6 };

/* --- sums, written apart from what is tested -------------------------------------------------- */

/* The sum in ones' complement, bit by bit carried around. */
static uint16_t sum_of(uint16_t sum, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t next = sum + (uint32_t)(i % 2 ? bytes[i] : bytes[i] << 8);
        sum = (uint16_t)(next > 0xffff ? next - 0xffff : next);
    }
    return sum;
}

/* Of an IP packet without extension headers: whether the sum over pseudo-header and transport is
 * all ones. */
static bool transport_sum_is_right(const uint8_t *ip, uint8_t protocol, uint32_t transport_bytes)
{
    bool is_4 = ip[0] >> 4 == 4;
    const uint8_t length_and_protocol[] = {(uint8_t)(transport_bytes >> 8),
                                           (uint8_t)transport_bytes, 0, protocol};
    uint16_t sum = sum_of(0, length_and_protocol, sizeof(length_and_protocol));

    sum = sum_of(sum, ip + (is_4 ? 12 : 8), is_4 ? 8 : 32);
    return sum_of(sum, ip + (is_4 ? 20 : 40), transport_bytes) == 0xffff;
}

/* --- packets ---------------------------------------------------------------------------------- */

/* In Ethernet, with padding after it. */
struct made {
    struct frame frame;
    struct packet_info info;
    uint8_t protocol;
    uint32_t transport; /* its offset in the frame */
    uint32_t transport_bytes;
    uint32_t checksum; /* its offset in the frame */
};

static void make(struct made *made, int version, uint8_t protocol, uint32_t payload_bytes)
{
    uint32_t header_bytes = protocol == TCP ? 20 : protocol == SCTP ? 12 : 8;
    struct frame *frame = &made->frame;

    memset(made, 0, sizeof(*made));
    made->protocol = protocol;
    made->transport_bytes = header_bytes + payload_bytes;
    frame_ethernet(frame, version == 4 ? 0x0800 : 0x86dd);
    if (version == 4)
        frame_ipv4(frame, protocol, 1, 2, 20 + made->transport_bytes);
    else
        frame_ipv6(frame, protocol, 1, 2, made->transport_bytes);
    made->transport = frame->count;
    if (protocol == TCP)
        frame_tcp(frame, 40000, 80, 12345, TCP_ACK);
    else if (protocol == UDP)
        frame_udp(frame, 40000, 80, payload_bytes);
    else if (protocol == SCTP)
        frame_sctp(frame, 40000, 80);
    else
        frame_zeros(frame, 8);
    for (uint32_t i = 0; i < payload_bytes; i++)
        frame_put8(frame, i * 7 + 1);
    frame_zeros(frame, PADDING);
    memset(frame->bytes + frame->count - PADDING, 0xee, PADDING);
    made->checksum = made->transport + (protocol == TCP ? 16 : protocol == UDP ? 6 : 2);
}

static void decode(struct made *made)
{
    const struct capture_packet packet = {.captured_bytes = made->frame.count,
                                          .wire_bytes = made->frame.count > made->frame.wire_bytes
                                                            ? made->frame.count
                                                            : made->frame.wire_bytes,
                                          .data = made->frame.bytes};

    assert_int_equal(decode_packet(DLT_EN10MB, &packet, &made->info), SKIP_NONE);
}

/* Fills in the checksum of the transport: found by trying. */
static void fill_checksum(struct made *made)
{
    for (uint32_t value = 1; value <= 0xffff; value++) {
        frame_set16(&made->frame, made->checksum, value);
        if (transport_sum_is_right(made->frame.bytes + ETHERNET, made->protocol,
                                   made->transport_bytes))
            return;
    }
    fail();
}

static void change(struct made *made, bool is_source, const struct endpoint *to)
{
    decode(made);
    readdress(made->frame.bytes + ETHERNET, made->frame.count - ETHERNET, &made->info, is_source,
              to);
}

static bool is_right(const struct made *made)
{
    const uint8_t *ip = made->frame.bytes + ETHERNET;

    return (ip[0] >> 4 != 4 || sum_of(0, ip, 20) == 0xffff) &&
           transport_sum_is_right(ip, made->protocol, made->transport_bytes);
}

static const struct endpoint new_4 = {{198, 18, 0, 9}, 1024};
static const struct endpoint new_6 = {
    {0x20, 0x01, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe}, 1025};

static void expect_ends(struct made *made, bool is_source, const struct endpoint *to)
{
    const struct packet_info before = made->info;

    decode(made);
    const struct endpoint *changed = is_source ? &made->info.source : &made->info.destination;
    const struct endpoint *other = is_source ? &made->info.destination : &made->info.source;
    const struct endpoint *same = is_source ? &before.destination : &before.source;
    bool has_port = made->protocol == TCP || made->protocol == UDP;
    uint16_t old_port = is_source ? before.source.port : before.destination.port;

    assert_memory_equal(changed->address, to->address, 16);
    assert_int_equal(changed->port, has_port ? to->port : old_port);
    assert_memory_equal(other, same, sizeof(*same));
    assert_int_equal(made->frame.bytes[made->frame.count - 1], 0xee); /* padding stays */
}

/* --- what is tested ------------------------------------------------------------------------- */

static const struct {
    int version;
    uint8_t protocol;
} kinds[] = {{4, TCP}, {4, UDP}, {6, TCP}, {6, UDP}, {6, ICMPV6}};

/* What is not right before, as a network card computes it later, is right then. */
static void whole_packets_have_right_checksums(void **state)
{
    (void)state;
    struct made made;

    for (size_t i = 0; i < COUNT(kinds); i++)
        for (int is_source = 0; is_source < 2; is_source++)
            for (int is_filled = 0; is_filled < 2; is_filled++) {
                const struct endpoint *to = kinds[i].version == 4 ? &new_4 : &new_6;
                make(&made, kinds[i].version, kinds[i].protocol, PAYLOAD_BYTES);
                if (is_filled)
                    fill_checksum(&made);
                else
                    frame_set16(&made.frame, made.checksum, 0x1234);
                change(&made, is_source, to);
                assert_true(is_right(&made));
                expect_ends(&made, is_source, to);
            }
}

/* Cut within the payload: what was right stays right. */
static void cut_packets_are_updated(void **state)
{
    (void)state;
    struct made made;

    for (size_t i = 0; i < COUNT(kinds); i++)
        for (int is_source = 0; is_source < 2; is_source++) {
            make(&made, kinds[i].version, kinds[i].protocol, PAYLOAD_BYTES);
            fill_checksum(&made);
            uint32_t all = made.frame.count;
            made.frame.wire_bytes = all;
            made.frame.count = made.transport + 20;
            change(&made, is_source, kinds[i].version == 4 ? &new_4 : &new_6);
            made.frame.count = all;
            assert_true(is_right(&made));
        }
}

/* Cut before the checksum, or between the ports and it: nothing beyond is touched. */
static void checksums_that_were_not_captured_stay(void **state)
{
    (void)state;
    struct made made, before;

    for (uint32_t captured = 4; captured < 18; captured += 13) {
        make(&made, 4, TCP, PAYLOAD_BYTES);
        made.frame.wire_bytes = made.frame.count;
        made.frame.count = made.transport + captured;
        before = made;
        change(&made, true, &new_4);
        assert_int_equal(be16(made.frame.bytes + made.transport), new_4.port);
        assert_memory_equal(made.frame.bytes + made.transport + 2,
                            before.frame.bytes + made.transport + 2, 100);
    }
}

static void udp_without_checksum_stays_without(void **state)
{
    (void)state;
    struct made made;

    make(&made, 4, UDP, PAYLOAD_BYTES);
    change(&made, false, &new_4);
    assert_int_equal(be16(made.frame.bytes + made.checksum), 0);
    assert_int_equal(sum_of(0, made.frame.bytes + ETHERNET, 20), 0xffff);
}

/* 0 would mean that there is none: the port is chosen so that the sum is 0. */
static void udp_checksum_is_never_0(void **state)
{
    (void)state;
    struct endpoint to = new_4;
    struct made made;

    for (int is_cut = 0; is_cut < 2; is_cut++) {
        make(&made, 4, UDP, 4);
        fill_checksum(&made);
        struct made sum = made;
        to.port = 0;
        change(&sum, true, &to);
        to.port = be16(sum.frame.bytes + sum.checksum); /* takes all that is missing */
        if (is_cut) {
            made.frame.wire_bytes = made.frame.count;
            made.frame.count = made.transport + 9;
        }
        change(&made, true, &to);
        assert_int_equal(be16(made.frame.bytes + made.checksum), 0xffff);
    }
}

/* The whole's checksum is in the first fragment, and covers what the others carry. */
static void fragments_are_updated(void **state)
{
    (void)state;
    struct made whole, first;
    struct frame later = {0};

    make(&whole, 4, UDP, 96);
    fill_checksum(&whole);
    make(&first, 4, UDP, 96);
    frame_set16(&first.frame, first.checksum, be16(whole.frame.bytes + whole.checksum));
    frame_set16(&first.frame, ETHERNET + 2, 20 + 8 + 40); /* 40 bytes of the payload */
    frame_set16(&first.frame, ETHERNET + 6, 0x2000);
    change(&whole, true, &new_4);
    change(&first, true, &new_4);
    assert_int_equal(be16(first.frame.bytes + first.checksum),
                     be16(whole.frame.bytes + whole.checksum));
    assert_int_equal(sum_of(0, first.frame.bytes + ETHERNET, 20), 0xffff);

    frame_ethernet(&later, 0x0800);
    frame_ipv4_fragment(&later, UDP, 1, 2, 20 + 56, 1, 6);
    frame_zeros(&later, 56);
    struct made rest = {.frame = later, .protocol = UDP};
    change(&rest, true, &new_4);
    assert_memory_equal(rest.frame.bytes + ETHERNET + 12, new_4.address, 4);
    assert_int_equal(sum_of(0, rest.frame.bytes + ETHERNET, 20), 0xffff);
    assert_memory_equal(rest.frame.bytes + ETHERNET + 20, later.bytes + ETHERNET + 20, 56);
}

/* With extension headers before it; and SCTP, whose checksum covers no address. */
static void headers_in_between_are_passed_over(void **state)
{
    (void)state;
    struct made made, plain;

    make(&plain, 6, TCP, PAYLOAD_BYTES);
    memset(&made, 0, sizeof(made));
    made.protocol = TCP;
    frame_ethernet(&made.frame, 0x86dd);
    frame_ipv6(&made.frame, 0, 1, 2, 16 + plain.transport_bytes);
    frame_ipv6_extension(&made.frame, TCP, 16);
    made.transport = made.frame.count;
    frame_put(&made.frame, plain.frame.bytes + plain.transport, plain.transport_bytes);
    change(&made, true, &new_6);
    change(&plain, true, &new_6);
    assert_memory_equal(made.frame.bytes + made.transport, plain.frame.bytes + plain.transport,
                        plain.transport_bytes);

    make(&made, 4, SCTP, PAYLOAD_BYTES);
    plain = made;
    change(&made, true, &new_4);
    assert_memory_equal(made.frame.bytes + made.transport, plain.frame.bytes + made.transport,
                        made.transport_bytes);
    expect_ends(&made, true, &new_4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_packets_have_right_checksums),
        cmocka_unit_test(cut_packets_are_updated),
        cmocka_unit_test(checksums_that_were_not_captured_stay),
        cmocka_unit_test(udp_without_checksum_stays_without),
        cmocka_unit_test(udp_checksum_is_never_0),
        cmocka_unit_test(fragments_are_updated),
        cmocka_unit_test(headers_in_between_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
