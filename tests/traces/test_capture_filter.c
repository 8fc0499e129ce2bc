#include "traces/capture_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TCP = 6 };

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

#define ETHER    "02 00 00 00 00 02 02 00 00 00 00 01"
#define SLL      "00 00 00 01 00 06 02 00 00 00 00 01 00 00"
#define SLL2     " 00 00 00 00 00 01 00 01 00 06 02 00 00 00 00 01 00 00"
#define WIRELESS "08 01 00 00 02 00 00 00 00 03 02 00 00 00 00 03 02 00 00 00 00 03 00 00"
#define NFLOG    "02 00 00 05 2c 00 09 00"
#define TAG      " 00 1f 81 00"

/* Before an IPv4 packet from 10.0.0.1, port 40000, to 10.0.0.2, port 80. */
static const struct row {
    int link_type;
    const char *header;
    const char *expression;
    bool matches;
} rows[] = {
    {DLT_EN10MB, ETHER " 08 00", "tcp port 80", true},
    {DLT_EN10MB, ETHER " 08 00", "tcp port 81", false},
    {DLT_EN10MB, ETHER " 08 00", "vlan", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "tcp port 80", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "tcp port 81", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "vlan", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "vlan 31", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "vlan 32", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "vlan 31 and tcp port 80", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "vlan 31 and tcp port 81", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "ether[12:2] = 0x8100", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "ether[12:2] = 0x800", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "ether src 02:00:00:00:00:01", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "host 10.0.0.2 and tcp dst port 80", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "len = 58", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "len = 54", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "len = 56", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "not tcp port 80", true}, /* as captured */
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 00", "not (tcp port 80 or (vlan and tcp port 80))", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 06", "tcp port 80", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 08 06", "arp", true},
    {DLT_EN10MB, ETHER " 88 a8 00 1f 81 00 00 2a 08 00", "tcp port 80", true},
    {DLT_EN10MB, ETHER " 88 a8 00 1f 81 00 00 2a 08 00", "vlan 31 and vlan 42 and tcp", true},
    {DLT_EN10MB, ETHER " 91 00 00 1f 81 00 00 2a 08 00", "tcp port 80", true},
    {DLT_EN10MB, ETHER " 81 00" TAG TAG TAG TAG TAG TAG TAG " 00 2a 08 00", "tcp port 80", true},
    {DLT_EN10MB, ETHER " 81 00 00 1f 88 64 11 00 00 01 00 2a 00 21", "tcp port 80", false},
    {DLT_EN10MB, ETHER " 81 00 00 1f 88 64 11 00 00 01 00 2a 00 21", "pppoes and tcp port 80",
     true},
    {DLT_EN10MB, ETHER " 88 47 00 01 01 40", "mpls and tcp port 80", true},
    {DLT_LINUX_SLL, SLL " 08 00", "tcp port 80", true},
    {DLT_LINUX_SLL, SLL " 81 00 00 1f 08 00", "tcp port 80", true},
    {DLT_LINUX_SLL, SLL " 81 00 00 1f 08 00", "tcp port 81", false},
    {DLT_LINUX_SLL2, "81 00" SLL2 " 00 1f 08 00", "tcp port 80", true},
    {DLT_LINUX_SLL2, "88 a8" SLL2 " 00 1f 81 00 00 2a 08 00", "tcp port 80", true},
    {DLT_IEEE802_11, WIRELESS " aa aa 03 00 00 00 08 00", "tcp port 80", true},
    {DLT_IEEE802_11, WIRELESS " aa aa 03 00 00 00 81 00 00 1f 08 00", "tcp port 80", true},
    {DLT_PPP, "ff 03 00 21", "tcp port 80", true},
    {DLT_C_HDLC, "0f 00 08 00", "tcp port 80", true},
    {DLT_RAW, "", "tcp port 80", true},
    {DLT_NFLOG, NFLOG, "tcp port 80", true}, /* by the IP packet */
    {DLT_NFLOG, NFLOG, "host 10.0.0.1 and tcp dst port 80", true},
    {DLT_NFLOG, NFLOG, "tcp port 81", false},
    {DLT_NFLOG, "07 00 00 05 2c 00 09 00", "tcp port 80", false},
    {DLT_MPLS, "00 01 01 40", "tcp port 80", true},
};

static void make_frame(struct frame *frame, const struct row *row)
{
    frame_hex(frame, row->header);
    frame_ipv4(frame, TCP, 1, 2, 40);
    frame_tcp(frame, 40000, 80, 1, 0);
}

/* The filter of a capture of that link type. */
static struct capture_filter *compile(int link_type, const char *expression)
{
    char error[TRACE_ERROR_BYTES];
    struct capture *capture;
    struct capture_filter *filter;

    pcap_file_close(pcap_file_new(path, link_type));
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    if (capture_filter_compile(capture, "match", expression, &filter, error) != TRACE_OK)
        fail_msg("%s", error);
    capture_free(capture);
    return filter;
}

/* In a block of just that size, so that a sanitizer sees any read beyond it. */
static bool matches(const struct capture_filter *filter, int link_type, const uint8_t *bytes,
                    uint32_t captured, uint32_t wire_bytes)
{
    uint8_t *block = malloc(captured);

    assert_true(block || captured == 0);
    if (captured > 0)
        memcpy(block, bytes, captured);
    const struct capture_packet packet = {.captured_bytes = captured,
                                          .wire_bytes = wire_bytes,
                                          .data = block,
                                          .link_type = link_type};
    bool is_match = capture_filter_matches(filter, &packet);
    free(block);
    return is_match;
}

static void packets_match_with_or_without_tags(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct capture_filter *filter = compile(rows[i].link_type, rows[i].expression);
        struct frame frame = {0};
        make_frame(&frame, &rows[i]);
        for (uint32_t cut = 0; cut < frame.count; cut++)
            matches(filter, rows[i].link_type, frame.bytes, cut, frame.count);
        if (matches(filter, rows[i].link_type, frame.bytes, frame.count, frame.count) !=
            rows[i].matches)
            fail_msg("row %zu: %s, %s", i, rows[i].header, rows[i].expression);
        capture_filter_free(filter);
    }
}

/* The last byte of a tagged frame of any length is where it was: up to the bound. */
static void long_frames_are_seen_up_to_the_bound(void **state)
{
    (void)state;
    static uint8_t bytes[CAPTURE_FILTER_UNTAGGED_BYTES + 100];
    static const struct {
        uint32_t captured;
        bool matches;
    } lengths[] = {
        {CAPTURE_FILTER_UNTAGGED_BYTES + 3, false}, /* does not reach the byte */
        {CAPTURE_FILTER_UNTAGGED_BYTES + 4, true},
        {CAPTURE_FILTER_UNTAGGED_BYTES + 100, true},
    };
    struct frame frame = {0};
    char expression[64];

    frame_hex(&frame, ETHER " 81 00 00 1f 12 34");
    memcpy(bytes, frame.bytes, frame.count);
    bytes[CAPTURE_FILTER_UNTAGGED_BYTES + 3] = 0x5a; /* with the tag; the last one without */
    snprintf(expression, sizeof(expression), "ether[12:2] = 0x1234 and ether[%d] = 0x5a",
             CAPTURE_FILTER_UNTAGGED_BYTES - 1);
    struct capture_filter *filter = compile(DLT_EN10MB, expression);
    for (size_t i = 0; i < COUNT(lengths); i++)
        assert_int_equal(
            matches(filter, DLT_EN10MB, bytes, lengths[i].captured, lengths[i].captured),
            lengths[i].matches);
    capture_filter_free(filter);

    snprintf(expression, sizeof(expression), "ether[12:2] = 0x1234 and ether[%d] = 0",
             CAPTURE_FILTER_UNTAGGED_BYTES);
    filter = compile(DLT_EN10MB, expression);
    assert_false(matches(filter, DLT_EN10MB, bytes, sizeof(bytes), sizeof(bytes)));
    capture_filter_free(filter);
}

static void other_link_types_match_nothing(void **state)
{
    (void)state;
    struct capture_filter *filter = compile(DLT_EN10MB, "");
    struct frame frame = {.count = 60};

    assert_true(matches(filter, DLT_EN10MB, frame.bytes, frame.count, frame.count));
    assert_false(matches(filter, DLT_RAW, frame.bytes, frame.count, frame.count));
    capture_filter_free(filter);
}

/* What can be said neither of the frame nor of the IP packet. */
static void what_cannot_be_filtered_is_said(void **state)
{
    (void)state;
    char error[TRACE_ERROR_BYTES];
    struct capture *capture;
    struct capture_filter *filter;
    static const struct {
        int link_type;
        const char *expression;
        const char *error;
    } refused[] = {
        {DLT_NFLOG, "vlan 31 and tcp", "no VLAN support for "},
        {DLT_NFLOG, "ether host 02:00:00:00:00:01", "ethernet addresses supported only on "},
        {DLT_NFLOG, "tcp and vlan 31",
         "libpcap cannot filter link type NFLOG, and the IP packets in it cannot be filtered by "
         "this: "},
        {DLT_LINUX_SLL, "port eighty one", "match 'port eighty one': "},
    };

    for (size_t i = 0; i < COUNT(refused); i++) {
        pcap_file_close(pcap_file_new(path, refused[i].link_type));
        assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
        assert_int_equal(
            capture_filter_compile(capture, "match", refused[i].expression, &filter, error),
            TRACE_ERROR_FILTER);
        assert_non_null(strstr(error, refused[i].error));
        capture_free(capture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(packets_match_with_or_without_tags, scratch_empty),
        cmocka_unit_test_teardown(long_frames_are_seen_up_to_the_bound, scratch_empty),
        cmocka_unit_test_teardown(other_link_types_match_nothing, scratch_empty),
        cmocka_unit_test_teardown(what_cannot_be_filtered_is_said, scratch_empty),
    };

    return cmocka_run_group_tests_name("capture_filter", tests, set_up, scratch_remove);
}
