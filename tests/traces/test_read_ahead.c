#include "traces/read_ahead.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/traces/frames.h"

#define LARGEST_PACKET_BYTES 262144 /* that libpcap takes */

static char directory[] = "/tmp/shapesim-read-ahead-XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/a.pcap", directory);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static int remove_directory(void **state)
{
    remove_file(state);
    return rmdir(directory);
}

static void put_datagram(struct pcap_file *file, uint32_t number, uint32_t bytes)
{
    struct frame frame = {0};

    frame_ethernet(&frame, number % 3 == 2 ? 0x0806 : 0x0800); /* every third one is ARP */
    frame_ipv4(&frame, PROTOCOL_UDP, number % 200 + 1, 250, 20 + 8 + bytes);
    frame_udp(&frame, 1000 + number % 50, 53, bytes);
    frame_zeros(&frame, bytes);
    frame.bytes[frame.count - 1] = (uint8_t)number;
    pcap_file_add(file, (int64_t)number * 1000, &frame);
}

static void write_datagrams(const char *name, uint32_t count)
{
    struct pcap_file *file = pcap_file_new(name, DLT_EN10MB);

    for (uint32_t i = 0; i < count; i++)
        put_datagram(file, i, i % 1900 + 1);
    pcap_file_close(file);
}

static struct capture *open_capture(const char *name)
{
    struct capture *capture;
    char error[TRACE_ERROR_BYTES];

    assert_int_equal(capture_open(name, &capture, error), TRACE_OK);
    return capture;
}

static struct read_ahead *start(struct capture *capture)
{
    struct read_ahead *ahead;
    char error[TRACE_ERROR_BYTES];

    assert_int_equal(read_ahead_new(capture, NULL, &ahead, error), TRACE_OK);
    return ahead;
}

static void assert_same(const struct read_packet *read, const struct capture_packet *packet)
{
    struct packet_info info;
    struct flow_key key;

    assert_int_equal(read->packet.time_ns, packet->time_ns);
    assert_int_equal(read->packet.wire_bytes, packet->wire_bytes);
    assert_int_equal(read->packet.captured_bytes, packet->captured_bytes);
    assert_memory_equal(read->packet.data, packet->data, packet->captured_bytes);
    assert_int_equal(read->reason, decode_packet(DLT_EN10MB, packet, &info));
    if (read->reason != SKIP_NONE)
        return;
    flow_key_make(&info, &key);
    assert_int_equal(read->info.payload_bytes, info.payload_bytes);
    assert_int_equal(read->info.source.port, info.source.port);
    assert_int_equal(read->key.hash, key.hash);
}

/* Packet by packet what capture_next() and decode_packet() say, over many batches. */
static void packets_are_those_of_the_capture(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 1023, 1024, 1025, 5000};
    char error[TRACE_ERROR_BYTES];
    struct capture_packet packet;
    struct read_packet *read;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        write_datagrams(path, counts[i]);
        struct capture *plain = open_capture(path), *capture = open_capture(path);
        struct read_ahead *ahead = start(capture);
        for (uint32_t n = 0; n < counts[i]; n++) {
            assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
            assert_int_equal(capture_next(plain, &packet, error), TRACE_OK);
            assert_same(read, &packet);
        }
        assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_END);
        assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_END); /* and stays there */
        read_ahead_free(ahead);
        capture_free(capture);
        capture_free(plain);
    }
}

static void write_large_packets(const uint32_t *sizes, size_t count)
{
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, LARGEST_PACKET_BYTES);
    pcap_dumper_t *file = pcap_dump_open(pcap, path);
    unsigned char *bytes = malloc(LARGEST_PACKET_BYTES);

    assert_non_null(file);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        struct pcap_pkthdr header = {.caplen = sizes[i], .len = sizes[i]};
        memset(bytes, (int)i + 1, sizes[i]);
        pcap_dump((unsigned char *)file, &header, bytes);
    }
    free(bytes);
    pcap_dump_close(file);
    pcap_close(pcap);
}

/* One that is larger than a batch has one of its own. */
static void packets_of_any_size_keep_their_bytes(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {100,    131071,
                                     131072, 131073,
                                     1,      LARGEST_PACKET_BYTES,
                                     130972, 100,
                                     101,    LARGEST_PACKET_BYTES,
                                     60000,  60000,
                                     60000};
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);
    char error[TRACE_ERROR_BYTES];
    struct read_packet *read;

    write_large_packets(sizes, count);
    struct capture *capture = open_capture(path);
    struct read_ahead *ahead = start(capture);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
        assert_int_equal(read->packet.captured_bytes, sizes[i]);
        assert_int_equal(read->packet.data[0], i + 1);
        assert_int_equal(read->packet.data[sizes[i] - 1], i + 1);
    }
    assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_END);
    read_ahead_free(ahead);
    capture_free(capture);
}

/* Who stops early can go on with what the file has left: here its hash. */
static void a_reader_may_stop_anywhere(void **state)
{
    (void)state;
    char error[TRACE_ERROR_BYTES], expected[BYTE_SOURCE_HASH_BYTES], hex[BYTE_SOURCE_HASH_BYTES];
    struct read_packet *read;

    write_datagrams(path, 5000);
    struct capture *whole = open_capture(path);
    capture_hash(whole, expected);
    capture_free(whole);
    for (int packets = 0; packets < 3000; packets = 3 * packets + 1) {
        struct capture *capture = open_capture(path);
        struct read_ahead *ahead = start(capture);
        for (int i = 0; i < packets; i++)
            assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
        read_ahead_free(ahead);
        capture_hash(capture, hex);
        assert_string_equal(hex, expected);
        capture_free(capture);
    }
}

/* The packets before it first, then the error, in its own words. */
static void damage_comes_in_its_place(void **state)
{
    (void)state;
    char error[TRACE_ERROR_BYTES] = "", expected[TRACE_ERROR_BYTES] = "";
    struct capture_packet packet;
    struct read_packet *read;
    uint64_t packets = 0, plain_packets = 0;
    size_t count;
    int status;

    write_datagrams(path, 4000);
    uint8_t *bytes = file_read(path, &count);
    memset(bytes + count / 2, 0xff, 4000);
    file_write(path, bytes, count);
    free(bytes);
    struct capture *plain = open_capture(path), *capture = open_capture(path);
    struct read_ahead *ahead = start(capture);
    while ((status = read_ahead_next(ahead, &read, error)) == TRACE_OK)
        packets++;
    assert_int_equal(status, TRACE_ERROR_FORMAT);
    while ((status = capture_next(plain, &packet, expected)) == TRACE_OK)
        plain_packets++;
    assert_int_equal(status, TRACE_ERROR_FORMAT);
    assert_true(packets > 1024);
    assert_int_equal(packets, plain_packets);
    assert_string_equal(error, expected);
    read_ahead_free(ahead);
    capture_free(capture);
    capture_free(plain);
}

/* --- a pipe ----------------------------------------------------------------------------------- */

static int open_pipe(char *name, size_t size)
{
    snprintf(name, size, "%s/pipe", directory);
    assert_int_equal(mkfifo(name, 0600), 0);
    int writer = open(name, O_RDWR | O_CLOEXEC); /* for reading, too: that does not block */
    assert_true(writer >= 0);
    return writer;
}

/* What has come is handed on while the writer goes on holding the pipe; and nobody has to close it
 * for the reader to be freed. */
static void a_pipe_hands_on_what_has_come(void **state)
{
    (void)state;
    char name[80], error[TRACE_ERROR_BYTES];
    struct read_packet *read;
    size_t count;
    int writer = open_pipe(name, sizeof(name));

    write_datagrams(path, 3);
    uint8_t *bytes = file_read(path, &count);
    size_t one = 24 + 16 + 43; /* file, packet, and the frame with its single byte */
    assert_int_equal(write(writer, bytes, one), one);
    struct capture *capture = open_capture(name);
    struct read_ahead *ahead = start(capture);
    assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
    assert_int_equal(read->packet.captured_bytes, 43);
    assert_int_equal(write(writer, bytes + one, count - one), count - one);
    assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
    assert_int_equal(read->packet.captured_bytes, 44);
    assert_int_equal(read_ahead_next(ahead, &read, error), TRACE_OK);
    assert_int_equal(read->packet.captured_bytes, 45);
    read_ahead_free(ahead); /* whose thread waits */
    capture_free(capture);
    close(writer);
    unlink(name);
    free(bytes);
}

/* Without a descriptor to end its wait with, a thread could not be stopped: it is not started. */
static void a_pipe_takes_a_descriptor_more(void **state)
{
    (void)state;
    char name[80], error[TRACE_ERROR_BYTES], expected[TRACE_ERROR_BYTES];
    struct rlimit before, none;
    struct read_ahead *ahead;
    size_t count;
    int writer = open_pipe(name, sizeof(name));

    write_datagrams(path, 1);
    uint8_t *bytes = file_read(path, &count);
    assert_int_equal(write(writer, bytes, count), count);
    struct capture *capture = open_capture(name);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int status = read_ahead_new(capture, NULL, &ahead, error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    snprintf(expected, sizeof(expected),
             "%s: no descriptor is left to end a wait with (Too many open files); raise the limit "
             "(ulimit -n)",
             name);
    assert_int_equal(status, TRACE_ERROR_OPEN);
    assert_string_equal(error, expected);
    capture_free(capture);
    close(writer);
    unlink(name);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(packets_are_those_of_the_capture, remove_file),
        cmocka_unit_test_teardown(packets_of_any_size_keep_their_bytes, remove_file),
        cmocka_unit_test_teardown(a_reader_may_stop_anywhere, remove_file),
        cmocka_unit_test_teardown(damage_comes_in_its_place, remove_file),
        cmocka_unit_test_teardown(a_pipe_hands_on_what_has_come, remove_file),
        cmocka_unit_test_teardown(a_pipe_takes_a_descriptor_more, remove_file),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
