/* A recording gives the same events as the trace itself, each with the same counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/flow_recording.h"
#include "traces/flow_source.h"

static const char *const traces[] = {TRACES "/web.pcap", TRACES "/dns.pcap", TRACES "/bulk.pcap",
                                     TRACES "/ipv6.pcap", TRACES "/interactive.pcap"};

/* Each leaves something out, or keeps something more. */
static const struct flow_source_options readings[] = {
    {.idle_timeout_us = 300000000},
    {.idle_timeout_us = 300000000, .count = COUNT_WIRE},
    {.idle_timeout_us = 100000, .max_gap_us = 50000},
    {.idle_timeout_us = 300000000, .filter = "src port 53 or tcp[tcpflags] & tcp-push != 0"},
    {.idle_timeout_us = 300000000, .responder = "ip", .max_flows = 2},
    {.idle_timeout_us = 300000000, .from_us = 500000, .to_us = 1500000},
    {.idle_timeout_us = 300000000, .schedule = {.keeps_frames = true, .keeps_content = true}},
    {.idle_timeout_us = 300000000,
     .schedule = {.copies = 3, .spread_us = 100000, .speed_milli = 500, .keeps_content = true}}};

static struct flow_source *open_source(const char *path, const struct flow_source_options *options)
{
    struct flow_source *source;
    char error[TRACE_ERROR_BYTES];

    if (flow_source_open(path, options, &source, error) != TRACE_OK)
        fail_msg("%s", error);
    return source;
}

static struct flow_recording *record(const char *path, const struct flow_source_options *options,
                                     const char *key)
{
    FILE *file = tmpfile();
    struct flow_source *source = open_source(path, options);
    char error[TRACE_ERROR_BYTES];

    assert_non_null(file);
    assert_int_equal(flow_source_record(source, fileno(file), UINT64_MAX, key, error), TRACE_OK);
    assert_int_equal(flow_source_record_all(source, error), TRACE_OK);
    flow_source_free(source);
    struct flow_recording *recording = flow_recording_open(fileno(file), key);
    fclose(file);
    return recording;
}

static void compare_packets(const struct flow_event *a, const struct flow_event *b,
                            const struct flow_source_options *options)
{
    assert_int_equal(a->opens_flow, b->opens_flow);
    assert_int_equal(a->is_tcp, b->is_tcp);
    assert_int_equal(a->is_duplicate, b->is_duplicate);
    assert_int_equal(a->gave_up_gap, b->gave_up_gap);
    assert_int_equal(a->ends_stream, b->ends_stream);
    assert_int_equal(a->has_acknowledgment, b->has_acknowledgment);
    assert_int_equal(a->tunnel, b->tunnel);
    assert_int_equal(a->direction, b->direction);
    assert_int_equal(a->responder_rule, b->responder_rule);
    assert_int_equal(a->acknowledgment, b->acknowledgment);
    assert_int_equal(a->end_sequence, b->end_sequence);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->payload_bytes, b->payload_bytes);
    assert_int_equal(a->new_bytes, b->new_bytes);
    assert_int_equal(a->packet.time_ns, b->packet.time_ns);
    assert_int_equal(a->packet.wire_bytes, b->packet.wire_bytes);
    assert_int_equal(a->packet.link_type, b->packet.link_type);
    assert_int_equal(a->packet.has_no_time, b->packet.has_no_time);
    if (a->opens_flow || options->schedule.keeps_frames) {
        assert_int_equal(a->packet.captured_bytes, b->packet.captured_bytes);
        assert_memory_equal(a->packet.data, b->packet.data, a->packet.captured_bytes);
    }
    if (!options->schedule.keeps_content)
        return;
    assert_int_equal(a->content_bytes, b->content_bytes);
    if (a->content_bytes > 0)
        assert_memory_equal(a->content, b->content, a->content_bytes);
}

static void compare_flows(const struct flow *a, const struct flow *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->ip_version, b->ip_version);
    assert_int_equal(a->protocol, b->protocol);
    assert_memory_equal(&a->initiator, &b->initiator, sizeof(a->initiator));
    assert_memory_equal(&a->responder, &b->responder, sizeof(a->responder));
    assert_int_equal(a->copy, b->copy);
    assert_int_equal(a->close, b->close);
}

static void compare_events(const struct flow_event *a, const struct flow_event *b,
                           const struct flow_source_options *options)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->time_us, b->time_us);
    assert_int_equal(a->close, b->close);
    compare_flows(a->flow, b->flow);
    if (a->kind == FLOW_EVENT_PACKET)
        compare_packets(a, b, options);
}

static void compare_sources(struct flow_source *a, struct flow_source *b,
                            const struct flow_source_options *options)
{
    char error[TRACE_ERROR_BYTES], hash_a[BYTE_SOURCE_HASH_BYTES], hash_b[BYTE_SOURCE_HASH_BYTES];
    struct flow_event x, y;
    int status;

    while ((status = flow_source_next(a, &x, error)) == TRACE_OK) {
        assert_int_equal(flow_source_next(b, &y, error), TRACE_OK);
        compare_events(&x, &y, options);
        assert_memory_equal(flow_source_counts(a), flow_source_counts(b),
                            sizeof(struct flow_source_counts));
        assert_int_equal(flow_source_packet_number(a), flow_source_packet_number(b));
        assert_int_equal(flow_source_removed_us(a), flow_source_removed_us(b));
    }
    assert_int_equal(status, TRACE_END);
    assert_int_equal(flow_source_next(b, &y, error), TRACE_END);
    assert_memory_equal(flow_source_counts(a), flow_source_counts(b),
                        sizeof(struct flow_source_counts));
    assert_int_equal(flow_source_truncated(a), flow_source_truncated(b));
    assert_int_equal(flow_source_hash(a, hash_a, error), TRACE_OK);
    assert_int_equal(flow_source_hash(b, hash_b, error), TRACE_OK);
    assert_string_equal(hash_a, hash_b);
}

static void compare_with_recording(const char *path, const struct flow_source_options *options)
{
    char *key = flow_recording_key(&path, 1, options);
    struct flow_recording *recording = record(path, options, key);
    struct flow_source_options recorded = *options;
    struct flow_source *a = open_source(path, options);

    assert_non_null(recording);
    recorded.recording = recording;
    struct flow_source *b = open_source(path, &recorded);
    compare_sources(a, b, options);
    flow_source_free(a);
    flow_source_free(b);
    flow_recording_free(recording);
    free(key);
}

static void has_the_events_of_the_trace(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(traces) / sizeof(traces[0]); t++)
        for (size_t r = 0; r < sizeof(readings) / sizeof(readings[0]); r++)
            compare_with_recording(traces[t], &readings[r]);
}

/* What the ranking of flows reads is recorded on the way, copies and all. */
static void is_made_while_events_are_read(void **state)
{
    const struct flow_source_options *options = &readings[7];
    char *key = flow_recording_key(&traces[0], 1, options), error[TRACE_ERROR_BYTES];
    struct flow_source *a = open_source(traces[0], options), *b = open_source(traces[0], options);
    struct flow_source *c = open_source(traces[0], options);
    FILE *file = tmpfile();

    (void)state;
    assert_int_equal(flow_source_record(a, fileno(file), UINT64_MAX, key, error), TRACE_OK);
    compare_sources(a, b, options);
    struct flow_recording *recording = flow_recording_open(fileno(file), key);
    assert_non_null(recording);
    assert_int_equal(flow_source_take_recording(c, recording, error), TRACE_OK);
    flow_source_free(b);
    b = open_source(traces[0], options);
    compare_sources(b, c, options);
    flow_source_free(a);
    flow_source_free(b);
    flow_source_free(c);
    flow_recording_free(recording);
    fclose(file);
    free(key);
}

/* Every option of reading is in the key, and none of the schedule but what it keeps. */
static void is_for_equal_options_only(void **state)
{
    const size_t last = sizeof(readings) / sizeof(readings[0]) - 1;
    struct flow_source_options sooner = readings[last];

    (void)state;
    for (size_t i = 0; i <= last; i++)
        for (size_t j = 0; j <= last; j++) {
            char *a = flow_recording_key(&traces[0], 1, &readings[i]);
            char *b = flow_recording_key(&traces[0], 1, &readings[j]);
            assert_int_equal(strcmp(a, b) == 0, i == j);
            free(a);
            free(b);
        }
    sooner.schedule.copies = 1;
    sooner.schedule.seed = 7;
    char *a = flow_recording_key(&traces[0], 1, &readings[last]);
    char *b = flow_recording_key(&traces[0], 1, &sooner);
    char *c = flow_recording_key(&traces[1], 1, &sooner);
    struct flow_recording *recording = record(traces[0], &readings[last], a);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_non_null(recording);
    flow_recording_free(recording);
    free(a);
    free(b);
    free(c);
}

static void refuses_other_files(void **state)
{
    const struct flow_source_options *options = &readings[0];
    char *key = flow_recording_key(&traces[0], 1, options), error[TRACE_ERROR_BYTES];
    struct flow_source *source = open_source(traces[0], options);
    FILE *file = tmpfile();

    (void)state;
    assert_null(flow_recording_open(fileno(file), key)); /* empty */
    assert_int_equal(flow_source_record(source, fileno(file), 1000, key, error), TRACE_OK);
    assert_int_equal(flow_source_record_all(source, error), TRACE_ERROR_WRITE); /* too large */
    assert_null(flow_recording_open(fileno(file), key));
    flow_source_free(source);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    rewind(file);
    source = open_source(traces[0], options);
    assert_int_equal(flow_source_record(source, fileno(file), UINT64_MAX, key, error), TRACE_OK);
    assert_int_equal(flow_source_record_all(source, error), TRACE_OK);
    flow_source_free(source);
    assert_null(flow_recording_open(fileno(file), "another key"));
    struct flow_recording *recording = flow_recording_open(fileno(file), key);
    assert_non_null(recording);
    off_t bytes = (off_t)flow_recording_size_bytes(recording);
    flow_recording_free(recording);
    assert_int_equal(ftruncate(fileno(file), bytes - 8), 0); /* cut */
    assert_null(flow_recording_open(fileno(file), key));
    fclose(file);
    free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(has_the_events_of_the_trace),
                                       cmocka_unit_test(is_made_while_events_are_read),
                                       cmocka_unit_test(is_for_equal_options_only),
                                       cmocka_unit_test(refuses_other_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
