/* What of the counted bytes was captured: flow_event.content. */
#include "traces/flow_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define PAYLOAD_BYTES 100

static const enum count_mode modes[] = {COUNT_PAYLOAD, COUNT_IP, COUNT_WIRE};

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

/* --- frames ----------------------------------------------------------------------------------- */

/* No two neighbours alike, so that content of a wrong place shows. */
static void put_payload(struct frame *frame)
{
    for (uint32_t i = 0; i < PAYLOAD_BYTES; i++)
        frame_put8(frame, 100 + i);
}

static void put_udp(struct frame *frame)
{
    frame_udp(frame, 5000, 53, PAYLOAD_BYTES);
    put_payload(frame);
}

static void tcp(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, PROTOCOL_TCP, 1, 2, 20 + 20 + PAYLOAD_BYTES);
    frame_tcp(frame, 40000, 80, 1, TCP_ACK);
    put_payload(frame);
}

static void tcp_with_options(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, PROTOCOL_TCP, 1, 2, 20 + 32 + PAYLOAD_BYTES);
    frame_tcp(frame, 40000, 80, 1, TCP_ACK);
    frame_set16(frame, 14 + 20 + 12, 0x8000 | TCP_ACK);
    frame_zeros(frame, 12);
    put_payload(frame);
}

static void two_vlan_tags(struct frame *frame)
{
    frame_ethernet(frame, 0x88a8);
    frame_vlan(frame, 0x8100);
    frame_vlan(frame, 0x0800);
    frame_ipv4(frame, PROTOCOL_UDP, 1, 2, 20 + 8 + PAYLOAD_BYTES);
    put_udp(frame);
}

static void padded(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, PROTOCOL_UDP, 1, 2, 20 + 8 + PAYLOAD_BYTES);
    put_udp(frame);
    frame_zeros(frame, 18);
}

static void ipv6_with_extensions(struct frame *frame)
{
    frame_ethernet(frame, 0x86dd);
    frame_ipv6(frame, 0, 1, 2, 8 + 16 + 8 + PAYLOAD_BYTES);
    frame_ipv6_extension(frame, 60, 8);
    frame_ipv6_extension(frame, PROTOCOL_UDP, 16);
    put_udp(frame);
}

static void first_fragment(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4_fragment(frame, PROTOCOL_UDP, 1, 2, 20 + 8 + PAYLOAD_BYTES, 7, 0x2000);
    put_udp(frame);
}

static void later_fragment(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4_fragment(frame, PROTOCOL_UDP, 1, 2, 20 + PAYLOAD_BYTES, 8, 100);
    put_payload(frame);
}

static void later_ipv6_fragment(struct frame *frame)
{
    frame_ethernet(frame, 0x86dd);
    frame_ipv6(frame, 44, 1, 2, 8 + PAYLOAD_BYTES);
    frame_ipv6_fragment(frame, PROTOCOL_UDP, 9, 800);
    put_payload(frame);
}

static void icmp(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, 1, 1, 2, 20 + PAYLOAD_BYTES);
    put_payload(frame);
}

static void raw_ip(struct frame *frame)
{
    frame_ipv4(frame, PROTOCOL_UDP, 1, 2, 20 + 8 + PAYLOAD_BYTES);
    put_udp(frame);
}

/* Where the IP packet and the payload begin. */
static const struct {
    void (*put)(struct frame *frame);
    int link_type;
    uint32_t ip_offset, payload_offset, padding_bytes;
} frames[] = {
    {tcp, DLT_EN10MB, 14, 14 + 20 + 20, 0},
    {tcp_with_options, DLT_EN10MB, 14, 14 + 20 + 32, 0},
    {two_vlan_tags, DLT_EN10MB, 22, 22 + 20 + 8, 0},
    {padded, DLT_EN10MB, 14, 14 + 20 + 8, 18},
    {ipv6_with_extensions, DLT_EN10MB, 14, 14 + 40 + 8 + 16 + 8, 0},
    {first_fragment, DLT_EN10MB, 14, 14 + 20 + 8, 0},
    {later_fragment, DLT_EN10MB, 14, 14 + 20, 0},
    {later_ipv6_fragment, DLT_EN10MB, 14, 14 + 40 + 8, 0},
    {icmp, DLT_EN10MB, 14, 14 + 20, 0},
    {raw_ip, DLT_RAW, 0, 20 + 8, 0},
};

/* --- tests ------------------------------------------------------------------------------------ */

/* The same frame cut at each of its bytes, the whole one last. */
static void write_cuts(int link_type, const struct frame *whole)
{
    struct pcap_file *file = pcap_file_new(path, link_type);
    struct frame frame = *whole;

    frame.wire_bytes = whole->count;
    for (frame.count = 0; frame.count <= whole->count; frame.count++)
        pcap_file_add(file, frame.count, &frame);
    pcap_file_close(file);
}

static void expect_content(const struct flow_event *event, const struct frame *whole,
                           uint32_t offset)
{
    uint32_t captured = event->packet.captured_bytes;
    uint32_t behind = captured > offset ? captured - offset : 0;

    assert_int_equal(event->content_bytes, behind < event->bytes ? behind : event->bytes);
    if (event->content_bytes > 0)
        assert_memory_equal(event->content, whole->bytes + offset, event->content_bytes);
}

/* How many of the cuts show the flow; the last one is whole. */
static uint32_t follow_cuts(enum count_mode mode, const struct frame *whole, uint32_t offset,
                            uint32_t bytes)
{
    const struct flow_source_options options = {.count = mode, .idle_timeout_us = 60000000};
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES] = "";
    uint32_t packets = 0, last_bytes = 0, last_content_bytes = 0;

    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    while (flow_source_next(source, &event, error) == TRACE_OK) {
        if (event.kind != FLOW_EVENT_PACKET)
            continue;
        expect_content(&event, whole, offset);
        packets++;
        last_bytes = event.bytes;
        last_content_bytes = event.content_bytes;
    }
    assert_string_equal(error, "");
    assert_int_equal(last_bytes, bytes);
    assert_int_equal(last_content_bytes, bytes);
    flow_source_free(source);
    return packets;
}

static void content_is_what_was_captured_of_the_counted_bytes(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(frames); i++) {
        struct frame whole = {0};
        frames[i].put(&whole);
        write_cuts(frames[i].link_type, &whole);
        const uint32_t offsets[] = {frames[i].payload_offset, frames[i].ip_offset, 0};
        const uint32_t bytes[] = {PAYLOAD_BYTES,
                                  whole.count - frames[i].ip_offset - frames[i].padding_bytes,
                                  whole.count};
        for (size_t m = 0; m < COUNT(modes); m++) {
            uint32_t packets = follow_cuts(modes[m], &whole, offsets[m], bytes[m]);
            assert_in_range(packets, whole.count - frames[i].payload_offset + 1, whole.count);
        }
    }
}

/* A snap length of 96: 42 bytes of the payload are there, the others count. */
static void a_cut_packet_counts_in_full(void **state)
{
    (void)state;
    static const struct {
        enum count_mode mode;
        uint32_t bytes, content_bytes;
        uint8_t first;
    } rows[] = {{COUNT_STREAM, 100, 42, 100},
                {COUNT_PAYLOAD, 100, 42, 100},
                {COUNT_IP, 140, 82, 0x45},
                {COUNT_WIRE, 154, 96, 2}};
    struct frame frame = {0};

    tcp(&frame);
    frame.wire_bytes = frame.count;
    frame.count = 96;
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    pcap_file_add(file, 0, &frame);
    pcap_file_close(file);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct flow_source_options options = {.count = rows[i].mode,
                                                    .idle_timeout_us = 60000000};
        struct flow_source *source;
        struct flow_event event;
        char error[TRACE_ERROR_BYTES];
        assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
        assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
        assert_int_equal(event.bytes, rows[i].bytes);
        assert_int_equal(event.content_bytes, rows[i].content_bytes);
        assert_int_equal(event.content[0], rows[i].first);
        flow_source_free(source);
    }
}

/* The transport header claims 60 bytes, and its packet has 20 of them and nothing else. */
static void headers_longer_than_their_packet_have_no_content(void **state)
{
    (void)state;
    struct frame frame = {0};
    const struct flow_source_options options = {.count = COUNT_PAYLOAD,
                                                .idle_timeout_us = 60000000};
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];

    frame_ethernet(&frame, 0x0800);
    frame_ipv4(&frame, PROTOCOL_TCP, 1, 2, 20 + 20);
    frame_tcp(&frame, 40000, 80, 1, TCP_ACK);
    frame_set16(&frame, 14 + 20 + 12, 0xf000 | TCP_ACK);
    frame_zeros(&frame, 100); /* padding */
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    pcap_file_add(file, 0, &frame);
    pcap_file_close(file);
    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
    assert_int_equal(event.bytes, 0);
    assert_int_equal(event.content_bytes, 0);
    flow_source_free(source);
}

/* Of a segment its new bytes, also where they are several pieces, and as far as it was captured. */
static void content_of_a_stream_is_what_is_new(void **state)
{
    (void)state;
    const struct {
        uint32_t sequence; /* of the first byte; PAYLOAD_BYTES from there, 100, 101, ... */
        uint32_t captured; /* of the payload */
        uint32_t bytes;
        const char *content; /* the first and the last of each run */
    } rows[] = {
        {1000, 100, 100, "100-199"}, {1000, 100, 0, ""},
        {1040, 100, 40, "160-199"},                              /* 1100 to 1139 */
        {1180, 100, 100, "100-199"},                             /* a gap of 40 */
        {1130, 100, 40, "110-149"},                              /* which is filled */
        {1300, 20, 100, "100-119"},                              /* gaps at 1280 and 1400 */
        {1420, 100, 100, "100-199"}, {1270, 100, 20, "110-129"}, /* 1280 to 1299 */
        {1350, 100, 20, "150-169"},                              /* 1400 to 1419 */
        {1540, 100, 100, "100-199"},                             /* a gap of 20 before it */
        {1660, 100, 100, "100-199"},                             /* and one of 20 */
        {1600, 100, 20, "140-159"},                              /* 1640 to 1659 */
        {1800, 100, 100, "100-199"},                             /* a gap of 40: 1760 to 1799 */
        {1775, 100, 25, "100-124"}, /* 1775 to 1799; 1760 to 1774 is left */
        {900, 100, 100, "100-199"},
    };
    const struct flow_source_options options = {.count = COUNT_STREAM, .idle_timeout_us = 60000000};
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        tcp(&frame);
        frame.bytes[14 + 20 + 4 + 2] = (uint8_t)(rows[i].sequence >> 8);
        frame.bytes[14 + 20 + 4 + 3] = (uint8_t)rows[i].sequence;
        frame.wire_bytes = frame.count;
        frame.count -= PAYLOAD_BYTES - rows[i].captured;
        pcap_file_add(file, (int64_t)i, &frame);
    }
    pcap_file_close(file);
    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned first = 0, last = 0;
        assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
        assert_int_equal(event.bytes, rows[i].bytes);
        assert_int_equal(event.new_bytes, rows[i].bytes);
        assert_int_equal(event.payload_bytes, PAYLOAD_BYTES);
        assert_int_equal(sscanf(rows[i].content, "%u-%u", &first, &last), rows[i].bytes ? 2 : EOF);
        assert_int_equal(event.content_bytes, rows[i].bytes ? last - first + 1 : 0);
        for (uint32_t k = 0; k < event.content_bytes; k++)
            assert_int_equal(event.content[k], first + k);
    }
    flow_source_free(source);
}

/* One segment over three gaps, cut in the last: the pieces are joined, in a copy of their own. */
static void pieces_are_joined(void **state)
{
    (void)state;
    const uint32_t sequences[] = {1010, 1140, 1200, 1080};
    const uint32_t lengths[] = {100, 20, 100, 100};
    const struct flow_source_options options = {.count = COUNT_STREAM, .idle_timeout_us = 60000000};
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(sequences); i++) {
        struct frame frame = {0};
        tcp(&frame);
        frame_set16(&frame, 14 + 2, 20 + 20 + lengths[i]);
        frame_set16(&frame, 14 + 20 + 4 + 2, sequences[i]);
        frame.wire_bytes = 14 + 20 + 20 + lengths[i];
        frame.count = frame.wire_bytes - (i == 3 ? 15 : 0); /* up to 1164 */
        pcap_file_add(file, (int64_t)i, &frame);
    }
    pcap_file_close(file);
    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    for (size_t i = 0; i < COUNT(sequences); i++)
        assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
    /* New are 1110 to 1139, the bytes 130 to 159 of its content, and 1160 to 1179, of which five
     * were captured, 180 to 184. */
    assert_int_equal(event.bytes, 30 + 20);
    assert_int_equal(event.content_bytes, 30 + 5);
    for (uint32_t k = 0; k < event.content_bytes; k++)
        assert_int_equal(event.content[k], k < 30 ? 130 + k : 180 + (k - 30));
    flow_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_what_was_captured_of_the_counted_bytes),
        cmocka_unit_test(a_cut_packet_counts_in_full),
        cmocka_unit_test(content_of_a_stream_is_what_is_new),
        cmocka_unit_test(pieces_are_joined),
        cmocka_unit_test(headers_longer_than_their_packet_have_no_content),
    };

    return cmocka_run_group_tests_name("content", tests, set_up, scratch_remove);
}
