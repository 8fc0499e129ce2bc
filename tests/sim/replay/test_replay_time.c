/*
 * Where the replay's clock waits: the progress callback is called each time that nothing is ready,
 * at 0 before and after the first packet. Ticks of 100 ms carry 100 B; the trace has one UDP flow.
 */
#include "sim/replay/replay_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "sim/cli/options.h"
#include "sim/output/owned_directory.h"
#include "sim/replay/replay.h"
#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define INSTANTS_MAX 64
#define WORDS_MAX    32

static int64_t instants[INSTANTS_MAX];
static size_t instant_count;
static volatile sig_atomic_t stop;
static int64_t stop_at_us;
static struct outcome outcome;
static uint64_t ticks; /* of its group */
static char error[SIM_ERROR_BYTES];

static void note_instant(void *arg, int64_t now_us, uint64_t open_flows)
{
    (void)arg;
    (void)open_flows;
    if (instant_count < INSTANTS_MAX)
        instants[instant_count] = now_us;
    instant_count++;
    if (stop_at_us > 0 && now_us >= stop_at_us)
        stop = 1;
}

/* `bytes` of payload at each of the times. */
static void write_trace(const int64_t *times_us, size_t count, uint32_t bytes)
{
    struct pcap_file *file = pcap_file_new(scratch_path("trace.pcap"), DLT_EN10MB);

    for (size_t i = 0; i < count; i++) {
        struct frame frame = {0};
        frame_ethernet(&frame, 0x0800);
        frame_ipv4(&frame, 17, 1, 2, 20 + 8 + bytes);
        frame_udp(&frame, 5000, 53, bytes);
        frame_zeros(&frame, bytes);
        pcap_file_add(file, times_us[i], &frame);
    }
    pcap_file_close(file);
}

/* Replays the trace with these options, which NULL ends, and with rows if `record` is given. */
static enum replay_end replay(struct record *record, const char *const *options)
{
    static struct parsed_options parsed;
    const char *words[WORDS_MAX] = {
        "run",  scratch_path("trace.pcap"), "--rate", "100B/tick", "--burst", "100", "--tick",
        "100ms"};
    int count = 8;
    struct flow_source *source;
    struct replay *made;
    char text[TRACE_ERROR_BYTES];
    struct replay_setup setup = {.record = record, .stop = &stop, .progress = note_instant};

    for (size_t i = 0; options[i]; i++)
        words[count++] = options[i];
    assert_int_equal(options_parse(COMMAND_RUN, count, (char **)(uintptr_t)words, &parsed, error),
                     SIM_OK);
    assert_int_equal(flow_source_open(parsed.run.trace, &parsed.run.source, &source, text),
                     TRACE_OK);
    assert_int_equal(replay_new(&parsed.run, source, &made, error), SIM_OK);
    instant_count = 0;
    stop = 0;
    enum replay_end end = replay_run(made, &setup, error);
    replay_outcome(made, &outcome);
    ticks = outcome.groups[0]->ticks;
    replay_free(made);
    flow_source_free(source);
    parsed_options_fini(&parsed);
    return end;
}

static void expect_instants(const int64_t *expected, size_t count)
{
    for (size_t i = 0; i < count && i < instant_count; i++)
        assert_int_equal(instants[i], expected[i]);
    assert_int_equal(instant_count, count);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const no_options[] = {NULL};

static void the_clock_stops_at_ticks_and_arrivals(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0, 30000, 250000};
    static const int64_t expected[] = {0, 0, 30000, 100000, 200000};

    write_trace(times_us, COUNT(times_us), 100);
    assert_int_equal(replay(NULL, no_options), REPLAY_DRAINED);
    expect_instants(expected, COUNT(expected));
    assert_int_equal(outcome.end_us, 250000);
}

static void without_rows_a_silence_is_jumped_over(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0, 86400000000 + 50000};
    /* At 300 s the flow ends after --idle-timeout. */
    static const int64_t expected[] = {0, 0, 100000, 300000000, 86400000000};

    write_trace(times_us, COUNT(times_us), 10);
    assert_int_equal(replay(NULL, no_options), REPLAY_DRAINED);
    expect_instants(expected, COUNT(expected));
    assert_int_equal(outcome.end_us, 86400050000);
}

static void max_time_is_an_instant_of_its_own(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0};
    static const char *const options[] = {"--max-time", "130ms", NULL};
    static const int64_t expected[] = {0, 0, 100000};

    write_trace(times_us, COUNT(times_us), 1000);
    assert_int_equal(replay(NULL, options), REPLAY_MAX_TIME);
    expect_instants(expected, COUNT(expected));
    assert_int_equal(outcome.end_us, 130000);
}

static void a_stop_ends_the_replay_at_the_next_instant(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0};

    write_trace(times_us, COUNT(times_us), 1000);
    stop_at_us = 300000;
    assert_int_equal(replay(NULL, no_options), REPLAY_INTERRUPTED);
    stop_at_us = 0;
    assert_int_equal(outcome.end_us, 400000);
}

/* --- with rows of ticks ---------------------------------------------------------------------- */

static struct owned_directory directory;

static struct record *open_record(void)
{
    const struct record_parts parts = {.has_exchanges = true};
    struct record *record;
    const char *name;

    scratch_path(OWNED_MARKER);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    assert_int_equal(record_open(&directory, &parts, &record, error), SIM_OK);
    for (size_t i = 0; (name = record_file_name(record, i)); i++)
        scratch_path(name);
    return record;
}

static void discard(struct record *record)
{
    record_discard(record);
    owned_directory_unmark(&directory);
    owned_directory_close(&directory);
}

static void with_rows_a_jump_is_at_most_10000_ticks(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0, 2500050000};
    static const char *const options[] = {"--idle-timeout", "1h", NULL};
    static const int64_t expected[] = {0, 0, 100000, 1000100000, 2000100000, 2500000000};
    struct record *record = open_record();

    write_trace(times_us, COUNT(times_us), 10);
    assert_int_equal(replay(record, options), REPLAY_DRAINED);
    discard(record);
    expect_instants(expected, COUNT(expected));
    assert_int_equal(ticks, 25001);
}

static void rows_of_a_silence_beyond_ten_million_are_refused(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0, 1000000 * INT64_C(1000000)};
    static const char *const options[] = {"--idle-timeout", "1h", NULL};
    struct record *record = open_record();

    write_trace(times_us, COUNT(times_us), 10);
    assert_int_equal(replay(record, options), REPLAY_FAILED);
    discard(record);
    assert_string_equal(error,
                        "the silence from 3600 s to 1000000 s of virtual time would bring the "
                        "rows of idle ticks to 10035999; use --idle-ticks skip, or "
                        "--max-gap 10s to shorten silences");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_stops_at_ticks_and_arrivals),
        cmocka_unit_test(without_rows_a_silence_is_jumped_over),
        cmocka_unit_test(max_time_is_an_instant_of_its_own),
        cmocka_unit_test(a_stop_ends_the_replay_at_the_next_instant),
        cmocka_unit_test(with_rows_a_jump_is_at_most_10000_ticks),
        cmocka_unit_test(rows_of_a_silence_beyond_ten_million_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
