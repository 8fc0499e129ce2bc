#include "shaper/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/buffer.h>

#include "tests/shaper/fixture.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define BLOCK_BYTES   100
#define ANY_TRANSPORT (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_TLS; t++)

/* What the callbacks were called for; the sums are over both directions. */
struct calls {
    int in, out, ends, losses; /* losses: ends without `to` */
    size_t lost_bytes;         /* in `from` then */
    int states;                /* allocated and not freed */
    int fails_at;              /* this call of `in` fails; 0: none does */
    int fails_out_at;
    int surplus_bytes; /* which `out` adds */
};

static void take_state(struct shaper_hook_stream *stream)
{
    struct calls *calls = stream->arg;

    if (stream->state)
        return;
    stream->state = malloc(1);
    assert_non_null(stream->state);
    calls->states++;
}

/* A byte that gives the length before each block. */
static void add_block(struct evbuffer *from, struct evbuffer *to, size_t bytes)
{
    const unsigned char length = (unsigned char)bytes;

    evbuffer_add(to, &length, 1);
    assert_int_equal(evbuffer_remove_buffer(from, to, bytes), bytes);
}

static int blocks_in(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    struct calls *calls = stream->arg;

    assert_true(stream->is_sender);
    take_state(stream);
    if (++calls->in == calls->fails_at)
        return -1;
    while (evbuffer_get_length(from) >= BLOCK_BYTES)
        add_block(from, to, BLOCK_BYTES);
    return 0;
}

static int blocks_out(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    struct calls *calls = stream->arg;
    unsigned char length;

    assert_false(stream->is_sender);
    take_state(stream);
    if (++calls->out == calls->fails_out_at)
        return -1;
    while (evbuffer_copyout(from, &length, 1) == 1 && evbuffer_get_length(from) > length) {
        evbuffer_drain(from, 1);
        assert_int_equal(evbuffer_remove_buffer(from, to, length), length);
    }
    for (int i = 0; i < calls->surplus_bytes; i++)
        evbuffer_add(to, "", 1);
    return 0;
}

static int blocks_end(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    struct calls *calls = stream->arg;
    size_t left = evbuffer_get_length(from);

    assert_non_null(stream->state); /* once for each */
    free(stream->state);
    calls->states--;
    if (!to) {
        calls->losses++;
        calls->lost_bytes += left;
        return 0;
    }
    assert_true(stream->is_sender);
    calls->ends++;
    if (left > 0)
        add_block(from, to, left);
    return 0;
}

static void run(const struct scenario *scenario, int transport, struct calls *calls,
                struct outcome *outcome)
{
    const struct shaper_filter_hook hook = {blocks_in, blocks_out, blocks_end, calls};
    const struct shaper_filter filter = {.kind = SHAPER_FILTER_HOOK, .hook = &hook};
    struct scenario hooked = *scenario;

    hooked.filters = &filter;
    hooked.filter_count = 1;
    hooked.payload = PAYLOAD_RANDOM;
    fixture_run(&hooked, (enum shaper_transport)transport, outcome);
    assert_int_equal(calls->states, 0);
}

/* 130 and 120 bytes are two blocks and, at the end, one of 50: 253 bytes on the wire. */
static const struct step two_writes[] = {{0, OFFER_WRITE, 0, 130},    {0, OFFER_READ, 0, 130},
                                         {0, OFFER_WRITE, 0, 120},    {0, OFFER_READ, 0, 120},
                                         {15000, OFFER_WRITE, 0, 50}, {15000, CLOSE, 0, 0}};

static struct scenario scenario_of(const struct step *steps, size_t count)
{
    return (struct scenario){.rate = 100,
                             .burst = 100,
                             .min_share = 10,
                             .flows = 1,
                             .ticks = 30,
                             .steps = steps,
                             .step_count = count};
}

/* Written: 250 by the first tick, of which 50 are held until 50 more make a block. Read: 50 are
 * held until the end. */
static void what_is_held_passes_at_the_end(void **state)
{
    (void)state;
    static const enum shaper_flush flushes[] = {SHAPER_FLUSH_NONE, SHAPER_FLUSH_FLUSH,
                                                SHAPER_FLUSH_FINISHED};
    struct scenario scenario = scenario_of(two_writes, COUNT(two_writes));

    for (size_t f = 0; f < COUNT(flushes); f++)
        for
            ANY_TRANSPORT
            {
                struct calls calls = {0};
                struct outcome outcome;
                scenario.flush = flushes[f];
                run(&scenario, t, &calls, &outcome);
                for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                    const struct shaper_filter_counts *counts = &outcome.filters[d][0];
                    uint64_t bytes = d == SHAPER_WRITE ? 300 : 250;
                    assert_int_equal(counts->sent_before_bytes, bytes);
                    assert_int_equal(counts->sent_after_bytes, bytes + 3);
                    assert_int_equal(counts->received_before_bytes, bytes + 3);
                    assert_int_equal(counts->received_after_bytes, bytes);
                    assert_int_equal(counts->received_crc32, outcome.offered_crc32[d]);
                    assert_int_equal(outcome_flow_sum(&outcome, (enum shaper_direction)d, 0),
                                     bytes);
                }
                assert_int_equal(calls.in, 5);
                assert_int_equal(calls.ends, 2);
                assert_int_equal(calls.losses, 2); /* of the receiving halves */
                assert_int_equal(calls.lost_bytes, 0);
            }
}

static void a_pair_with_a_hook_is_limited_like_a_socket(void **state)
{
    (void)state;
    const struct scenario scenario = scenario_of(two_writes, COUNT(two_writes));
    struct calls calls[2] = {{0}, {0}};
    struct outcome pair, socket;

    run(&scenario, SHAPER_TRANSPORT_PAIR, &calls[0], &pair);
    run(&scenario, SHAPER_TRANSPORT_SOCKET, &calls[1], &socket);
    assert_memory_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
    assert_memory_equal(pair.charged, socket.charged, sizeof(pair.charged));
    assert_memory_equal(pair.level, socket.level, sizeof(pair.level));
    assert_string_equal(pair.log, socket.log);
    assert_memory_equal(&calls[0], &calls[1], sizeof(calls[0]));
    assert_int_equal(pair.charged[SHAPER_WRITE][0][0], 100); /* of 202 on the wire */
    assert_int_equal(pair.bytes[SHAPER_WRITE][0][0], 0);     /* no whole block */
    assert_int_equal(pair.bytes[SHAPER_WRITE][0][1], 100);
}

/* A free, and a close that flushes nothing: 50 bytes are lost, or held for ever. */
static void what_is_held_is_lost_without_an_end(void **state)
{
    (void)state;
    static const struct step freed[] = {{0, OFFER_WRITE, 0, 150}, {35000, FREE, 0, 0}};
    static const struct step closed[] = {{0, OFFER_WRITE, 0, 150}, {0, CLOSE, 0, 0}};

    for
        ANY_TRANSPORT
        {
            struct calls calls = {0}, kept = {0};
            struct outcome outcome;
            struct scenario scenario = scenario_of(freed, COUNT(freed));
            run(&scenario, t, &calls, &outcome);
            assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0),
                             t == SHAPER_TRANSPORT_TLS ? 0 : 100);
            assert_int_equal(calls.ends, 0);
            assert_int_equal(calls.losses, t == SHAPER_TRANSPORT_TLS ? 1 : 2);
            assert_int_equal(calls.lost_bytes, 50);
            scenario = scenario_of(closed, COUNT(closed));
            scenario.flush = SHAPER_FLUSH_NORMAL;
            run(&scenario, t, &kept, &outcome);
            assert_int_equal(outcome.backlog[SHAPER_WRITE][0], 50);
            assert_int_equal(kept.ends, 0);
            assert_int_equal(kept.lost_bytes, 50);
        }
}

static void an_unused_half_sees_no_end(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, CLOSE, 0, 0}};
    const struct scenario scenario = scenario_of(steps, COUNT(steps));

    for
        ANY_TRANSPORT
        {
            struct calls calls = {0};
            struct outcome outcome;
            run(&scenario, t, &calls, &outcome);
            assert_int_equal(calls.in + calls.out + calls.ends + calls.losses, 0);
        }
}

static void bytes_after_the_end_are_another_stream(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 130}, {0, CLOSE, 0, 0}, {5000, OFFER_WRITE, 0, 120}};
    const struct scenario scenario = scenario_of(steps, COUNT(steps));

    for
        ANY_TRANSPORT
        {
            struct calls calls = {0};
            struct outcome outcome;
            run(&scenario, t, &calls, &outcome);
            assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 250);
            assert_int_equal(calls.in, 2);
            assert_int_equal(calls.ends, 2);
        }
}

static void a_callback_that_fails_breaks_the_channel(void **state)
{
    (void)state;
    static const struct step steps[] = {{5000, OFFER_WRITE, 0, 100}, {15000, OFFER_WRITE, 0, 10}};
    static const struct {
        struct calls calls;
        const char *log;
    } rows[] = {
        {{.fails_at = 1}, "0 breaks 5000, 0 leaves 5000, 0 is closed 5000, "},
        {{.fails_out_at = 1}, "0 breaks 5000, 0 leaves 5000, 0 is closed 5000, "},
        {{.surplus_bytes = 1}, "0 breaks 5000, 0 leaves 5000, 0 is closed 5000, "},
    };
    struct scenario scenario = scenario_of(steps, 1);

    scenario.rate = scenario.burst = 10000;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int t = SHAPER_TRANSPORT_PAIR; t <= SHAPER_TRANSPORT_SOCKET; t++) {
            struct calls calls = rows[i].calls;
            struct outcome outcome;
            run(&scenario, t, &calls, &outcome);
            assert_string_equal(outcome.log, rows[i].log);
            assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 0);
            assert_int_equal(calls.in, 1);
            assert_int_equal(calls.out, rows[i].calls.fails_at ? 0 : 1);
        }
}

static void a_hook_needs_both_its_ways(void **state)
{
    (void)state;
    static const struct shaper_filter_hook whole = {.in = blocks_in, .out = blocks_out};
    static const struct shaper_filter_hook no_in = {.out = blocks_out};
    static const struct shaper_filter_hook no_out = {.in = blocks_in};
    static const struct shaper_filter_hook *const bad[] = {NULL, &no_in, &no_out};
    struct shaper_filter filter = {.kind = SHAPER_FILTER_HOOK, .hook = &whole};
    char error[SHAPER_ERROR_BYTES];

    assert_int_equal(shaper_filter_check(&filter, error), SHAPER_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        filter.hook = bad[i];
        assert_int_equal(shaper_filter_check(&filter, error), SHAPER_ERROR_LIMIT);
        assert_string_equal(error, "a hook needs both its callbacks `in` and `out`");
    }
    assert_string_equal(shaper_filter_name(SHAPER_FILTER_HOOK), "hook");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_passes_at_the_end),
        cmocka_unit_test(a_pair_with_a_hook_is_limited_like_a_socket),
        cmocka_unit_test(what_is_held_is_lost_without_an_end),
        cmocka_unit_test(an_unused_half_sees_no_end),
        cmocka_unit_test(bytes_after_the_end_are_another_stream),
        cmocka_unit_test(a_callback_that_fails_breaks_the_channel),
        cmocka_unit_test(a_hook_needs_both_its_ways),
    };

    return cmocka_run_group_tests_name("filter_hook", tests, NULL, NULL);
}
