/* What an application sets on the shaped end: watermarks, timeouts, and how it flushes. */
#include "shaper/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>

#include "sim/clock/loop.h"
#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum shaper_transport plain[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET};
static const struct shaper_filter overhead = {
    .kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 10, .segment_bytes = 1000};

/* --- read_high -------------------------------------------------------------------------------- */

static void a_callback_reads_no_more_than_read_high(void **state)
{
    (void)state;
    static const struct {
        size_t read_high;
        int64_t rate;
        uint64_t max_charge, charges; /* of 10000 bytes */
    } rows[] = {
        {0, 100000, 4096, 3},                             /* libevent's own: 4096, 4096, 1808 */
        {100, 100000, 100, 100},                          /* 10000 / 100 */
        {999, 100000, 999, 11},                           /* 10 * 999 + 10 */
        {4096, 100000, 4096, 3},                          /* the same as libevent's */
        {5000, 100000, 4096, 3},                          /* above it: makes no difference */
        {1, 100000, 1, 10000},   {10000, 1000, 1000, 10}, /* the bucket is lower */
        {300, 1000, 300, 40},                             /* 300, 300, 300, 100 a tick */
        {700, 1000, 700, 20},                             /* 700, 300 */
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++)
            for (int filtered = 0; filtered < 2; filtered++) {
                /* with a filter 10000 on the wire are 9900 in 9 full segments and one of 900 */
                const struct step steps[] = {{0, OFFER_READ, 0, filtered ? 9900 : 10000},
                                             {0, CLOSE, 0, 0}};
                const struct scenario scenario = {.rate = rows[i].rate,
                                                  .burst = rows[i].rate,
                                                  .min_share = 64,
                                                  .flows = 1,
                                                  .ticks = 12,
                                                  .steps = steps,
                                                  .step_count = COUNT(steps),
                                                  .read_high = rows[i].read_high,
                                                  .filters = &overhead,
                                                  .filter_count = filtered ? 1 : 0};
                struct outcome outcome;
                fixture_run(&scenario, plain[t], &outcome);
                assert_int_equal(outcome.max_charge[SHAPER_READ][0], rows[i].max_charge);
                assert_int_equal(outcome.charges[SHAPER_READ][0], rows[i].charges);
                assert_int_equal(outcome.total[SHAPER_READ], 10000);
                assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, 0), steps[0].bytes);
            }
}

static void read_high_does_not_limit_writes(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 10000}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 100000,
                                      .burst = 100000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 2,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .read_high = 100};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        assert_int_equal(outcome.charges[SHAPER_WRITE][0], 1);
        assert_int_equal(outcome.max_charge[SHAPER_WRITE][0], 10000);
    }
}

/* Five members of a group with per-flow limits, each of which is offered 15,000 bytes both ways at
 * once, in the first 10 steps. */
static struct scenario competing(struct step *steps, size_t step_count)
{
    steps_offer_at_once(steps, 5, OFFER_READ, 15000);
    steps_offer_at_once(steps + 5, 5, OFFER_WRITE, 15000);
    return (struct scenario){.rate = 4000,
                             .burst = 8000,
                             .min_share = 500,
                             .per_flow_rate = 1200,
                             .per_flow_burst = 1200,
                             .flows = 5,
                             .steps = steps,
                             .step_count = step_count,
                             .seed = 3,
                             .filters = &overhead};
}

/* With a watermark: pair and socket to the byte. */
static void a_pair_is_a_socket_with_read_high(void **state)
{
    (void)state;
    static const size_t highs[] = {1, 64, 100, 500, 1000, 2000, 4096, 5000};

    for (size_t i = 0; i < COUNT(highs); i++)
        for (size_t filtered = 0; filtered < 2; filtered++) {
            struct step steps[10];
            struct scenario scenario = competing(steps, COUNT(steps));
            struct outcome pair, socket;
            scenario.ticks = 30;
            scenario.read_high = highs[i];
            scenario.filter_count = filtered;
            fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
            fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
            assert_memory_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
            assert_memory_equal(pair.charges, socket.charges, sizeof(pair.charges));
            assert_memory_equal(pair.level, socket.level, sizeof(pair.level));
        }
}

/* --- read_low --------------------------------------------------------------------------------- */

/* The bytes of flow 0 that were delivered, tick by tick: "0 600 0 300 ". */
static const char *deliveries_of(const struct outcome *outcome, int ticks, char text[120])
{
    text[0] = '\0';
    for (int tick = 0; tick < ticks; tick++) {
        size_t used = strlen(text);
        snprintf(text + used, 120 - used, "%llu ",
                 (unsigned long long)outcome->bytes[SHAPER_READ][0][tick]);
    }
    return text;
}

/* 300 bytes at 0, 10, 20 and 40 ms, and what else a row has. */
static void the_application_hears_when_so_much_has_come(void **state)
{
    (void)state;
    static const struct {
        size_t read_low;
        struct step last[1];
        const char *bytes, *log;
    } rows[] = {
        {0, {{0}}, "300 300 300 0 300 0 0 ", ""},
        {1, {{0}}, "300 300 300 0 300 0 0 ", ""},
        {300, {{0}}, "300 300 300 0 300 0 0 ", ""},
        {301, {{0}}, "0 600 0 0 600 0 0 ", ""},
        {600, {{0}}, "0 600 0 0 600 0 0 ", ""},
        {601, {{0}}, "0 0 900 0 0 0 0 ", ""},
        {1201, {{0}}, "0 0 0 0 0 0 0 ", ""},
        /* the rest is taken at the end, which comes with the close or, after it, with the bytes */
        {601, {{55000, CLOSE, 0, 0}}, "0 0 900 0 0 300 0 ", "0 leaves 55000, 0 is closed 55000, "},
        {2000, {{40000, CLOSE, 0, 0}}, "0 0 0 0 1200 0 0 ", "0 leaves 40000, 0 is closed 40000, "},
        {1200, {{50000, CLOSE, 0, 0}}, "0 0 0 0 1200 0 0 ", "0 leaves 50000, 0 is closed 50000, "},
        /* written to the other end */
        {2000, {{50000, OFFER_WRITE, 0, 2}}, "0 0 0 0 0 0 0 ", ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_TLS; t++)
            for (size_t filtered = 0; filtered < 2; filtered++) {
                const struct step steps[] = {{0, OFFER_READ, 0, 300},
                                             {10000, OFFER_READ, 0, 300},
                                             {20000, OFFER_READ, 0, 300},
                                             {40000, OFFER_READ, 0, 300},
                                             rows[i].last[0]};
                const struct scenario scenario = {.flows = 1,
                                                  .ticks = 7,
                                                  .steps = steps,
                                                  .step_count = rows[i].last[0].at_us ? 5 : 4,
                                                  .sums_deliveries = true,
                                                  .read_low = rows[i].read_low,
                                                  .filters = &overhead,
                                                  .filter_count = filtered};
                struct outcome outcome;
                char text[120];
                fixture_run(&scenario, (enum shaper_transport)t, &outcome);
                const char *log = strstr(outcome.log, "0 leaves");
                assert_string_equal(deliveries_of(&outcome, 7, text), rows[i].bytes);
                assert_string_equal(log ? log : "", rows[i].log);
                assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0),
                                 rows[i].last[0].kind == OFFER_WRITE ? 2 : 0);
            }
}

/* 1100 bytes at 250 a tick: 250, 500 | 250, 500 | 100. What is below the mark has paid. */
static void what_waits_for_read_low_has_paid(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_READ, 0, 1100}, {55000, CLOSE, 0, 0}};

    for (size_t t = 0; t < COUNT(plain); t++) {
        const struct scenario scenario = {.rate = 250,
                                          .burst = 250,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 7,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .read_low = 400};
        struct outcome outcome;
        char text[120];
        fixture_run(&scenario, plain[t], &outcome);
        assert_string_equal(deliveries_of(&outcome, 7, text), "0 500 0 500 0 100 0 ");
        assert_int_equal(outcome.charged[SHAPER_READ][0][0], 250);
        assert_int_equal(outcome.charged[SHAPER_READ][0][4], 100);
        assert_string_equal(outcome.log, "0 leaves 55000, 0 is closed 55000, ");
    }
}

/* The rest of a closing channel comes in more reads than one. */
static void the_rest_is_taken_when_all_of_it_has_come(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_READ, 0, 900}, {5000, CLOSE, 0, 0}, {15000, OFFER_READ, 0, 50}};
    static const struct {
        size_t read_low;
        const char *bytes;
    } rows[] = {
        {300, "0 400 0 400 150 0 "},
        {1000, "0 0 0 0 950 0 "},
        {450, "0 0 600 0 350 0 "},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            const struct scenario scenario = {.rate = 200,
                                              .burst = 200,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 6,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .read_low = rows[i].read_low};
            struct outcome outcome;
            char text[120];
            fixture_run(&scenario, plain[t], &outcome);
            assert_string_equal(deliveries_of(&outcome, 6, text), rows[i].bytes);
            assert_string_equal(outcome.log, "0 leaves 40000, 0 is closed 40000, ");
        }
}

/* With a mark above it: the second read has only 1000 - 700 bytes of room. */
static void what_waits_for_read_low_takes_room(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_READ, 0, 700}, {10000, OFFER_READ, 0, 700}};

    for (size_t t = 0; t < COUNT(plain); t++) {
        const struct scenario scenario = {.rate = 100000,
                                          .burst = 100000,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 3,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .read_high = 1000,
                                          .read_low = 1000};
        struct outcome outcome;
        char text[120];
        fixture_run(&scenario, plain[t], &outcome);
        assert_string_equal(deliveries_of(&outcome, 3, text), "0 1000 0 ");
        assert_int_equal(outcome.charges[SHAPER_READ][0], 3); /* 700, 300, 400 */
        assert_int_equal(outcome.max_charge[SHAPER_READ][0], 700);
        assert_int_equal(outcome.backlog[SHAPER_READ][0], 400);
    }
}

static void a_mark_above_read_high_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t filter_count;
        int status;
    } rows[] = {{0, SHAPER_ERROR_LIMIT}, {1, SHAPER_OK}};

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_TLS; t++) {
            const struct shaper_channel_setup setup = {.transport = (enum shaper_transport)t,
                                                       .filters = &overhead,
                                                       .filter_count = rows[i].filter_count,
                                                       .read_high_bytes = 100,
                                                       .read_low_bytes = 101};
            struct event_base *base = loop_new();
            struct shaper *shaper = shaper_new(base);
            int status = -99;
            struct shaper_channel *channel = shaper_channel_new(shaper, &setup, &status);
            assert_int_equal(status, rows[i].status);
            assert_int_equal(channel != NULL, status == SHAPER_OK);
            shaper_channel_free(channel);
            shaper_free(shaper);
            event_base_free(base);
        }
}

static void a_pair_is_a_socket_with_read_low(void **state)
{
    (void)state;
    static const size_t marks[][2] = {{1, 0},       {100, 0},     {1000, 0},    {3000, 0},
                                      {100000, 0},  {100, 100},   {64, 100},    {999, 1000},
                                      {1000, 1000}, {4000, 5000}, {1500, 2000}, {5000, 5000}};

    for (size_t i = 0; i < COUNT(marks); i++)
        for (size_t filtered = 0; filtered < 2; filtered++)
            for (int summed = 0; summed < 2; summed++) {
                struct step steps[20];
                struct scenario scenario = competing(steps, COUNT(steps));
                struct outcome pair, socket;
                scenario.ticks = 40;
                scenario.sums_deliveries = summed;
                scenario.timeout_us[SHAPER_READ] = summed ? 0 : 70000;
                scenario.read_low = marks[i][0];
                scenario.read_high = marks[i][1];
                scenario.filter_count = filtered;
                for (int flow = 0; flow < 5; flow++) {
                    int64_t at_us = 95000 + flow * 37000;
                    steps[10 + 2 * flow] = (struct step){at_us, OFFER_READ, flow, 777};
                    steps[11 + 2 * flow] = (struct step){at_us + 1000, CLOSE, flow, 0};
                }
                fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
                fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
                assert_memory_equal(&pair, &socket, offsetof(struct outcome, grants));
                assert_string_equal(pair.log, socket.log);
            }
}

/* --- writing ---------------------------------------------------------------------------------- */

/* 2500 bytes at 1000 a tick leave 1500, 500 and none; only levels at or below the watermark are
 * reported. */
static void the_application_hears_when_it_may_write(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 2500},
                                        {0, OFFER_READ, 0, 2500}, /* changes nothing */
                                        {45000, OFFER_WRITE, 0, 100}};
    static const struct {
        size_t write_low;
        const char *log;
    } rows[] = {
        {0, "0 has 0 left 20000, 0 has 0 left 45000, "},
        {499, "0 has 0 left 20000, 0 has 0 left 45000, "},
        {500, "0 has 500 left 10000, 0 has 0 left 20000, 0 has 0 left 45000, "},
        {1500, "0 has 1500 left 0, 0 has 500 left 10000, 0 has 0 left 20000, 0 has 0 left 45000, "},
        {100000,
         "0 has 1500 left 0, 0 has 500 left 10000, 0 has 0 left 20000, 0 has 0 left 45000, "},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 6,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .reports_writable = true,
                                              .write_low = rows[i].write_low};
            struct outcome outcome;
            fixture_run(&scenario, plain[t], &outcome);
            assert_string_equal(outcome.log, rows[i].log);
        }
}

/* What filters make of it counts, and what they hold: 2500 in 3 segments are 2530 on the wire. */
static void output_bytes_are_those_below_filters(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 2500}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 6,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .reports_writable = true,
                                      .write_low = 5000,
                                      .filters = &overhead,
                                      .filter_count = 1};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        assert_string_equal(outcome.log,
                            "0 has 1530 left 0, 0 has 530 left 10000, 0 has 0 left 20000, ");
    }
}

/* --- timeouts --------------------------------------------------------------------------------- */

static void every_silence_is_counted(void **state)
{
    (void)state;
    static const struct {
        struct step steps[3];
        size_t step_count;
        int64_t timeout_us;
        const char *log;
    } rows[] = {
        {{{0, OFFER_WRITE, 0, 10}},
         1,
         15000,
         "0 reads nothing 15000, 0 reads nothing 30000, 0 reads nothing 45000, "},
        {{{10000, OFFER_READ, 0, 10}, {41000, OFFER_READ, 0, 10}},
         2,
         20000,
         "0 reads nothing 30000, "},
        {{{10000, OFFER_READ, 0, 10}, {30000, OFFER_READ, 0, 10}, {49000, OFFER_READ, 0, 10}},
         3,
         21000,
         ""},
        {{{7000, CLOSE, 0, 0}}, 1, 5000, "0 reads nothing 5000, 0 leaves 7000, 0 is closed 7000, "},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++)
            for (size_t filtered = 0; filtered < 2; filtered++) {
                const struct scenario scenario = {.rate = 1000,
                                                  .burst = 1000,
                                                  .min_share = 64,
                                                  .flows = 1,
                                                  .ticks = 5,
                                                  .steps = rows[i].steps,
                                                  .step_count = rows[i].step_count,
                                                  .timeout_us = {rows[i].timeout_us, 0},
                                                  .filters = &overhead,
                                                  .filter_count = filtered};
                struct outcome outcome;
                fixture_run(&scenario, plain[t], &outcome);
                assert_string_equal(outcome.log, rows[i].log);
            }
}

/* Run under the sanitizers: a pair's callback is deferred, and must not be called any more. */
static void a_run_can_end_at_a_timeout(void **state)
{
    (void)state;

    for (size_t t = 0; t < COUNT(plain); t++)
        for (size_t filtered = 0; filtered < 2; filtered++) {
            const struct scenario scenario = {.flows = 3,
                                              .ticks = 2,
                                              .timeout_us = {20000, 20000},
                                              .filters = &overhead,
                                              .filter_count = filtered};
            struct outcome outcome;
            fixture_run(&scenario, plain[t], &outcome);
        }
}

/* An end that a limit has stopped waits for no descriptor, and no time runs for it. */
static void a_stopped_reader_has_no_timeout(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_READ, 0, 1100}};
    const struct scenario scenario = {.per_flow_rate = 1000,
                                      .per_flow_burst = 1000,
                                      .flows = 1,
                                      .ticks = 4,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .timeout_us = {9000, 0}};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        /* stopped from 0 to 10000, where it reads the rest */
        assert_string_equal(outcome.log, "0 reads nothing 19000, 0 reads nothing 28000, "
                                         "0 reads nothing 37000, ");
    }
}

static void write_timeouts(void **state)
{
    (void)state;
    static const struct step backlogged[] = {{0, OFFER_WRITE, 0, 100000}};
    static const struct step idle[] = {{0, OFFER_WRITE, 0, 10}};
    const struct {
        const struct step *steps;
        size_t filter_count;
        const char *log;
    } rows[] = {
        /* 1000 a tick, 5 ms: it is stopped in between */
        {backlogged, 0, ""},
        /* nothing to write: it waits for nothing */
        {idle, 0, ""},
        /* a filter is always about to write, libevent #67 */
        {idle, 1,
         "0 writes nothing 5000, 0 writes nothing 10000, 0 writes nothing 15000, "
         "0 writes nothing 20000, 0 writes nothing 25000, "},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 3,
                                              .steps = rows[i].steps,
                                              .step_count = 1,
                                              .timeout_us = {0, 5000},
                                              .filters = &overhead,
                                              .filter_count = rows[i].filter_count};
            struct outcome outcome;
            fixture_run(&scenario, plain[t], &outcome);
            assert_string_equal(outcome.log, rows[i].log);
        }
}

/* --- flushes ---------------------------------------------------------------------------------- */

/* 5500 bytes at 1000 a tick; with a filter 10 more for each of 6 segments. */
static void a_flush_drives_a_pair_past_its_limit(void **state)
{
    (void)state;
    static const struct {
        enum shaper_transport transport;
        enum shaper_flush flush;
        size_t filter_count;
        int64_t close_us;
        uint64_t flushed;
        int64_t leaves_us;
    } rows[] = {
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_NONE, 0, 25000, 0, 50000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_NORMAL, 0, 25000, 0, 50000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FLUSH, 0, 25000, 2500, 25000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FINISHED, 0, 25000, 2500, 25000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FINISHED, 0, 0, 5500, 0},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FLUSH, 0, 50000, 500, 50000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FLUSH, 0, 50001, 0, 50001},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_NONE, 1, 25000, 0, 50000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_NORMAL, 1, 25000, 0, 50000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FLUSH, 1, 25000, 2560, 25000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FINISHED, 1, 25000, 2560, 25000},
        {SHAPER_TRANSPORT_PAIR, SHAPER_FLUSH_FINISHED, 1, 0, 5560, 0},
        {SHAPER_TRANSPORT_SOCKET, SHAPER_FLUSH_NORMAL, 0, 25000, 0, 50000},
        {SHAPER_TRANSPORT_SOCKET, SHAPER_FLUSH_FLUSH, 0, 25000, 0, 50000},
        {SHAPER_TRANSPORT_SOCKET, SHAPER_FLUSH_FINISHED, 0, 25000, 0, 50000},
        {SHAPER_TRANSPORT_SOCKET, SHAPER_FLUSH_FINISHED, 1, 25000, 0, 50000},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const struct step steps[] = {{0, d == SHAPER_READ ? OFFER_READ : OFFER_WRITE, 0, 5500},
                                         {rows[i].close_us, CLOSE, 0, 0}};
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 8,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .flush = rows[i].flush,
                                              .filters = &overhead,
                                              .filter_count = rows[i].filter_count};
            struct outcome outcome;
            char log[80];
            uint64_t wire = 5500 + 60 * rows[i].filter_count;
            fixture_run(&scenario, rows[i].transport, &outcome);
            snprintf(log, sizeof(log), "0 leaves %lld, 0 is closed %lld, ",
                     (long long)rows[i].leaves_us, (long long)rows[i].leaves_us);
            assert_int_equal(outcome.flushed[d][0], rows[i].flushed);
            assert_int_equal(outcome.flushed[1 - d][0], 0);
            assert_string_equal(outcome.log, log);
            assert_int_equal(outcome_flow_sum(&outcome, (enum shaper_direction)d, 0), 5500);
            assert_int_equal(outcome.total[d], wire - rows[i].flushed);
        }
}

/* What the shaped end has written has paid already, though the peer has not read it. */
static void a_flush_does_not_count_what_has_paid(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 2500}};

    for (size_t filtered = 0; filtered < 2; filtered++) {
        const struct scenario scenario = {.rate = 1000,
                                          .burst = 1000,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 2,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .reports_writable = true,
                                          .closes_when_writable = true,
                                          .write_low = 2000,
                                          .flush = SHAPER_FLUSH_FINISHED,
                                          .filters = &overhead,
                                          .filter_count = filtered};
        struct outcome outcome;
        fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &outcome);
        assert_int_equal(outcome.flushed[SHAPER_WRITE][0], 1500 + 30 * filtered);
        assert_int_equal(outcome.total[SHAPER_WRITE], 1000);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 2500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_reads_no_more_than_read_high),
        cmocka_unit_test(read_high_does_not_limit_writes),
        cmocka_unit_test(a_pair_is_a_socket_with_read_high),
        cmocka_unit_test(the_application_hears_when_so_much_has_come),
        cmocka_unit_test(what_waits_for_read_low_has_paid),
        cmocka_unit_test(the_rest_is_taken_when_all_of_it_has_come),
        cmocka_unit_test(what_waits_for_read_low_takes_room),
        cmocka_unit_test(a_mark_above_read_high_is_refused),
        cmocka_unit_test(a_pair_is_a_socket_with_read_low),
        cmocka_unit_test(the_application_hears_when_it_may_write),
        cmocka_unit_test(output_bytes_are_those_below_filters),
        cmocka_unit_test(every_silence_is_counted),
        cmocka_unit_test(a_run_can_end_at_a_timeout),
        cmocka_unit_test(a_stopped_reader_has_no_timeout),
        cmocka_unit_test(write_timeouts),
        cmocka_unit_test(a_flush_drives_a_pair_past_its_limit),
        cmocka_unit_test(a_flush_does_not_count_what_has_paid),
    };

    return cmocka_run_group_tests_name("watermarks", tests, NULL, NULL);
}
