#include "sim/output/shaped_capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "sim/output/owned_directory.h"
#include "tests/scratch.h"
#include "tests/traces/frames.h"
#include "traces/capture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { UDP = 17, PADDING_BYTES = 6 };

static struct owned_directory directory;

static int set_up(void **state)
{
    scratch_make(state);
    scratch_path(SHAPED_CAPTURE_FILE);
    scratch_path(SHAPED_CAPTURE_FILE ".part");
    scratch_path(OWNED_MARKER);
    owned_directory_init(&directory);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    return 0;
}

static int tear_down(void **state)
{
    owned_directory_close(&directory);
    return scratch_remove(state);
}

/* A packet of 10.0.0.1 in each link layer; `bytes` are its new ones. */
static const struct {
    int link_type;
    const char *header;
    uint32_t payload_bytes;
    uint32_t bytes;
    int64_t arrived_us;
    int64_t written_us;
} rows[] = {
    {DLT_EN10MB, "02 00 00 00 00 02 02 00 00 00 00 01 08 00", 100, 100, 0, 500},
    {DLT_PPP, "ff 03 00 21", 60, 60, 10, 900},
    {DLT_PPP, "ff 03 00 21", 60, 0, 20, 900}, /* sent again: it follows what precedes it */
    {DLT_EN10MB, "02 00 00 00 00 02 02 00 00 00 00 01 81 00 00 1f 08 00", 0, 0, 30, 900},
    {DLT_RAW, "", 40, 40, 40, 1000},
};

static bool is_ethernet; /* all rows, in place of their own link types */

static int link_type_of(size_t row)
{
    return is_ethernet ? DLT_EN10MB : rows[row].link_type;
}

static void make_frame(struct frame *frame, size_t row)
{
    frame_hex(frame,
              is_ethernet && rows[row].link_type != DLT_EN10MB ? rows[0].header : rows[row].header);
    frame_ipv4(frame, UDP, 1, 2, 28 + rows[row].payload_bytes);
    frame_udp(frame, 5000, 53, rows[row].payload_bytes);
    for (uint32_t i = 0; i < rows[row].payload_bytes; i++)
        frame_put8(frame, (uint32_t)row + i);
    frame_zeros(frame, PADDING_BYTES);
}

static const struct endpoint *initiator; /* of the packets written; NULL: as captured */

static void arrive(struct shaped_capture *shaped, struct shaped_flow **flow, size_t row)
{
    struct frame frame = {0};
    char error[SIM_ERROR_BYTES];

    make_frame(&frame, row);
    const struct capture_packet packet = {.time_ns = rows[row].arrived_us * 1000,
                                          .captured_bytes = frame.count,
                                          .wire_bytes = frame.count + 7,
                                          .data = frame.bytes,
                                          .link_type = link_type_of(row)};
    const struct shaped_arrival arrival = {.time_us = rows[row].arrived_us,
                                           .direction = SHAPER_READ,
                                           .bytes = rows[row].bytes,
                                           .packet = &packet,
                                           .initiator = initiator,
                                           .is_from_initiator = row % 2 == 0};
    assert_int_equal(shaped_capture_arrive(shaped, flow, &arrival, error), SIM_OK);
}

/* All packets, of which some have been delivered at 0.5, 0.9 and 1 ms. */
static void write_all(const struct capture_format *format)
{
    static const struct {
        uint64_t bytes;
        int64_t now_us;
    } deliveries[] = {{100, 500}, {160, 900}, {200, 1000}};
    char error[SIM_ERROR_BYTES], hex[FILE_HASH_BYTES];
    struct shaped_capture *shaped;
    struct shaped_flow *flow = NULL;

    is_ethernet = !format->has_several_link_types;

    assert_int_equal(shaped_capture_open(&directory, format, &shaped, error), SIM_OK);
    for (size_t i = 0; i < COUNT(rows); i++)
        arrive(shaped, &flow, i);
    for (size_t i = 0; i < COUNT(deliveries); i++)
        assert_int_equal(shaped_capture_deliver(shaped, flow, SHAPER_READ, deliveries[i].bytes,
                                                deliveries[i].now_us, error),
                         SIM_OK);
    shaped_capture_end_flow(shaped, flow);
    assert_int_equal(shaped_capture_counts(shaped)->undelivered, 0);
    assert_int_equal(shaped_capture_commit(shaped, hex, error), SIM_OK);
}

/* Several link types: each packet is its IP packet, without padding, and the file raw IP. */
static void several_link_types_become_raw_ip(void **state)
{
    (void)state;
    const struct capture_format format = {.link_type = DLT_RAW,
                                          .has_several_link_types = true,
                                          .snaplen_bytes = 65535,
                                          .has_nanoseconds = true};
    struct capture *capture;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];

    write_all(&format);
    assert_int_equal(capture_open(scratch_path(SHAPED_CAPTURE_FILE), &capture, error), TRACE_OK);
    assert_int_equal(capture_link_type(capture), DLT_RAW);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0}, link = {0};
        make_frame(&frame, i);
        frame_hex(&link, rows[i].header);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
        assert_int_equal(packet.time_ns, rows[i].written_us * 1000);
        assert_int_equal(packet.captured_bytes, 28 + rows[i].payload_bytes);
        assert_int_equal(packet.wire_bytes, 28 + rows[i].payload_bytes);
        assert_memory_equal(packet.data, frame.bytes + link.count, packet.captured_bytes);
    }
    assert_int_equal(capture_next(capture, &packet, error), TRACE_END);
    capture_free(capture);
}

/* One link type: frames are as they were, padding and all. */
static void one_link_type_is_kept(void **state)
{
    (void)state;
    const struct capture_format format = {.link_type = DLT_EN10MB, .snaplen_bytes = 65535};
    struct capture *capture;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];

    write_all(&format);
    assert_int_equal(capture_open(scratch_path(SHAPED_CAPTURE_FILE), &capture, error), TRACE_OK);
    assert_int_equal(capture_link_type(capture), DLT_EN10MB);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct frame frame = {0};
        make_frame(&frame, i);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
        assert_int_equal(packet.time_ns, rows[i].written_us * 1000);
        assert_int_equal(packet.captured_bytes, frame.count);
        assert_int_equal(packet.wire_bytes, frame.count + 7);
        assert_memory_equal(packet.data, frame.bytes, packet.captured_bytes);
    }
    capture_free(capture);
}

/* Of a copy the IP packet has another initiator, wherever it is in what is written. */
static void copies_have_their_initiator(void **state)
{
    (void)state;
    static const struct endpoint copy = {{198, 18, 0, 1}, 1024};
    struct capture_format format = {.link_type = DLT_EN10MB, .snaplen_bytes = 65535};
    char error[TRACE_ERROR_BYTES];

    for (int is_raw = 0; is_raw < 2; is_raw++) {
        struct capture *capture;
        struct capture_packet packet;
        struct packet_info info;
        format.link_type = is_raw ? DLT_RAW : DLT_EN10MB;
        format.has_several_link_types = is_raw;
        initiator = &copy;
        write_all(&format);
        initiator = NULL;
        assert_int_equal(capture_open(scratch_path(SHAPED_CAPTURE_FILE), &capture, error),
                         TRACE_OK);
        for (size_t i = 0; i < COUNT(rows); i++) {
            assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
            assert_int_equal(decode_packet(format.link_type, &packet, &info), SKIP_NONE);
            const struct endpoint *end = i % 2 == 0 ? &info.source : &info.destination;
            assert_memory_equal(end->address, copy.address, sizeof(copy.address));
            assert_int_equal(end->port, copy.port);
            assert_int_equal(packet.data[info.payload_offset + info.payload_bytes - 1],
                             rows[i].payload_bytes > 0 ? i + rows[i].payload_bytes - 1 : 0);
        }
        capture_free(capture);
        assert_int_equal(remove(scratch_path(SHAPED_CAPTURE_FILE)), 0);
    }
}

/* A pcap file has one link type: a packet of another one ends the run. */
static void a_link_type_that_comes_later_is_refused(void **state)
{
    (void)state;
    const struct capture_format format = {.link_type = DLT_EN10MB, .snaplen_bytes = 65535};
    const struct capture_packet packet = {.link_type = DLT_PPP};
    const struct shaped_arrival arrival = {.direction = SHAPER_READ, .packet = &packet};
    struct shaped_capture *shaped;
    struct shaped_flow *flow = NULL;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(shaped_capture_open(&directory, &format, &shaped, error), SIM_OK);
    assert_int_equal(shaped_capture_arrive(shaped, &flow, &arrival, error), SIM_FAILED);
    assert_string_equal(error, "shaped.pcap: the trace names link type PPP only after its first "
                               "packet, and a pcap file has one link type; leave --write-pcap out");
    assert_null(flow);
    shaped_capture_discard(shaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_link_types_become_raw_ip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_link_type_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_have_their_initiator, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_type_that_comes_later_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("shaped_capture", tests, NULL, NULL);
}
