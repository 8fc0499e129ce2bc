/* A write high watermark below filters: what they pass on waits above it, and no byte is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>

#include "shaper/filter.h"
#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HIGH_BYTES   700

/* Holds what does not fill 300 bytes. */
static int move_300(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    (void)stream;
    while (evbuffer_get_length(from) >= 300)
        evbuffer_remove_buffer(from, to, 300);
    return 0;
}

static int move_all(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    (void)stream;
    return evbuffer_add_buffer(to, from);
}

static const struct shaper_filter_hook hook = {.in = move_300, .out = move_all};
static const struct shaper_filter filters[][2] = {
    {{.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460}},
    {{.kind = SHAPER_FILTER_DEFLATE, .level = 6}},
    {{.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {.rate_kib_per_s = 60}}},
    {{.kind = SHAPER_FILTER_HOOK, .hook = &hook}},
    {{.kind = SHAPER_FILTER_DEFLATE, .level = 0},
     {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 3, .segment_bytes = 50}},
    {{.kind = SHAPER_FILTER_HOOK, .hook = &hook},
     {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {.rate_kib_per_s = 60}}},
};

/* Two flows with offers while there is room, no room and a little; the second end follows at once.
 */
static const struct step steps[] = {
    {0, OFFER_WRITE, 0, 5000},     {0, OFFER_READ, 0, 2000},     {0, OFFER_WRITE, 1, 300},
    {5000, OFFER_WRITE, 1, 5000},  {25000, OFFER_WRITE, 0, 200}, {35000, OFFER_WRITE, 1, 3},
    {300000, OFFER_WRITE, 0, 900}, {300000, CLOSE, 0, 0},        {310000, CLOSE, 1, 0}};

static struct scenario scenario_with(const struct shaper_filter *its, size_t high)
{
    return (struct scenario){.rate = 800,
                             .burst = 1500,
                             .min_share = 64,
                             .flows = 2,
                             .ticks = 100,
                             .steps = steps,
                             .step_count = COUNT(steps),
                             .seed = 3,
                             .filters = its,
                             .filter_count = its[1].kind || its[1].header_bytes ? 2 : 1,
                             .payload = PAYLOAD_RANDOM,
                             .filter_high = high};
}

/* All counts but how much waited: the same filters pass the same bytes, only later. */
static void expect_same_stream(const struct outcome *outcome, const struct outcome *unmarked,
                               const struct scenario *scenario)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        assert_int_equal(outcome->backlog[d][0], 0);
        assert_int_equal(outcome->backlog[d][1], 0);
        assert_int_equal(outcome_flow_sum(outcome, (enum shaper_direction)d, 1),
                         outcome_flow_sum(unmarked, (enum shaper_direction)d, 1));
        for (size_t i = 0; i < scenario->filter_count; i++) {
            const struct shaper_filter_counts *counts = &outcome->filters[d][i];
            assert_int_equal(counts->sent_before_bytes, unmarked->filters[d][i].sent_before_bytes);
            assert_int_equal(counts->received_before_bytes, counts->sent_after_bytes);
            assert_int_equal(counts->received_after_bytes, counts->sent_before_bytes);
            assert_int_equal(counts->received_crc32, counts->sent_crc32);
        }
    }
}

static void the_mark_is_never_passed(void **state)
{
    (void)state;
    static struct outcome unmarked, pair, socket, tls;

    for (size_t f = 0; f < COUNT(filters); f++) {
        const struct scenario free = scenario_with(filters[f], 0);
        const struct scenario marked = scenario_with(filters[f], HIGH_BYTES);
        fixture_run(&free, SHAPER_TRANSPORT_PAIR, &unmarked);
        fixture_run(&marked, SHAPER_TRANSPORT_PAIR, &pair);
        fixture_run(&marked, SHAPER_TRANSPORT_SOCKET, &socket);
        fixture_run(&marked, SHAPER_TRANSPORT_TLS, &tls);
        assert_true(unmarked.max_output > HIGH_BYTES);
        assert_int_equal(pair.max_output, HIGH_BYTES);
        assert_int_equal(socket.max_output, HIGH_BYTES);
        assert_in_range(tls.max_output, 1,
                        5500); /* what is offered during its handshake waits there */
        expect_same_stream(&pair, &unmarked, &marked);
        expect_same_stream(&tls, &unmarked, &marked);
        assert_memory_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
        assert_memory_equal(pair.charged, socket.charged, sizeof(pair.charged));
        assert_memory_equal(pair.charges, socket.charges, sizeof(pair.charges));
        assert_memory_equal(pair.level, socket.level, sizeof(pair.level));
        assert_memory_equal(pair.filters, socket.filters, sizeof(pair.filters));
        assert_memory_equal(pair.total, socket.total, sizeof(pair.total));
        assert_string_equal(pair.log, socket.log);
    }
}

/* 2000 B/tick, one write of 5000 bytes behind a header: the 700 are one write, written again when
 * the output is empty: 2 x 700 and the 600 that are left of the tick. */
static void each_write_carries_what_fits_the_mark(void **state)
{
    (void)state;
    static const struct shaper_filter filter = {
        .kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 5000};
    static const struct step offer[] = {{0, OFFER_WRITE, 0, 5000}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 2000,
                                      .burst = 2000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 5,
                                      .steps = offer,
                                      .step_count = COUNT(offer),
                                      .filters = &filter,
                                      .filter_count = 1,
                                      .filter_high = HIGH_BYTES};
    struct outcome outcome;

    for (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_SOCKET; t++) {
        fixture_run(&scenario, (enum shaper_transport)t, &outcome);
        assert_int_equal(outcome.grants[0].bytes, 700);
        assert_int_equal(outcome.grants[1].bytes, 700);
        assert_int_equal(outcome.grants[2].bytes, 600);
        assert_int_equal(outcome.grants[3].bytes, 100); /* what was left in the output */
        assert_int_equal(outcome.grants[4].bytes, 700);
        assert_int_equal(outcome.max_charge[SHAPER_WRITE][0], 700);
        assert_int_equal(outcome.bytes[SHAPER_WRITE][0][0], 1960);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 5000);
    }
}

/* A pair's flush moves all that waits, and nothing says then that there is room: what waits above
 * the mark must go with it, whatever the flush itself makes. A socket ignores it. */
static void a_flush_passes_the_mark(void **state)
{
    (void)state;
    static const struct step offer[] = {{0, OFFER_WRITE, 0, 5000}, {0, CLOSE, 0, 0}};
    static const enum shaper_flush flushes[] = {SHAPER_FLUSH_FLUSH, SHAPER_FLUSH_FINISHED};
    static struct outcome outcome;

    for (size_t f = 0; f < COUNT(filters) * COUNT(flushes); f++)
        for (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_TLS; t++) {
            struct scenario scenario = scenario_with(filters[f / COUNT(flushes)], HIGH_BYTES);
            scenario.flush = flushes[f % COUNT(flushes)];
            scenario.flows = 1;
            scenario.steps = offer;
            scenario.step_count = COUNT(offer);
            fixture_run(&scenario, (enum shaper_transport)t, &outcome);
            assert_int_equal(outcome.backlog[SHAPER_WRITE][0], 0);
            assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 5000);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mark_is_never_passed),
        cmocka_unit_test(each_write_carries_what_fits_the_mark),
        cmocka_unit_test(a_flush_passes_the_mark),
    };

    return cmocka_run_group_tests_name("filter_high", tests, NULL, NULL);
}
