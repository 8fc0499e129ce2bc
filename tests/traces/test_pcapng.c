/*
 * pcapng files as people's tools write them, made block by block in either byte order, and what is
 * read of them: link types, times, lengths, and the words where it ends too early.
 */
#include "traces/capture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"
#include "traces/capture_filter.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define LOG_BYTES     2048
#define LINK_ETHERNET 1
#define LINK_RAW      101
#define LINK_NFLOG    239

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcapng");
    return 0;
}

/* ---- blocks ---- */

struct writer {
    struct frame file;
    bool is_big;
};

static void put16(struct writer *writer, uint32_t value)
{
    frame_put8(&writer->file, writer->is_big ? value >> 8 : value);
    frame_put8(&writer->file, writer->is_big ? value : value >> 8);
}

static void put32(struct writer *writer, uint32_t value)
{
    put16(writer, writer->is_big ? value >> 16 : value & 0xffff);
    put16(writer, writer->is_big ? value & 0xffff : value >> 16);
}

/* A block around `body`, whose bytes are as they are written. */
static void put_block(struct writer *writer, uint32_t type, const struct frame *body)
{
    uint32_t padding = (4 - body->count % 4) % 4;

    put32(writer, type);
    put32(writer, 12 + body->count + padding);
    frame_put(&writer->file, body->bytes, body->count);
    frame_zeros(&writer->file, padding);
    put32(writer, 12 + body->count + padding);
}

static void put_section(struct writer *writer, bool is_big)
{
    struct writer body = {.is_big = is_big};

    writer->is_big = is_big;
    put32(&body, 0x1a2b3c4d);
    put16(&body, 1);
    put16(&body, 0);
    put32(&body, 0xffffffff);
    put32(&body, 0xffffffff);
    put_block(writer, 0x0a0d0d0a, &body.file);
}

/* With if_tsresol and if_tsoffset where they are not what is meant without them. */
static void put_interface(struct writer *writer, uint32_t link_type, uint32_t snaplen,
                          uint32_t resolution, int64_t offset_s)
{
    struct writer body = {.is_big = writer->is_big};

    put16(&body, link_type);
    put16(&body, 0);
    put32(&body, snaplen);
    if (resolution != 6) {
        put16(&body, 9);
        put16(&body, 1);
        frame_put8(&body.file, resolution);
        frame_zeros(&body.file, 3);
    }
    if (offset_s != 0) {
        uint64_t bits = (uint64_t)offset_s;
        put16(&body, 14);
        put16(&body, 8);
        put32(&body, (uint32_t)(body.is_big ? bits >> 32 : bits));
        put32(&body, (uint32_t)(body.is_big ? bits : bits >> 32));
    }
    put_block(writer, 1, &body.file);
}

static void put_packet(struct writer *writer, uint32_t interface, uint64_t time, uint32_t bytes)
{
    struct writer body = {.is_big = writer->is_big};

    put32(&body, interface);
    put32(&body, (uint32_t)(time >> 32));
    put32(&body, (uint32_t)time);
    put32(&body, bytes);
    put32(&body, bytes);
    frame_zeros(&body.file, bytes);
    put_block(writer, 6, &body.file);
}

/* An obsolete Packet Block. */
static void put_old_packet(struct writer *writer, uint32_t interface, uint64_t time, uint32_t bytes)
{
    struct writer body = {.is_big = writer->is_big};

    put16(&body, interface);
    put16(&body, 0xffff);
    put32(&body, (uint32_t)(time >> 32));
    put32(&body, (uint32_t)time);
    put32(&body, bytes);
    put32(&body, bytes);
    frame_zeros(&body.file, bytes);
    put_block(writer, 2, &body.file);
}

/* A Simple Packet Block that keeps `kept` of `bytes`. */
static void put_simple(struct writer *writer, uint32_t bytes, uint32_t kept)
{
    struct writer body = {.is_big = writer->is_big};

    put32(&body, bytes);
    frame_zeros(&body.file, kept);
    put_block(writer, 3, &body.file);
}

static void put_other(struct writer *writer, uint32_t type, uint32_t bytes)
{
    struct frame body = {0};

    frame_zeros(&body, bytes);
    put_block(writer, type, &body);
}

/* ---- files ---- */

static void two_snaplens(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 65535, 6, 0);
    put_interface(writer, LINK_ETHERNET, 128, 6, 0);
    put_packet(writer, 0, 1000000, 60);
    put_packet(writer, 1, 1000001, 61);
}

static void two_link_types(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
    put_interface(writer, LINK_RAW, 0, 6, 0);
    put_packet(writer, 1, 1000000, 40);
    put_packet(writer, 0, 1000001, 60);
}

static void one_unused(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
    put_interface(writer, LINK_RAW, 0, 6, 0);
    put_packet(writer, 0, 1000000, 60);
}

/* Microseconds, nanoseconds, 2^-32 s, milliseconds, seconds, 2^-1 s, 10^-12 s, and an offset. */
static void resolutions(struct writer *writer)
{
    static const uint8_t all[] = {6, 9, 0x80 | 32, 3, 0, 0x80 | 1, 12};
    static const uint64_t times[] = {7000001, 7000001001,   UINT64_C(7) << 32 | 8590, 7001, 8,
                                     17,      8750000000001};

    put_section(writer, false);
    for (uint32_t i = 0; i < COUNT(all); i++)
        put_interface(writer, LINK_ETHERNET, 0, all[i], 0);
    put_interface(writer, LINK_ETHERNET, 0, 6, 9);
    for (uint32_t i = 0; i < COUNT(all); i++)
        put_packet(writer, i, times[i], 20 + i);
    put_packet(writer, (uint32_t)COUNT(all), 5, 40);
}

/* No unit is too small and no offset too large. */
static void extreme_resolutions(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 0, 127, 0);
    put_interface(writer, LINK_ETHERNET, 0, 255, 0);
    put_interface(writer, LINK_ETHERNET, 0, 19, 0);
    put_interface(writer, LINK_ETHERNET, 0, 38, 0);
    for (uint32_t i = 0; i < 4; i++)
        put_packet(writer, i, UINT64_MAX, 10 + i);
}

static void both_orders(struct writer *writer)
{
    put_section(writer, true);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
    put_packet(writer, 0, 1000000, 30);
    put_section(writer, false);
    put_interface(writer, LINK_RAW, 0, 6, 0);
    put_packet(writer, 0, 1000001, 31);
    put_old_packet(writer, 0, 1000002, 32);
    put_section(writer, true);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
    put_old_packet(writer, 0, 1000003, 33);
}

static void simple_blocks(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 50, 6, 0);
    put_simple(writer, 40, 40);
    put_packet(writer, 0, 1000, 41);
    put_simple(writer, 90, 50);
}

/* Name resolution, statistics, journal, secrets, custom, and one that nobody knows. */
static void other_blocks(struct writer *writer)
{
    static const uint32_t types[] = {4, 5, 9, 10, 0xbad, 0x40000bad, 0x7fffffff};

    put_section(writer, false);
    put_other(writer, 10, 8);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
    for (uint32_t i = 0; i < COUNT(types); i++) {
        put_other(writer, types[i], 4 * i);
        put_packet(writer, 0, 1000000 + i, 20 + i);
    }
}

static void none(struct writer *writer)
{
    put_section(writer, false);
    put_interface(writer, LINK_ETHERNET, 0, 6, 0);
}

static void unknown_version(struct writer *writer)
{
    none(writer);
    put_packet(writer, 0, 1, 20);
    put_section(writer, false);
    writer->file.bytes[writer->file.count - 28 + 12] = 2;
}

static void no_such_interface(struct writer *writer)
{
    none(writer);
    put_packet(writer, 0, 1, 20);
    put_packet(writer, 1, 1, 20);
}

static void too_long_a_packet(struct writer *writer)
{
    none(writer);
    put_packet(writer, 0, 1, 20);
    put_packet(writer, 0, 1, 20);
    writer->file.bytes[writer->file.count - 4 - 20 - 8] = 21;
}

static void odd_length(struct writer *writer)
{
    none(writer);
    put_other(writer, 4, 4);
    writer->file.bytes[writer->file.count - 12] = 17;
}

/* "link type@nanoseconds:bytes" of each packet. */
static int read_all(char log[LOG_BYTES], struct packet_times *times, char *error)
{
    struct capture *capture;
    struct capture_packet packet;
    size_t used = 0;
    int status = capture_open(path, &capture, error);

    log[0] = '\0';
    if (status != TRACE_OK)
        return status;
    while ((status = capture_next(capture, &packet, error)) == TRACE_OK)
        used += (size_t)snprintf(log + used, LOG_BYTES - used, "%s%d@%" PRId64 ":%u/%u",
                                 used > 0 ? " " : "", packet.link_type, packet.time_ns,
                                 packet.captured_bytes, packet.wire_bytes);
    *times = *capture_times(capture);
    capture_free(capture);
    return status;
}

static void files_are_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct writer *writer);
        const char *log;
        uint64_t untimed;
        int status;
        const char *error; /* a part */
    } rows[] = {
        {"snaplens", two_snaplens, "1@1000000000:60/60 1@1000001000:61/61", 0, TRACE_END, ""},
        {"link types", two_link_types, "12@1000000000:40/40 1@1000001000:60/60", 0, TRACE_END, ""},
        {"unused", one_unused, "1@1000000000:60/60", 0, TRACE_END, ""},
        {"resolutions", resolutions,
         "1@7000001000:20/20 1@7000001001:21/21 1@7000002000:22/22 1@7001000000:23/23 "
         "1@8000000000:24/24 1@8500000000:25/25 1@8750000000:26/26 1@9000005000:40/40",
         0, TRACE_END, ""},
        {"extremes", extreme_resolutions,
         "1@0:10/10 1@0:11/11 1@1844674407:12/12 1@1844674407:13/13", 0, TRACE_END, ""},
        {"orders", both_orders,
         "1@1000000000:30/30 12@1000001000:31/31 12@1000002000:32/32 1@1000003000:33/33", 0,
         TRACE_END, ""},
        {"simple", simple_blocks, "1@0:40/40 1@1000000:41/41 1@1000000:50/90", 2, TRACE_END, ""},
        {"others", other_blocks,
         "1@1000000000:20/20 1@1000001000:21/21 1@1000002000:22/22 1@1000003000:23/23 "
         "1@1000004000:24/24 1@1000005000:25/25 1@1000006000:26/26",
         0, TRACE_END, ""},
        {"none", none, "", 0, TRACE_END, ""},
        {"version", unknown_version, "1@1000:20/20", 0, TRACE_ERROR_FORMAT,
         "packet 2 cannot be read (unknown pcapng savefile major version number 2); cut the file "
         "before it (editcap -r FILE OUT 1-1)"},
        {"interface", no_such_interface, "1@1000:20/20", 0, TRACE_ERROR_FORMAT,
         "packet 2 is damaged (a packet of interface 1, and only 1 interfaces are described)"},
        {"packet", too_long_a_packet, "1@1000:20/20", 0, TRACE_ERROR_FORMAT,
         "packet 2 is damaged (invalid packet capture length 21, in a block with room for 20)"},
        {"length", odd_length, "", 0, TRACE_ERROR_FORMAT,
         "packet 1 is damaged (a block with the length 17)"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct writer writer = {0};
        struct packet_times times = {0};
        char log[LOG_BYTES], error[TRACE_ERROR_BYTES] = "";
        rows[i].make(&writer);
        file_write(path, writer.file.bytes, writer.file.count);
        int status = read_all(log, &times, error);
        if (strcmp(log, rows[i].log) != 0 || status != rows[i].status ||
            !strstr(error, rows[i].error))
            fail_msg("%s: %s; %d, %s", rows[i].name, log, status, error);
        assert_int_equal(times.untimed, rows[i].untimed);
    }
}

/* What libpcap does with NFLOG in the other byte order: lengths and types of fields are swapped. */
static void fields_of_nflog_are_in_our_order(void **state)
{
    (void)state;
    static const uint8_t fields[] = {2, 0, 0, 0, 0, 8, 0, 1, 9, 9, 9, 9, 0, 6, 0, 9, 7, 7, 0, 0};
    static const uint8_t expected[] = {2, 0, 0, 0, 8, 0, 1, 0, 9, 9, 9, 9, 6, 0, 9, 0, 7, 7, 0, 0};
    struct writer writer = {0}, body = {.is_big = true};
    struct capture *capture;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];

    put_section(&writer, true);
    put_interface(&writer, LINK_NFLOG, 0, 6, 0);
    put32(&body, 0);
    put32(&body, 0);
    put32(&body, 1);
    put32(&body, sizeof(fields));
    put32(&body, sizeof(fields));
    frame_put(&body.file, fields, sizeof(fields));
    put_block(&writer, 6, &body.file);
    file_write(path, writer.file.bytes, writer.file.count);
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_int_equal(packet.link_type, DLT_NFLOG);
    assert_memory_equal(packet.data, expected, sizeof(expected));
    capture_free(capture);
}

/* An IPv4 packet from 10.0.0.1 to 10.0.0.2, UDP, from port 40000 to `port`. */
static void put_datagram(struct writer *writer, uint32_t interface, uint64_t time, uint32_t port)
{
    static const uint8_t before_port[] = {0x45, 0,  0, 28, 0, 0,  0, 0, 64, 17,   0,
                                          0,    10, 0, 0,  1, 10, 0, 0, 2,  0x9c, 0x40};
    struct writer body = {.is_big = writer->is_big};

    put32(&body, interface);
    put32(&body, (uint32_t)(time >> 32));
    put32(&body, (uint32_t)time);
    put32(&body, 28);
    put32(&body, 28);
    frame_put(&body.file, before_port, sizeof(before_port));
    frame_put8(&body.file, port >> 8);
    frame_put8(&body.file, port & 0xff);
    frame_put8(&body.file, 0);
    frame_put8(&body.file, 8);
    frame_zeros(&body.file, 2);
    put_block(writer, 6, &body.file);
}

/* The file names raw IP after its first packet: of that an expression meets the IP packets. */
static void filters_meet_link_types_that_come_later(void **state)
{
    (void)state;
    struct writer writer = {0};
    struct capture *capture;
    struct capture_filter *filter;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];

    put_section(&writer, false);
    put_interface(&writer, LINK_ETHERNET, 0, 6, 0);
    put_packet(&writer, 0, 1000000, 60);
    put_interface(&writer, LINK_RAW, 0, 6, 0);
    put_datagram(&writer, 1, 1000001, 53);
    put_datagram(&writer, 1, 1000002, 54);
    file_write(path, writer.file.bytes, writer.file.count);
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    assert_int_equal(capture_filter_compile(capture, "--filter", "udp port 53", &filter, error),
                     TRACE_OK);
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_false(capture_filter_matches(filter, &packet));
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_int_equal(packet.link_type, DLT_RAW);
    assert_true(capture_filter_matches(filter, &packet));
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_false(capture_filter_matches(filter, &packet));
    capture_filter_free(filter);
    capture_free(capture);
}

/* An expression meets the packets of each link type by its own layout. */
static void filters_know_every_link_type(void **state)
{
    (void)state;
    struct writer writer = {0};
    struct capture *capture;
    struct capture_filter *filter;
    struct capture_packet packet;
    struct capture_format format;
    char error[TRACE_ERROR_BYTES];
    int link_types[CAPTURE_LINK_TYPES_MAX];

    two_link_types(&writer);
    file_write(path, writer.file.bytes, writer.file.count);
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    assert_int_equal(capture_link_types(capture, link_types), 2);
    assert_int_equal(link_types[0], DLT_EN10MB);
    assert_int_equal(link_types[1], DLT_RAW);
    capture_read_format(capture, &format);
    assert_true(format.has_several_link_types);
    assert_int_equal(format.link_type, DLT_RAW);
    assert_int_equal(
        capture_filter_compile(capture, "--filter", "ether src 0:0:0:0:0:0", &filter, error),
        TRACE_OK);
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_false(capture_filter_matches(filter, &packet)); /* raw IP has no Ethernet */
    assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
    assert_true(capture_filter_matches(filter, &packet));
    capture_filter_free(filter);
    capture_free(capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(files_are_read_whole, scratch_empty),
        cmocka_unit_test_teardown(fields_of_nflog_are_in_our_order, scratch_empty),
        cmocka_unit_test_teardown(filters_know_every_link_type, scratch_empty),
        cmocka_unit_test_teardown(filters_meet_link_types_that_come_later, scratch_empty),
    };

    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
