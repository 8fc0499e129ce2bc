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

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define LARGEST_PACKET_BYTES 262144 /* that libpcap accepts */
#define START_US             (INT64_C(1700000000) * 1000000)

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

static void put_datagram(struct pcap_file *file, uint32_t number, uint32_t bytes)
{
    struct frame frame = {0};

    frame_ethernet(&frame, number % 3 == 2 ? 0x0806 : 0x0800); /* every third one is ARP */
    frame_ipv4(&frame, PROTOCOL_UDP, number % 200 + 1, 250, 20 + 8 + bytes);
    frame_udp(&frame, 1000 + number % 50, 53, bytes);
    frame_zeros(&frame, bytes);
    frame.bytes[frame.count - 1] = (uint8_t)number;
    pcap_file_add(file, START_US + (int64_t)number * 1000, &frame);
}

static void write_datagrams(const char *name, uint32_t count)
{
    struct pcap_file *file = pcap_file_new(name, DLT_EN10MB);

    for (uint32_t i = 0; i < count; i++)
        put_datagram(file, i, i % 1900 + 1);
    pcap_file_close(file);
}

/* A capture that is read by a thread or, without `ahead`, by the caller. */
struct reading {
    struct capture *capture;
    struct flow_reader *reader;
    struct read_ahead *ahead;
    struct flow_source_counts counts; /* as reported with the events */
};

static struct reading open_plain(const char *name)
{
    static const struct flow_source_options options = {.idle_timeout_us = 100000};
    struct reading reading = {0};
    char error[TRACE_ERROR_BYTES];

    assert_int_equal(capture_open(name, &reading.capture, error), TRACE_OK);
    assert_int_equal(flow_reader_new(reading.capture, &(struct flow_filters){0}, &options,
                                     &reading.reader, error),
                     TRACE_OK);
    return reading;
}

static struct reading start(const char *name)
{
    struct reading reading = open_plain(name);
    char error[TRACE_ERROR_BYTES];

    assert_int_equal(read_ahead_new(reading.reader, &reading.ahead, error), TRACE_OK);
    return reading;
}

static void end(struct reading *reading)
{
    read_ahead_free(reading->ahead);
    flow_reader_free(reading->reader);
    capture_free(reading->capture);
}

static int next(struct reading *reading, const struct read_ahead_event **actual, char *error)
{
    int status = read_ahead_next(reading->ahead, actual, error);

    if (status == TRACE_OK && (*actual)->counts)
        reading->counts = *(*actual)->counts;
    else if (status == TRACE_OK)
        flow_source_count(&reading->counts, &(*actual)->event);
    return status;
}

static void assert_same_packet(const struct flow_event *actual, const struct flow_event *event)
{
    assert_int_equal(actual->opens_flow, event->opens_flow);
    assert_int_equal(actual->direction, event->direction);
    assert_int_equal(actual->bytes, event->bytes);
    assert_int_equal(actual->packet.time_ns, event->packet.time_ns);
    assert_int_equal(actual->packet.wire_bytes, event->packet.wire_bytes);
    assert_int_equal(actual->packet.captured_bytes, event->packet.captured_bytes);
    assert_memory_equal(actual->packet.data, event->packet.data, event->packet.captured_bytes);
    assert_int_equal(actual->content_bytes, event->content_bytes);
    assert_int_equal(actual->content - actual->packet.data, event->content - event->packet.data);
}

static void assert_same(const struct read_ahead_event *actual, const struct flow_event *event,
                        const struct flow_reader *plain)
{
    const struct capture_packet *pending = flow_reader_pending(plain);

    assert_int_equal(actual->event.kind, event->kind);
    assert_int_equal(actual->event.time_us, event->time_us);
    assert_int_equal(actual->event.close, event->close);
    assert_int_equal(actual->event.flow->number, event->flow->number);
    assert_int_equal(actual->has_pending, pending != NULL);
    if (pending)
        assert_int_equal(actual->pending_wire_bytes, pending->wire_bytes);
    if (event->kind == FLOW_EVENT_PACKET)
        assert_same_packet(&actual->event, event);
}

/* Event by event what the reader itself says, over many batches, and the counts of each place. */
static void events_are_those_of_the_reader(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 1023, 1024, 1025, 5000};
    char error[TRACE_ERROR_BYTES];
    const struct read_ahead_event *actual;
    struct flow_event event;
    unsigned pending = 0;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        write_datagrams(path, counts[i]);
        struct reading plain = open_plain(path), reading = start(path);
        while (flow_reader_next(plain.reader, &event, error) == TRACE_OK) {
            assert_int_equal(next(&reading, &actual, error), TRACE_OK);
            assert_same(actual, &event, plain.reader);
            pending += actual->has_pending;
            assert_memory_equal(&reading.counts, flow_reader_counts(plain.reader),
                                sizeof(reading.counts));
            if (event.kind == FLOW_EVENT_RETIRE)
                flow_reader_reuse(plain.reader, event.flow);
        }
        assert_int_equal(next(&reading, &actual, error), TRACE_END);
        assert_int_equal(next(&reading, &actual, error), TRACE_END); /* and stays there */
        assert_memory_equal(read_ahead_end_counts(reading.ahead), flow_reader_counts(plain.reader),
                            sizeof(reading.counts));
        assert_int_equal(read_ahead_end_counts(reading.ahead)->packets, counts[i]);
        end(&reading);
        end(&plain);
    }
    assert_true(pending > 1000); /* flows idle out before packets come */
}

/* Datagrams of 30 bytes in frames of any size, whose rest is filled with the packet's number. */
static void write_large_packets(const uint32_t *sizes, size_t count)
{
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, LARGEST_PACKET_BYTES);
    pcap_dumper_t *file = pcap_dump_open(pcap, path);
    unsigned char *bytes = malloc(LARGEST_PACKET_BYTES);
    struct frame frame = {0};

    assert_non_null(file);
    assert_non_null(bytes);
    frame_ethernet(&frame, 0x0800);
    frame_ipv4(&frame, PROTOCOL_UDP, 1, 250, 20 + 8 + 2);
    frame_udp(&frame, 1000, 53, 2);
    for (size_t i = 0; i < count; i++) {
        struct pcap_pkthdr header = {.caplen = sizes[i], .len = sizes[i]};
        memset(bytes, (int)i + 1, sizes[i]);
        memcpy(bytes, frame.bytes, frame.count);
        pcap_dump((unsigned char *)file, &header, bytes);
    }
    free(bytes);
    pcap_dump_close(file);
    pcap_close(pcap);
}

/* A packet that is larger than a batch has a batch to itself. */
static void packets_of_any_size_keep_their_bytes(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {100,    131071,
                                     131072, 131073,
                                     44,     LARGEST_PACKET_BYTES,
                                     130972, 100,
                                     101,    LARGEST_PACKET_BYTES,
                                     60000,  60000,
                                     60000};
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);
    char error[TRACE_ERROR_BYTES];
    const struct read_ahead_event *actual;

    write_large_packets(sizes, count);
    struct reading reading = start(path);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(next(&reading, &actual, error), TRACE_OK);
        const struct capture_packet *packet = &actual->event.packet;
        assert_int_equal(packet->captured_bytes, sizes[i]);
        assert_int_equal(packet->data[42], i + 1);
        assert_int_equal(packet->data[sizes[i] - 1], i + 1);
        assert_ptr_equal(actual->event.content, packet->data + 42);
    }
    assert_int_equal(next(&reading, &actual, error), TRACE_OK);
    assert_int_equal(actual->event.kind, FLOW_EVENT_CLOSE);
    assert_int_equal(next(&reading, &actual, error), TRACE_OK);
    assert_int_equal(actual->event.kind, FLOW_EVENT_RETIRE);
    assert_int_equal(next(&reading, &actual, error), TRACE_END);
    end(&reading);
}

/* A reader that stops early can use the rest of the file: here for its hash. */
static void a_reader_may_stop_anywhere(void **state)
{
    (void)state;
    char error[TRACE_ERROR_BYTES], expected[BYTE_SOURCE_HASH_BYTES], hex[BYTE_SOURCE_HASH_BYTES];
    const struct read_ahead_event *actual;

    write_datagrams(path, 5000);
    struct reading whole = open_plain(path);
    capture_hash(whole.capture, expected);
    end(&whole);
    for (int events = 0; events < 3000; events = 3 * events + 1) {
        struct reading reading = start(path);
        for (int i = 0; i < events; i++)
            assert_int_equal(next(&reading, &actual, error), TRACE_OK);
        read_ahead_free(reading.ahead);
        reading.ahead = NULL;
        capture_hash(reading.capture, hex);
        assert_string_equal(hex, expected);
        end(&reading);
    }
}

/* The events before it first, then the error, in its own words. */
static void damage_comes_in_its_place(void **state)
{
    (void)state;
    char error[TRACE_ERROR_BYTES] = "", expected[TRACE_ERROR_BYTES] = "";
    const struct read_ahead_event *actual;
    struct flow_event event;
    uint64_t events = 0, plain_events = 0;
    size_t count;
    int status;

    write_datagrams(path, 4000);
    uint8_t *bytes = file_read(path, &count);
    memset(bytes + count / 2, 0xff, 4000);
    file_write(path, bytes, count);
    free(bytes);
    struct reading plain = open_plain(path), reading = start(path);
    while ((status = next(&reading, &actual, error)) == TRACE_OK)
        events++;
    assert_int_equal(status, TRACE_ERROR_FORMAT);
    while ((status = flow_reader_next(plain.reader, &event, expected)) == TRACE_OK) {
        plain_events++;
        if (event.kind == FLOW_EVENT_RETIRE)
            flow_reader_reuse(plain.reader, event.flow);
    }
    assert_int_equal(status, TRACE_ERROR_FORMAT);
    assert_true(events > 1024);
    assert_int_equal(events, plain_events);
    assert_string_equal(error, expected);
    end(&reading);
    end(&plain);
}

/* --- a pipe ----------------------------------------------------------------------------------- */

static int open_pipe(const char *name)
{
    assert_int_equal(mkfifo(name, 0600), 0);
    int writer = open(name, O_RDWR | O_CLOEXEC); /* for reading, too: that does not block */
    assert_true(writer >= 0);
    return writer;
}

/* Packets are passed on while the writer keeps the pipe open; it need not be closed for the reader
 * to be freed. */
static void a_pipe_hands_on_what_has_come(void **state)
{
    (void)state;
    const char *name = scratch_path("pipe");
    char error[TRACE_ERROR_BYTES];
    const struct read_ahead_event *actual;
    size_t count;
    int writer = open_pipe(name);

    write_datagrams(path, 2);
    uint8_t *bytes = file_read(path, &count);
    size_t one = 24 + 16 + 43; /* file, packet, and the frame with its single byte */
    assert_int_equal(write(writer, bytes, one), one);
    struct reading reading = start(name);
    assert_int_equal(next(&reading, &actual, error), TRACE_OK);
    assert_int_equal(actual->event.packet.captured_bytes, 43);
    assert_int_equal(write(writer, bytes + one, count - one), count - one);
    assert_int_equal(next(&reading, &actual, error), TRACE_OK);
    assert_int_equal(actual->event.packet.captured_bytes, 44);
    read_ahead_free(reading.ahead); /* whose thread waits */
    reading.ahead = NULL;
    end(&reading);
    close(writer);
    free(bytes);
}

/* Without a descriptor to end its wait with, a thread could not be stopped: it is not started. */
static void a_pipe_takes_a_descriptor_more(void **state)
{
    (void)state;
    const char *name = scratch_path("pipe");
    char error[TRACE_ERROR_BYTES], expected[TRACE_ERROR_BYTES];
    struct rlimit before, none;
    size_t count;
    int writer = open_pipe(name);

    write_datagrams(path, 1);
    uint8_t *bytes = file_read(path, &count);
    assert_int_equal(write(writer, bytes, count), count);
    struct reading reading = open_plain(name);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int status = read_ahead_new(reading.reader, &reading.ahead, error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    snprintf(expected, sizeof(expected),
             "%s: no descriptor is left to end a wait with (Too many open files); raise the limit "
             "(ulimit -n)",
             name);
    assert_int_equal(status, TRACE_ERROR_OPEN);
    assert_string_equal(error, expected);
    reading.ahead = NULL;
    end(&reading);
    close(writer);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(events_are_those_of_the_reader, scratch_empty),
        cmocka_unit_test_teardown(packets_of_any_size_keep_their_bytes, scratch_empty),
        cmocka_unit_test_teardown(a_reader_may_stop_anywhere, scratch_empty),
        cmocka_unit_test_teardown(damage_comes_in_its_place, scratch_empty),
        cmocka_unit_test_teardown(a_pipe_hands_on_what_has_come, scratch_empty),
        cmocka_unit_test_teardown(a_pipe_takes_a_descriptor_more, scratch_empty),
    };

    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
