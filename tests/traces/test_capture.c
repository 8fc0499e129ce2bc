#include "traces/capture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAGIC_MICRO  0xa1b2c3d4
#define MAGIC_NANO   0xa1b23c4d

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

/* The result of reading a file from its beginning to its end. */
struct outcome {
    int open_status;
    int status; /* of the last capture_next() */
    uint64_t packets;
    uint64_t bytes_sum; /* over all bytes captured */
    bool truncated;
    char hash[BYTE_SOURCE_HASH_BYTES];
    char error[TRACE_ERROR_BYTES];
};

static struct outcome read_capture(const char *name)
{
    struct outcome outcome = {.status = TRACE_OK};
    struct capture *capture;
    struct capture_packet packet;

    outcome.open_status = capture_open(name, &capture, outcome.error);
    if (outcome.open_status != TRACE_OK)
        return outcome;
    while ((outcome.status = capture_next(capture, &packet, outcome.error)) == TRACE_OK) {
        outcome.packets++;
        for (uint32_t i = 0; i < packet.captured_bytes; i++)
            outcome.bytes_sum += packet.data[i];
    }
    outcome.truncated = capture_truncated(capture);
    capture_hash(capture, outcome.hash);
    capture_free(capture);
    return outcome;
}

static void hash_of(const void *bytes, size_t count, char hex[BYTE_SOURCE_HASH_BYTES])
{
    XXH128_hash_t hash = XXH3_128bits(bytes, count);

    snprintf(hex, BYTE_SOURCE_HASH_BYTES, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
}

static struct outcome read_bytes(const void *bytes, size_t count)
{
    char hex[BYTE_SOURCE_HASH_BYTES];

    file_write(path, bytes, count);
    struct outcome outcome = read_capture(path);
    if (outcome.open_status == TRACE_OK) {
        hash_of(bytes, count, hex);
        assert_string_equal(outcome.hash, hex);
    }
    return outcome;
}

static void assert_begins(const char *text, const char *begin)
{
    if (strncmp(text, begin, strlen(begin)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, begin);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* ---- files made by hand, in either byte order ---- */

static void put16(struct frame *file, bool big_endian, uint32_t value)
{
    frame_put8(file, big_endian ? value >> 8 : value);
    frame_put8(file, big_endian ? value : value >> 8);
}

static void put32(struct frame *file, bool big_endian, uint32_t value)
{
    put16(file, big_endian, big_endian ? value >> 16 : value & 0xffff);
    put16(file, big_endian, big_endian ? value & 0xffff : value >> 16);
}

static void put_pcap_header(struct frame *file, bool big_endian, uint32_t magic, uint32_t link_type)
{
    put32(file, big_endian, magic);
    put16(file, big_endian, 2);
    put16(file, big_endian, 4);
    put32(file, big_endian, 0);
    put32(file, big_endian, 0);
    put32(file, big_endian, 65535);
    put32(file, big_endian, link_type);
}

static void put_pcap_packet(struct frame *file, bool big_endian, uint32_t seconds,
                            uint32_t fraction, uint32_t kept_bytes, uint32_t wire_bytes)
{
    put32(file, big_endian, seconds);
    put32(file, big_endian, fraction);
    put32(file, big_endian, kept_bytes);
    put32(file, big_endian, wire_bytes);
    for (uint32_t i = 0; i < kept_bytes; i++)
        frame_put8(file, 'a' + i);
}

static void put_pcapng_section(struct frame *file, bool big_endian)
{
    put32(file, big_endian, 0x0a0d0d0a);
    put32(file, big_endian, 28);
    put32(file, big_endian, 0x1a2b3c4d);
    put16(file, big_endian, 1);
    put16(file, big_endian, 0);
    put32(file, big_endian, 0xffffffff); /* length not given */
    put32(file, big_endian, 0xffffffff);
    put32(file, big_endian, 28);
}

/* An interface whose times are in units of 10^-`digits` s. */
static void put_pcapng_interface(struct frame *file, bool big_endian, uint32_t link_type,
                                 uint32_t digits)
{
    put32(file, big_endian, 1);
    put32(file, big_endian, 32);
    put16(file, big_endian, link_type);
    put16(file, big_endian, 0);
    put32(file, big_endian, 65535);
    put16(file, big_endian, 9); /* if_tsresol */
    put16(file, big_endian, 1);
    frame_put8(file, digits);
    frame_zeros(file, 3);
    put32(file, big_endian, 0); /* end of options */
    put32(file, big_endian, 32);
}

static void put_pcapng_packet(struct frame *file, bool big_endian, uint64_t time,
                              uint32_t kept_bytes, uint32_t wire_bytes)
{
    uint32_t padding = (4 - kept_bytes % 4) % 4;
    uint32_t block_bytes = 32 + kept_bytes + padding;

    put32(file, big_endian, 6);
    put32(file, big_endian, block_bytes);
    put32(file, big_endian, 0);
    put32(file, big_endian, (uint32_t)(time >> 32));
    put32(file, big_endian, (uint32_t)time);
    put32(file, big_endian, kept_bytes);
    put32(file, big_endian, wire_bytes);
    for (uint32_t i = 0; i < kept_bytes; i++)
        frame_put8(file, 'a' + i);
    frame_zeros(file, padding);
    put32(file, big_endian, block_bytes);
}

/* The caller frees the result. */
static uint8_t *gzip(const void *bytes, size_t count, size_t *packed_count)
{
    size_t room = count + count / 100 + 1000;
    uint8_t *packed = malloc(room);
    z_stream z = {0};

    assert_non_null(packed);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t *input = malloc(count + 1); /* next_in is not const */
    assert_non_null(input);
    memcpy(input, bytes, count);
    z.next_in = input;
    z.avail_in = (unsigned)count;
    z.next_out = packed;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *packed_count = room - z.avail_out;
    deflateEnd(&z);
    free(input);
    return packed;
}

/* Likewise, with a checksum at the frame's end. */
static uint8_t *zstd(const void *bytes, size_t count, size_t *packed_count)
{
    size_t room = ZSTD_compressBound(count);
    uint8_t *packed = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();

    assert_non_null(packed);
    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    *packed_count = ZSTD_compress2(context, packed, room, bytes, count);
    assert_false(ZSTD_isError(*packed_count));
    ZSTD_freeCCtx(context);
    return packed;
}

/* Both packings as one function type, for tables. */
static const struct {
    const char *name;
    uint8_t *(*pack)(const void *bytes, size_t count, size_t *packed_count);
} packings[] = {{"gzip", gzip}, {"Zstandard", zstd}};

/* ---- tests ---- */

static void expect_packet(struct capture *capture, int64_t time_ns, uint32_t kept_bytes,
                          uint32_t wire_bytes)
{
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES] = "";

    if (capture_next(capture, &packet, error) != TRACE_OK)
        fail_msg("no packet: %s", error);
    assert_int_equal(packet.time_ns, time_ns);
    assert_int_equal(packet.captured_bytes, kept_bytes);
    assert_int_equal(packet.wire_bytes, wire_bytes);
    for (uint32_t i = 0; i < kept_bytes; i++)
        assert_int_equal(packet.data[i], (uint8_t)('a' + i));
}

static void pcap_in_both_orders_and_precisions(void **state)
{
    (void)state;
    const struct {
        bool big_endian;
        uint32_t magic;
        int64_t ns_per_unit;
    } rows[] = {
        {false, MAGIC_MICRO, 1000},
        {true, MAGIC_MICRO, 1000},
        {false, MAGIC_NANO, 1},
        {true, MAGIC_NANO, 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool big = rows[i].big_endian;
        struct frame file = {0};
        struct capture *capture;
        struct capture_packet packet;
        char error[TRACE_ERROR_BYTES];
        put_pcap_header(&file, big, rows[i].magic, 1);
        put_pcap_packet(&file, big, 1000000000, 999999, 3, 3);
        put_pcap_packet(&file, big, 1000000001, 0, 5, 1514);
        put_pcap_packet(&file, big, 999999999, 7, 0, 60);
        put_pcap_packet(&file, big, 1000000002, 1, 9, 4); /* shorter than what was kept of it */
        file_write(path, file.bytes, file.count);
        assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
        assert_int_equal(capture_link_type(capture), DLT_EN10MB);
        assert_string_equal(capture_link_type_name(capture), "EN10MB");
        assert_string_equal(capture_path(capture), path);
        int64_t unit = rows[i].ns_per_unit;
        expect_packet(capture, INT64_C(1000000000000000000) + 999999 * unit, 3, 3);
        expect_packet(capture, INT64_C(1000000001000000000), 5, 1514);
        expect_packet(capture, INT64_C(999999999000000000) + 7 * unit, 0, 60);
        expect_packet(capture, INT64_C(1000000002000000000) + unit, 9, 9);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_END);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_END);
        assert_false(capture_truncated(capture));
        assert_true(byte_source_is_file(capture_bytes(capture)));
        assert_int_equal(byte_source_size_bytes(capture_bytes(capture)), file.count);
        assert_int_equal(byte_source_position_bytes(capture_bytes(capture)), file.count);
        capture_free(capture);
    }
}

static void pcapng_in_both_orders_and_precisions(void **state)
{
    (void)state;
    const struct {
        bool big_endian;
        uint32_t digits;
        uint64_t time;
        int64_t time_ns;
    } rows[] = {
        {false, 6, 1000000000999999, INT64_C(1000000000999999000)},
        {true, 6, 1000000000999999, INT64_C(1000000000999999000)},
        {false, 9, 1000000000999999999, INT64_C(1000000000999999999)},
        {true, 9, 1000000000999999999, INT64_C(1000000000999999999)},
        {false, 3, 1000000000999, INT64_C(1000000000999000000)},
        {false, 0, 1000000000, INT64_C(1000000000000000000)},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool big = rows[i].big_endian;
        struct frame file = {0};
        struct capture *capture;
        struct capture_packet packet;
        char error[TRACE_ERROR_BYTES];
        put_pcapng_section(&file, big);
        put_pcapng_interface(&file, big, 101, rows[i].digits);
        put_pcapng_packet(&file, big, rows[i].time, 3, 3);
        put_pcapng_packet(&file, big, rows[i].time, 8, 1514);
        file_write(path, file.bytes, file.count);
        assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
        assert_int_equal(capture_link_type(capture), DLT_RAW);
        expect_packet(capture, rows[i].time_ns, 3, 3);
        expect_packet(capture, rows[i].time_ns, 8, 1514);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_END);
        assert_false(capture_truncated(capture));
        capture_free(capture);
    }
}

/* Times that no capture has: the difference of any two must still fit, as others subtract them. */
static void absurd_times_stay_in_range(void **state)
{
    (void)state;
    static const uint64_t times_s[] = {UINT64_C(1) << 63, UINT64_MAX, INT64_MAX, 0,
                                       UINT64_C(10000000000)};
    struct frame file = {0};
    struct capture *capture;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];
    int64_t least_ns = INT64_MAX;
    int64_t most_ns = INT64_MIN;
    int64_t difference_ns;

    put_pcapng_section(&file, false);
    put_pcapng_interface(&file, false, 101, 0);
    for (size_t i = 0; i < COUNT(times_s); i++)
        put_pcapng_packet(&file, false, times_s[i], 1, 1);
    file_write(path, file.bytes, file.count);
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    while (capture_next(capture, &packet, error) == TRACE_OK) {
        least_ns = packet.time_ns < least_ns ? packet.time_ns : least_ns;
        most_ns = packet.time_ns > most_ns ? packet.time_ns : most_ns;
    }
    capture_free(capture);
    assert_true(least_ns < 0);
    assert_true(most_ns > INT64_C(4102444800000000000)); /* the year 2100 */
    assert_false(__builtin_sub_overflow(most_ns, least_ns, &difference_ns));
}

/* 1 MB: more than any buffer on the way. Half of it is random, so that packing cannot hide it. */
static uint8_t *make_large(size_t *count)
{
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    uint32_t random = 1;

    for (uint32_t i = 0; i < 1000; i++) {
        struct frame frame = {0};
        frame_ethernet(&frame, 0x0800);
        frame_put32(&frame, i);
        for (uint32_t k = 0; k < 500; k++) {
            random = random * 1664525 + 1013904223;
            frame_put8(&frame, random >> 24);
        }
        frame_zeros(&frame, 500);
        pcap_file_add(file, i, &frame);
    }
    pcap_file_close(file);
    return file_read(path, count);
}

static void packed_captures_read_as_plain_ones(void **state)
{
    (void)state;
    size_t count, packed_count;
    uint8_t *bytes = make_large(&count);
    struct outcome plain = read_capture(path);

    assert_int_equal(plain.packets, 1000);
    assert_int_equal(plain.status, TRACE_END);
    for (size_t i = 0; i < COUNT(packings); i++) {
        uint8_t *packed = packings[i].pack(bytes, count, &packed_count);
        struct outcome outcome = read_bytes(packed, packed_count);
        assert_int_equal(outcome.status, TRACE_END);
        assert_int_equal(outcome.packets, 1000);
        assert_int_equal(outcome.bytes_sum, plain.bytes_sum);
        assert_false(outcome.truncated);
        free(packed);
    }
    free(bytes);
}

/* `cat a.gz b.gz`: the parts meet within a packet, one of them is empty. */
static void several_members_are_one_stream(void **state)
{
    (void)state;
    size_t count;
    uint8_t *bytes = make_large(&count);
    struct outcome plain = read_capture(path);
    const size_t ends[] = {1, 100, 100, 400001, count};

    for (size_t i = 0; i < COUNT(packings); i++) {
        uint8_t *file = malloc(2 * count);
        size_t file_count = 0;
        size_t start = 0;
        assert_non_null(file);
        for (size_t k = 0; k < COUNT(ends); k++) {
            size_t packed_count;
            uint8_t *packed = packings[i].pack(bytes + start, ends[k] - start, &packed_count);
            memcpy(file + file_count, packed, packed_count);
            file_count += packed_count;
            start = ends[k];
            free(packed);
        }
        struct outcome outcome = read_bytes(file, file_count);
        assert_int_equal(outcome.status, TRACE_END);
        assert_int_equal(outcome.packets, 1000);
        assert_int_equal(outcome.bytes_sum, plain.bytes_sum);
        assert_false(outcome.truncated);
        free(file);
    }
    free(bytes);
}

static void files_that_cannot_be_opened(void **state)
{
    (void)state;
    struct capture *capture;
    char error[TRACE_ERROR_BYTES];
    char expected[TRACE_ERROR_BYTES];

    snprintf(expected, sizeof(expected),
             "%s: No such file or directory; give the path of a capture file, or - for standard "
             "input",
             path);
    assert_int_equal(capture_open(path, &capture, error), TRACE_ERROR_OPEN);
    assert_string_equal(error, expected);

    snprintf(expected, sizeof(expected), "%s: is a directory; give the path of a capture file",
             scratch_directory());
    assert_int_equal(capture_open(scratch_directory(), &capture, error), TRACE_ERROR_OPEN);
    assert_string_equal(error, expected);
}

static void files_that_are_no_captures(void **state)
{
    (void)state;
    struct frame unknown = {0}, version = {0}, header = {0};
    put_pcap_header(&unknown, false, MAGIC_MICRO, 60000);
    put_pcap_header(&version, false, MAGIC_MICRO, 1);
    version.bytes[4] = 1; /* 1.4 */
    put_pcap_header(&header, false, MAGIC_MICRO, 1);
    static const char text[] = "Time,Source,Destination\n0.0,10.0.0.1,10.0.0.2\n";
    size_t gzip_count, empty_count;
    uint8_t *text_gzip = gzip(text, sizeof(text), &gzip_count);
    uint8_t *empty_gzip = gzip("", 0, &empty_count);
    const struct {
        const void *bytes;
        size_t count;
        const char *text; /* after the file's name */
    } rows[] = {
        {"", 0, "the file is empty; record it anew"},
        {header.bytes, 1, "too short for a capture"},
        {header.bytes, 23, "too short for a capture"},
        {text, sizeof(text), "not a capture that libpcap can read (unknown file format)"},
        {text_gzip, gzip_count, "not a capture that libpcap can read (unknown file format)"},
        {empty_gzip, empty_count, "too short for a capture"},
        {text_gzip, 2, "damaged gzip data (the file ends too early); unpack it by hand"},
        {"\x28\xb5\x2f\xfd", 4, "damaged Zstandard data (the file ends too early)"},
        {"\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14, "damaged Zstandard data"},
        {"\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "damaged gzip data"},
        {unknown.bytes, 24, "unknown link type 60000 in the file's header"},
        {version.bytes, 24, "not a capture that libpcap can read (archaic pcap savefile format)"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char expected[TRACE_ERROR_BYTES];
        struct outcome outcome = read_bytes(rows[i].bytes, rows[i].count);
        assert_int_equal(outcome.open_status, TRACE_ERROR_FORMAT);
        snprintf(expected, sizeof(expected), "%s: %s", path, rows[i].text);
        assert_begins(outcome.error, expected);
    }
    free(text_gzip);
    free(empty_gzip);
}

/* Three packets, the file cut at every byte: whole packets are read, and a partial one is
 * reported. */
static void cut_pcap_is_truncated(void **state)
{
    (void)state;
    struct frame file = {0};
    uint32_t ends[4]; /* of the header and each packet */

    put_pcap_header(&file, false, MAGIC_MICRO, 1);
    ends[0] = file.count;
    for (uint32_t i = 1; i < COUNT(ends); i++) {
        put_pcap_packet(&file, false, 1000000000, i, 10 * i, 100);
        ends[i] = file.count;
    }
    for (uint32_t cut = 0; cut <= file.count; cut++) {
        struct outcome outcome = read_bytes(file.bytes, cut);
        uint32_t packets = 0;
        if (cut < ends[0]) {
            assert_int_equal(outcome.open_status, TRACE_ERROR_FORMAT);
            continue;
        }
        while (packets + 1 < COUNT(ends) && ends[packets + 1] <= cut)
            packets++;
        assert_int_equal(outcome.open_status, TRACE_OK);
        assert_int_equal(outcome.status, TRACE_END);
        assert_int_equal(outcome.packets, packets);
        assert_int_equal(outcome.truncated, cut != ends[packets]);
    }
}

static void cut_pcapng_is_truncated(void **state)
{
    (void)state;
    for (int big = 0; big <= 1; big++) {
        struct frame file = {0};
        uint32_t ends[4];

        put_pcapng_section(&file, big);
        put_pcapng_interface(&file, big, 1, 6);
        ends[0] = file.count;
        for (uint32_t i = 1; i < COUNT(ends); i++) {
            put_pcapng_packet(&file, big, 1000000000000000, 10 * i, 100);
            ends[i] = file.count;
        }
        for (uint32_t cut = 0; cut <= file.count; cut++) {
            struct outcome outcome = read_bytes(file.bytes, cut);
            uint32_t packets = 0;
            if (cut < ends[0]) {
                assert_int_equal(outcome.open_status, TRACE_ERROR_FORMAT);
                continue;
            }
            while (packets + 1 < COUNT(ends) && ends[packets + 1] <= cut)
                packets++;
            if (outcome.open_status != TRACE_OK || outcome.status != TRACE_END)
                fail_msg("%u bytes: %s", cut, outcome.error);
            assert_int_equal(outcome.packets, packets);
            assert_int_equal(outcome.truncated, cut != ends[packets]);
        }
    }
}

/* A packed file is truncated even if only its checksum is missing. */
static void cut_packed_file_is_truncated(void **state)
{
    (void)state;
    struct frame file = {0};

    put_pcap_header(&file, false, MAGIC_MICRO, 1);
    for (uint32_t i = 0; i < 20; i++)
        put_pcap_packet(&file, false, 1000000000 + i * 12345, i * 7919, 5 + i, 100 + i);
    for (size_t i = 0; i < COUNT(packings); i++) {
        size_t count;
        uint64_t packets = 0;
        uint8_t *packed = packings[i].pack(file.bytes, file.count, &count);
        for (size_t cut = 4; cut < count; cut++) {
            struct outcome outcome = read_bytes(packed, cut);
            if (outcome.open_status != TRACE_OK) { /* not even the header is there */
                assert_int_equal(outcome.open_status, TRACE_ERROR_FORMAT);
                assert_contains(outcome.error, packings[i].name);
                assert_contains(outcome.error, "the file ends too early");
                assert_int_equal(packets, 0);
                continue;
            }
            if (outcome.status != TRACE_END)
                fail_msg("%zu bytes: %s", cut, outcome.error);
            assert_true(outcome.truncated);
            assert_in_range(outcome.packets, packets, 20); /* never fewer than before */
            packets = outcome.packets;
        }
        assert_int_equal(packets, 20);
        free(packed);
    }
}

static void damaged_record_names_its_packet(void **state)
{
    (void)state;
    for (uint32_t packet = 1; packet <= 3; packet++) {
        struct frame file = {0};
        char expected[TRACE_ERROR_BYTES];
        put_pcap_header(&file, false, MAGIC_MICRO, 1);
        for (uint32_t i = 1; i <= 3; i++) {
            put_pcap_packet(&file, false, 1000000000, i, 10, 10);
            if (i == packet)
                file.bytes[file.count - 10 - 6] = 0x42; /* of the kept length: 4325386 */
        }
        struct outcome outcome = read_bytes(file.bytes, file.count);
        assert_int_equal(outcome.open_status, TRACE_OK);
        assert_int_equal(outcome.status, TRACE_ERROR_FORMAT);
        assert_int_equal(outcome.packets, packet - 1);
        assert_false(outcome.truncated);
        snprintf(expected, sizeof(expected), "%s: packet %u is damaged (", path, packet);
        assert_begins(outcome.error, expected);
        assert_contains(outcome.error, "4325386");
        assert_contains(outcome.error, packet == 1   ? "there is none before it"
                                       : packet == 2 ? "editcap -r FILE OUT 1-1)"
                                                     : "editcap -r FILE OUT 1-2)");
    }
}

static void damaged_pcapng_block_names_its_packet(void **state)
{
    (void)state;
    struct frame file = {0};
    char expected[TRACE_ERROR_BYTES];

    put_pcapng_section(&file, false);
    put_pcapng_interface(&file, false, 1, 6);
    put_pcapng_packet(&file, false, 1000000000000000, 4, 4);
    put_pcapng_packet(&file, false, 1000000000000000, 4, 4);
    file.bytes[file.count - 4]++; /* the length at the block's end */
    struct outcome outcome = read_bytes(file.bytes, file.count);
    assert_int_equal(outcome.status, TRACE_ERROR_FORMAT);
    assert_int_equal(outcome.packets, 1);
    snprintf(expected, sizeof(expected), "%s: packet 2 is damaged (", path);
    assert_begins(outcome.error, expected);
}

static void damaged_packing_is_reported(void **state)
{
    (void)state;
    size_t count;
    uint8_t *bytes = make_large(&count);

    for (size_t i = 0; i < COUNT(packings); i++) {
        size_t packed_count;
        char expected[TRACE_ERROR_BYTES];
        uint8_t *packed = packings[i].pack(bytes, count, &packed_count);
        memset(packed + packed_count * 9 / 10, 0x55, 64);
        struct outcome outcome = read_bytes(packed, packed_count);
        assert_int_equal(outcome.open_status, TRACE_OK);
        assert_int_equal(outcome.status, TRACE_ERROR_FORMAT);
        assert_in_range(outcome.packets, 1, 999);
        assert_false(outcome.truncated);
        snprintf(expected, sizeof(expected), "%s: packet %llu: damaged %s data (", path,
                 (unsigned long long)outcome.packets + 1, packings[i].name);
        assert_begins(outcome.error, expected);
        free(packed);
    }
    free(bytes);
}

static void hash_is_of_the_whole_file_wherever_reading_stopped(void **state)
{
    (void)state;
    size_t count, packed_count;
    uint8_t *bytes = make_large(&count);
    uint8_t *packed = gzip(bytes, count, &packed_count);
    const struct {
        const uint8_t *bytes;
        size_t count;
    } files[] = {{bytes, count}, {packed, packed_count}};

    for (size_t i = 0; i < COUNT(files); i++)
        for (uint32_t packets = 0; packets <= 999; packets += 333) {
            struct capture *capture;
            struct capture_packet packet;
            char error[TRACE_ERROR_BYTES];
            char hex[BYTE_SOURCE_HASH_BYTES];
            char expected[BYTE_SOURCE_HASH_BYTES];
            file_write(path, files[i].bytes, files[i].count);
            assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
            for (uint32_t k = 0; k < packets; k++)
                assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
            capture_hash(capture, hex);
            hash_of(files[i].bytes, files[i].count, expected);
            assert_string_equal(hex, expected);
            assert_int_equal(byte_source_position_bytes(capture_bytes(capture)), files[i].count);
            capture_free(capture);
        }
    free(bytes);
    free(packed);
}

/* The example in `xxhsum -H2`: nothing hashes to 99aa06d3014798d86001c324468d497f. */
static void hash_is_written_as_xxhsum_writes_it(void **state)
{
    (void)state;
    struct byte_source *source;
    char error[TRACE_ERROR_BYTES];
    char hex[BYTE_SOURCE_HASH_BYTES];

    file_write(path, "", 0);
    assert_int_equal(byte_source_open(path, &source, error), TRACE_OK);
    byte_source_hash(source, hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
    assert_int_equal(byte_source_size_bytes(source), 0);
    assert_null(byte_source_failure(source));
    byte_source_free(source);
}

static void filters_match(void **state)
{
    (void)state;
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    struct frame tcp = {0}, udp = {0};
    struct capture *capture;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];

    frame_ethernet(&tcp, 0x0800);
    frame_ipv4(&tcp, 6, 1, 2, 40);
    frame_tcp(&tcp, 40000, 80, 1, 0);
    tcp.wire_bytes = 1000;
    frame_ethernet(&udp, 0x0800);
    frame_ipv4(&udp, 17, 1, 2, 28);
    frame_udp(&udp, 40000, 53, 0);
    pcap_file_add(file, 0, &tcp);
    pcap_file_add(file, 1, &udp);
    pcap_file_close(file);

    const struct {
        const char *expression;
        bool tcp, udp;
    } rows[] = {
        {"tcp port 80", true, false},   {"udp port 53", false, true},
        {"host 10.0.0.1", true, true},  {"host 10.0.0.3", false, false},
        {"greater 1000", true, false}, /* the length on the wire */
        {"greater 1001", false, false}, {"", true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct capture_filter *filter;
        assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
        assert_int_equal(
            capture_filter_compile(capture, "--filter", rows[i].expression, &filter, error),
            TRACE_OK);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
        assert_int_equal(capture_filter_matches(filter, &packet), rows[i].tcp);
        assert_int_equal(capture_next(capture, &packet, error), TRACE_OK);
        assert_int_equal(capture_filter_matches(filter, &packet), rows[i].udp);
        capture_filter_free(filter);
        capture_free(capture);
    }
}

static void bad_filters_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"port eighty one", "tcp port", "tcp port 80 and", "((tcp)"};
    static const char *const names[] = {"host www.example.org", "ip6 host localhost",
                                        "net loopback", "ether host router", "src a or tcp"};
    struct capture *capture;
    char error[TRACE_ERROR_BYTES];

    pcap_file_close(pcap_file_new(path, DLT_EN10MB));
    assert_int_equal(capture_open(path, &capture, error), TRACE_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct capture_filter *filter = NULL;
        char expected[TRACE_ERROR_BYTES];
        assert_int_equal(capture_filter_compile(capture, "match", bad[i], &filter, error),
                         TRACE_ERROR_FILTER);
        assert_null(filter);
        snprintf(expected, sizeof(expected), "match '%s': ", bad[i]);
        assert_begins(error, expected);
        assert_contains(error, "; see pcap-filter(7) for the language");
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        struct capture_filter *filter = NULL;
        assert_int_equal(capture_filter_compile(capture, "match", names[i], &filter, error),
                         TRACE_ERROR_FILTER);
        assert_null(filter);
        assert_contains(
            error, "' would be a name, and names of hosts and networks are not looked up; give the "
                   "address");
    }
    capture_free(capture);
    capture_filter_free(NULL);
    capture_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(pcap_in_both_orders_and_precisions, scratch_empty),
        cmocka_unit_test_teardown(pcapng_in_both_orders_and_precisions, scratch_empty),
        cmocka_unit_test_teardown(absurd_times_stay_in_range, scratch_empty),
        cmocka_unit_test_teardown(packed_captures_read_as_plain_ones, scratch_empty),
        cmocka_unit_test_teardown(several_members_are_one_stream, scratch_empty),
        cmocka_unit_test_teardown(files_that_cannot_be_opened, scratch_empty),
        cmocka_unit_test_teardown(files_that_are_no_captures, scratch_empty),
        cmocka_unit_test_teardown(cut_pcap_is_truncated, scratch_empty),
        cmocka_unit_test_teardown(cut_pcapng_is_truncated, scratch_empty),
        cmocka_unit_test_teardown(cut_packed_file_is_truncated, scratch_empty),
        cmocka_unit_test_teardown(damaged_record_names_its_packet, scratch_empty),
        cmocka_unit_test_teardown(damaged_pcapng_block_names_its_packet, scratch_empty),
        cmocka_unit_test_teardown(damaged_packing_is_reported, scratch_empty),
        cmocka_unit_test_teardown(hash_is_of_the_whole_file_wherever_reading_stopped,
                                  scratch_empty),
        cmocka_unit_test_teardown(hash_is_written_as_xxhsum_writes_it, scratch_empty),
        cmocka_unit_test_teardown(filters_match, scratch_empty),
        cmocka_unit_test_teardown(bad_filters_are_refused, scratch_empty),
    };

    return cmocka_run_group_tests_name("capture", tests, set_up, scratch_remove);
}
