#include "traces/capture_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "tests/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_S     INT64_C(1000000000)

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

/* Writes packets of the given times, number i with i bytes of value i, captured, of 10 + i. */
static void write_times(const struct capture_format *format, const int64_t *times_ns, size_t count)
{
    char error[TRACE_ERROR_BYTES];
    uint8_t data[16];
    struct capture_writer *writer;

    assert_int_equal(capture_writer_open(fopen(path, "wb"), path, format, &writer, error),
                     TRACE_OK);
    for (size_t i = 0; i < count; i++) {
        memset(data, (int)i, i);
        const struct capture_packet packet = {.time_ns = times_ns[i],
                                              .captured_bytes = (uint32_t)i,
                                              .wire_bytes = (uint32_t)i + 10,
                                              .data = data};
        capture_writer_put(writer, &packet);
    }
    assert_int_equal(capture_writer_close(writer), 0);
}

/* Reads them back; expects the times cut to `unit_ns`. */
static void expect_times(const struct capture_format *format, const int64_t *times_ns, size_t count,
                         int64_t unit_ns)
{
    char error[TRACE_ERROR_BYTES];
    struct capture *capture;
    struct capture_packet packet;
    struct capture_format found;

    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    capture_read_format(capture, &found);
    assert_int_equal(found.link_type, format->link_type);
    assert_int_equal(found.snaplen_bytes, format->snaplen_bytes);
    assert_int_equal(found.has_nanoseconds, format->has_nanoseconds);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
        assert_int_equal(packet.time_ns, times_ns[i] / unit_ns * unit_ns);
        assert_int_equal(packet.captured_bytes, i);
        assert_int_equal(packet.wire_bytes, i + 10);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(packet.data[k], i);
    }
    assert_int_equal(capture_next(capture, &packet, error), TRACE_END);
    capture_free(capture);
}

static void what_is_written_is_read(void **state)
{
    static const int64_t times_ns[] = {0, 1, 999, 1000, 1700000000123456789, 2147483647999999999};
    static const struct capture_format formats[] = {
        {.link_type = 1, .snaplen_bytes = 65535},
        {.link_type = 1, .snaplen_bytes = 96, .has_nanoseconds = true},
        {.link_type = 113, .snaplen_bytes = 262144}, /* Linux cooked */
        {.link_type = 276, .snaplen_bytes = 64, .has_nanoseconds = true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        write_times(&formats[i], times_ns, COUNT(times_ns));
        expect_times(&formats[i], times_ns, COUNT(times_ns), formats[i].has_nanoseconds ? 1 : 1000);
    }
}

static void no_packet_is_a_header_alone(void **state)
{
    static const struct capture_format format = {.link_type = 1, .snaplen_bytes = 96};

    (void)state;
    write_times(&format, NULL, 0);
    expect_times(&format, NULL, 0, 1000);
}

/* A time before 1970 is written in the bits from which it was read. */
static void times_that_a_file_holds(void **state)
{
    static const struct {
        int64_t seconds, ns;
        bool holds;
    } rows[] = {{0, 0, true},           {-1, 999999999, true},  {INT32_MIN, 0, true},
                {INT32_MIN, -1, false}, {UINT32_MAX, 0, true},  {UINT32_MAX, 999999999, true},
                {4294967296, 0, false}, {7000000000, 0, false}, {-2200000000, 0, false}};
    static const struct capture_format format = {
        .link_type = 1, .snaplen_bytes = 96, .has_nanoseconds = true};
    static const int64_t early_ns[] = {-1, -NS_PER_S, -NS_PER_S - 1, INT32_MIN * NS_PER_S};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(capture_writer_holds_time(rows[i].seconds * NS_PER_S + rows[i].ns),
                         rows[i].holds);
    write_times(&format, early_ns, COUNT(early_ns));
    expect_times(&format, early_ns, COUNT(early_ns), 1);
}

static void put_file(const unsigned char *bytes, size_t count, bool packed)
{
    char mode[] = "wbT"; /* plain */

    if (packed)
        mode[2] = '\0';
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)count), count);
    assert_int_equal(gzclose(file), Z_OK);
}

/* libpcap does not report it: the magic number does. For pcapng only nanoseconds hold every
 * file. */
static void resolution_is_found(void **state)
{
    static const unsigned char pcapng[] = {
        0x0a, 0x0d, 0x0d, 0x0a, 28,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,  0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28,   0,    0,    0,    1,  0, 0, 0,
        20,   0,    0,    0,    1,    0,    0,    0,    96,   0,    0,    0,    20, 0, 0, 0};
    static const struct {
        unsigned char magic[4];
        bool is_big_endian, has_nanoseconds;
        uint32_t snaplen_bytes; /* of the modified format libpcap makes it larger */
    } rows[] = {{{0xd4, 0xc3, 0xb2, 0xa1}, false, false, 200},
                {{0xa1, 0xb2, 0xc3, 0xd4}, true, false, 200},
                {{0x4d, 0x3c, 0xb2, 0xa1}, false, true, 200},
                {{0xa1, 0xb2, 0x3c, 0x4d}, true, true, 200},
                {{0x34, 0xcd, 0xb2, 0xa1}, false, false, 214},
                {{0xa1, 0xb2, 0xcd, 0x34}, true, false, 214}};
    char error[TRACE_ERROR_BYTES];
    struct capture_format format;
    struct capture *capture;

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        unsigned char header[24] = {0};
        bool big = rows[i / 2].is_big_endian;
        memcpy(header, rows[i / 2].magic, 4);
        header[big ? 5 : 4] = 2;
        header[big ? 7 : 6] = 4;
        header[big ? 19 : 16] = 200;
        header[big ? 23 : 20] = 1;
        put_file(header, sizeof(header), i % 2);
        assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
        capture_read_format(capture, &format);
        assert_int_equal(format.has_nanoseconds, rows[i / 2].has_nanoseconds);
        assert_int_equal(format.snaplen_bytes, rows[i / 2].snaplen_bytes);
        assert_int_equal(format.link_type, 1);
        capture_free(capture);
    }
    put_file(pcapng, sizeof(pcapng), false);
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    capture_read_format(capture, &format);
    assert_true(format.has_nanoseconds);
    assert_int_equal(format.snaplen_bytes, 96);
    capture_free(capture);
}

static void a_failed_write_is_reported(void **state)
{
    static const struct capture_format format = {.link_type = 1, .snaplen_bytes = 96};
    char error[TRACE_ERROR_BYTES];
    struct capture_writer *writer;

    (void)state;
    assert_int_equal(
        capture_writer_open(fopen("/dev/full", "wb"), "/dev/full", &format, &writer, error),
        TRACE_OK);
    assert_int_equal(capture_writer_close(writer), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),    cmocka_unit_test(no_packet_is_a_header_alone),
        cmocka_unit_test(times_that_a_file_holds),    cmocka_unit_test(resolution_is_found),
        cmocka_unit_test(a_failed_write_is_reported),
    };

    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
