#include "shaper/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum shaper_transport transports[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET};

/* --- one flow ------------------------------------------------------------------------------- */

static const struct {
    int64_t rate, burst, per_flow_rate, per_flow_burst;
    int64_t at_us;
    size_t offered;
    uint64_t ticks[9];
} limit_rows[] = {
    /* a bucket starts with one tick's worth */
    {1000, 1000, 0, 0, 0, 3500, {1000, 1000, 1000, 500}},
    {1000, 3000, 0, 0, 0, 3500, {1000, 1000, 1000, 500}},
    /* in the middle of a tick; the next one is at its own time */
    {1000, 1000, 0, 0, 5001, 2500, {1000, 1000, 500}},
    {1000, 1000, 0, 0, 9999, 2500, {1000, 1000, 500}},
    /* at the instant of a refill, which comes first; nothing was kept: burst == rate */
    {1000, 1000, 0, 0, 20000, 2500, {0, 0, 1000, 1000, 500}},
    /* burst: 1000 + 2 * 1000 = 3000, then 3000 at most */
    {1000, 3000, 0, 0, 25000, 5500, {0, 0, 3000, 1000, 1000, 500}},
    {1000, 3000, 0, 0, 40000, 5500, {0, 0, 0, 0, 3000, 1000, 1000, 500}},
    {1000, 2500, 0, 0, 20000, 5500, {0, 0, 2500, 1000, 1000, 1000}},
    /* what is left of a burst stays: 3000 - 1200 + 1000 = 2800 */
    {1000, 3000, 0, 0, 20000, 1200, {0, 0, 1200}},
    /* only a per-flow limit */
    {0, 0, 700, 700, 0, 2000, {700, 700, 600}},
    {0, 0, 700, 700, 5001, 2000, {700, 700, 600}},
    {0, 0, 700, 1500, 40000, 3000, {0, 0, 0, 0, 1500, 700, 700, 100}},
    /* own below the group, and above it */
    {1000, 1000, 700, 700, 0, 2000, {700, 700, 600}},
    {500, 500, 700, 700, 0, 1800, {500, 500, 500, 300}},
    /* own 700 a tick while the group's burst lasts:
       2000 - 700 + 500 = 1800, 1600, 1400 at the starts of ticks 4, 5, 6 */
    {500, 2000, 700, 700, 30000, 2800, {0, 0, 0, 700, 700, 700, 700}},
    /* own burst 1600 against the group's 1000 + 500 a tick: 1000, then 500 */
    {500, 1000, 800, 1600, 30000, 2500, {0, 0, 0, 1000, 500, 500, 500}},
    /* nothing limits */
    {0, 0, 0, 0, 12345, 1000000, {0, 1000000}},
    {2147483647, 2147483647, 0, 0, 12345, 1000000, {0, 1000000}},
    /* one byte, none, a byte a tick */
    {1000, 1000, 0, 0, 0, 1, {1}},
    {1000, 1000, 700, 700, 0, 0, {0}},
    {1, 1, 0, 0, 0, 4, {1, 1, 1, 1}},
    {0, 0, 1, 1, 0, 4, {1, 1, 1, 1}},
    {1, 1, 1, 1, 0, 4, {1, 1, 1, 1}},
    /* around the 64 KiB in which bytes are handed over, and far above */
    {65536, 65536, 0, 0, 0, 65535, {65535}},
    {65536, 65536, 0, 0, 0, 65536, {65536}},
    {65536, 65536, 0, 0, 0, 65537, {65536, 1}},
    {100000, 300000, 0, 0, 30000, 450000, {0, 0, 0, 300000, 100000, 50000}},
    {0, 0, 200000, 200000, 0, 450000, {200000, 200000, 50000}},
};

static void one_flow_keeps_to_its_limits(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(limit_rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                struct step step = {.at_us = limit_rows[i].at_us,
                                    .kind = d == SHAPER_READ ? OFFER_READ : OFFER_WRITE,
                                    .bytes = limit_rows[i].offered};
                struct scenario scenario = {.rate = limit_rows[i].rate,
                                            .burst = limit_rows[i].burst,
                                            .min_share = 64,
                                            .per_flow_rate = limit_rows[i].per_flow_rate,
                                            .per_flow_burst = limit_rows[i].per_flow_burst,
                                            .flows = 1,
                                            .ticks = 9,
                                            .steps = &step,
                                            .step_count = 1};
                struct outcome outcome;
                fixture_run(&scenario, transports[t], &outcome);
                for (int tick = 0; tick < 9; tick++) {
                    if (outcome.bytes[d][0][tick] != limit_rows[i].ticks[tick])
                        print_error("row %zu, transport %zu, direction %d, tick %d\n", i, t, d,
                                    tick);
                    assert_int_equal(outcome.bytes[d][0][tick], limit_rows[i].ticks[tick]);
                    assert_int_equal(outcome.bytes[1 - d][0][tick], 0);
                }
                assert_int_equal(outcome.backlog[d][0], 0);
                assert_int_equal(outcome.total[d], limit_rows[i].rate ? limit_rows[i].offered : 0);
                assert_int_equal(outcome.total[1 - d], 0);
            }
}

static void directions_do_not_mix(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_READ, 0, 2500}, {0, OFFER_WRITE, 0, 1500}, {31000, OFFER_WRITE, 0, 1100}};
    static const uint64_t read[] = {1000, 1000, 500, 0, 0}, written[] = {1000, 500, 0, 1000, 100};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 5,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 5; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_READ][0][tick], read[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], written[tick]);
        }
    }
}

/* Two flows share 1000 B: 500, 250, 125, 64, ... for each in turn. Deliveries are reported with
 * each grant, or once for the whole instant; for a closed flow, before it leaves. */
static void deliveries_at_one_time_can_be_reported_in_one_call(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_READ, 0, 2500},
                                        {0, OFFER_WRITE, 0, 1500},
                                        {0, OFFER_READ, 1, 2500},
                                        {0, CLOSE, 1, 0},
                                        {0, OFFER_WRITE, 1, 1500}};
    struct scenario scenario = {.rate = 1000,
                                .burst = 1000,
                                .min_share = 64,
                                .flows = 2,
                                .ticks = 9,
                                .steps = steps,
                                .step_count = COUNT(steps)};
    struct outcome each, sum;

    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &each);
    scenario.sums_deliveries = true;
    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &sum);
    assert_memory_equal(each.bytes, sum.bytes, sizeof(each.bytes));
    assert_memory_equal(each.grants, sum.grants, sizeof(each.grants));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int flow = 0; flow < 2; flow++) {
            uint64_t ticks = 0;
            for (int tick = 0; tick < 9; tick++)
                ticks += sum.bytes[d][flow][tick] > 0;
            assert_true(each.deliveries[d][flow] > ticks);
            if (d == SHAPER_READ) /* the peer may read what was granted in one piece */
                assert_int_equal(each.deliveries[d][flow], each.charges[d][flow]);
            assert_int_equal(sum.deliveries[d][flow], ticks);
        }
}

static void per_flow_level_is_what_the_flow_has_left(void **state)
{
    (void)state;
    static const struct step steps[] = {{20000, OFFER_WRITE, 0, 1200}, {45000, OFFER_READ, 0, 300}};
    /* 700, 1400, 1500 - 1200 = 300, 1000, 1500, 1500; read: 700, 1400, 1500, 1500, 1500 - 300 */
    static const int64_t written[] = {700, 1400, 300, 1000, 1500, 1500};
    static const int64_t read[] = {700, 1400, 1500, 1500, 1200, 1500};
    const struct scenario scenario = {.per_flow_rate = 700,
                                      .per_flow_burst = 1500,
                                      .flows = 1,
                                      .ticks = 6,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 6; tick++) {
            assert_int_equal(outcome.per_flow_level[SHAPER_WRITE][tick], written[tick]);
            assert_int_equal(outcome.per_flow_level[SHAPER_READ][tick], read[tick]);
        }
    }
}

/* --- several flows ---------------------------------------------------------------------------- */

/* rate 100, burst 200, min-share 64, three flows: each grant is 64 bytes (100 / 3 is less), while
 * the level is above 0; the group is released at 64 or more. */
static void deficit_is_at_most_min_share_less_one(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        int64_t level_after;
    } ticks[] = {
        {128, -28},             /* 100 - 2 * 64 */
        {128, -56},             /* 72 - 2 * 64 */
        {0, 44},                /* below 64: stays suspended */
        {192, -48},             /* 144 - 3 * 64 */
        {0, 52},    {192, -40}, /* 152 - 3 * 64 */
        {0, 60},    {192, -32}, /* 160 - 3 * 64 */
        {128, -60},             /* 68 - 2 * 64 */
        {0, 40},    {192, -52}, /* 140 - 3 * 64 */
    };

    for (size_t t = 0; t < COUNT(transports); t++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            struct step steps[3];
            const struct scenario scenario = {.rate = 100,
                                              .burst = 200,
                                              .min_share = 64,
                                              .flows = 3,
                                              .ticks = (int)COUNT(ticks),
                                              .steps = steps,
                                              .step_count = 3};
            struct outcome outcome;
            steps_offer_at_once(steps, 3, d == SHAPER_READ ? OFFER_READ : OFFER_WRITE, 5000);
            fixture_run(&scenario, transports[t], &outcome);
            for (int tick = 0; tick < (int)COUNT(ticks); tick++) {
                assert_int_equal(outcome_tick_sum(&outcome, (enum shaper_direction)d, tick),
                                 ticks[tick].bytes);
                assert_int_equal(outcome.level[d][tick], ticks[tick].level_after);
            }
        }
}

/* burst == rate == 100 with a min-share of 64 throws tokens away (limit.h): after a tick that ends
 * at -56 the group waits at 44, and 144 is cut to 100. */
static void lost_tokens_are_lost(void **state)
{
    (void)state;
    static const uint64_t ticks[] = {128, 128, 0, 128, 128, 0, 128, 128, 0};
    struct step steps[3];
    const struct scenario scenario = {.rate = 100,
                                      .burst = 100,
                                      .min_share = 64,
                                      .flows = 3,
                                      .ticks = (int)COUNT(ticks),
                                      .steps = steps,
                                      .step_count = 3};
    struct outcome outcome;

    steps_offer_at_once(steps, 3, OFFER_WRITE, 5000);
    for (size_t t = 0; t < COUNT(transports); t++) {
        fixture_run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < (int)COUNT(ticks); tick++)
            assert_int_equal(outcome_tick_sum(&outcome, SHAPER_WRITE, tick), ticks[tick]);
    }
}

/* The first tick, in words: the flows are served in turns, each with the level by the number of
 * members, at least min-share, at most what one callback moves, until the level is 0 or less. */
static void serve_first_tick(int flows, int64_t level, int64_t min_share, int64_t most,
                             uint64_t *served, uint64_t *grants)
{
    for (int turn = 0; level > 0; turn++) {
        int64_t share = level / flows > min_share ? level / flows : min_share;
        int64_t grant = share < most ? share : most;
        served[turn % flows] += (uint64_t)grant;
        level -= grant;
        if (turn < flows)
            grants[turn] = (uint64_t)grant;
    }
}

static void shares_fall_from_flow_to_flow(void **state)
{
    (void)state;
    static const struct {
        int flows;
        int64_t rate, min_share;
        uint64_t read_grants[10], write_grants[10]; /* the first of each flow */
    } rows[] = {
        /* 40000 / 10, 36000 / 10, 32400 / 10, ... */
        {10,
         40000,
         64,
         {4000, 3600, 3240, 2916, 2624, 2362, 2125, 1913, 1722, 1549},
         {4000, 3600, 3240, 2916, 2624, 2362, 2125, 1913, 1722, 1549}},
        /* 1000 / 4, 750 / 4, 563 / 4, 423 / 4 */
        {4, 1000, 64, {250, 187, 140, 105}, {250, 187, 140, 105}},
        /* min-share lifts: 120 left after 880, and 157 flows of 64 in a tick of 10,000 would fit */
        {5, 1000, 200, {200, 200, 200, 200, 200}, {200, 200, 200, 200, 200}},
        /* one read callback moves 4096, whatever min-share says; a write 10000 */
        {2, 10000, 10000, {4096, 4096}, {10000}},
        /* one write callback moves 16384: 20000, 3616 left */
        {2, 20000, 20000, {4096, 4096}, {16384, 16384}},
        /* 100000 / 2 is more than one callback moves */
        {2, 100000, 64, {4096, 4096}, {16384, 16384}},
        {3, 300000, 1, {4096, 4096, 4096}, {16384, 16384, 16384}},
        {1, 5000, 64, {4096}, {5000}},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                struct step steps[10];
                const struct scenario scenario = {.rate = rows[i].rate,
                                                  .burst = rows[i].rate,
                                                  .min_share = rows[i].min_share,
                                                  .flows = rows[i].flows,
                                                  .ticks = 1,
                                                  .steps = steps,
                                                  .step_count = (size_t)rows[i].flows};
                struct outcome outcome;
                uint64_t served[10] = {0}, grants[10] = {0};
                const uint64_t *expected =
                    d == SHAPER_READ ? rows[i].read_grants : rows[i].write_grants;
                steps_offer_at_once(steps, rows[i].flows,
                                    d == SHAPER_READ ? OFFER_READ : OFFER_WRITE, 400000);
                serve_first_tick(rows[i].flows, rows[i].rate, rows[i].min_share,
                                 d == SHAPER_READ ? 4096 : 16384, served, grants);
                assert_memory_equal(grants, expected, sizeof(grants));
                fixture_run(&scenario, transports[t], &outcome);
                for (int flow = 0; flow < rows[i].flows; flow++)
                    assert_int_equal(outcome.bytes[d][flow][0], served[flow]);
            }
}

/* Two members, the second comes at 30 ms: 1000 / 2 = 500 and 250, 125 and 64, 64:
 * 500 + 125 + 64 = 689 and 250 + 64 = 314, level -3. Alone again, the first has all of a tick. */
static void members_join_and_leave_in_mid_run(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 2000},     {30000, JOIN, 1, 0},  {30000, OFFER_WRITE, 0, 689},
        {30000, OFFER_WRITE, 1, 1311}, {40000, CLOSE, 1, 0}, {70000, OFFER_WRITE, 0, 1500},
    };
    /* 1000 - 3 = 997 left for the second in tick 4; it has offered 314 + 997 = 1311 */
    static const uint64_t first[] = {1000, 1000, 0, 689, 0, 0, 0, 1000, 500};
    static const uint64_t second[] = {0, 0, 0, 314, 997, 0, 0, 0, 0};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 9,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 9; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], first[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][1][tick], second[tick]);
        }
        assert_string_equal(outcome.log, "1 leaves 40000, 1 is closed 40000, ");
    }
}

/* --- the end of a flow ------------------------------------------------------------------------ */

static const struct {
    struct step steps[4];
    size_t step_count;
    const char *log;
    uint64_t bytes;
} closing_rows[] = {
    /* 2500 bytes: the last 500 leave in tick 2 */
    {{{0, OFFER_WRITE, 0, 2500}, {5000, CLOSE, 0, 0}},
     2,
     "0 leaves 20000, 0 is closed 20000, ",
     2500},
    /* at the instant of the offer */
    {{{1000, OFFER_WRITE, 0, 900}, {1000, CLOSE, 0, 0}},
     2,
     "0 leaves 1000, 0 is closed 1000, ",
     900},
    /* without a backlog, before and after any byte */
    {{{7000, CLOSE, 0, 0}}, 1, "0 leaves 7000, 0 is closed 7000, ", 0},
    {{{0, OFFER_WRITE, 0, 2500}, {33333, CLOSE, 0, 0}},
     2,
     "0 leaves 33333, 0 is closed 33333, ",
     2500},
    /* twice is once */
    {{{0, OFFER_WRITE, 0, 1001}, {0, CLOSE, 0, 0}, {3000, CLOSE, 0, 0}},
     3,
     "0 leaves 10000, 0 is closed 10000, ",
     1001},
    /* more is offered after the close */
    {{{0, CLOSE, 0, 0}, {0, OFFER_WRITE, 0, 1500}}, 2, "0 leaves 10000, 0 is closed 10000, ", 1500},
    {{{0, OFFER_WRITE, 0, 1500}, {0, CLOSE, 0, 0}, {6000, OFFER_WRITE, 0, 1500}},
     3,
     "0 leaves 20000, 0 is closed 20000, ",
     3000},
    /* two flows at one instant, in the order of closing (a second one is there for this row) */
    {{{100, OFFER_WRITE, 0, 10}, {100, CLOSE, 1, 0}, {100, CLOSE, 0, 0}},
     3,
     "1 leaves 100, 0 leaves 100, 1 is closed 100, 0 is closed 100, ",
     10},
};

static void closing_drains_first(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(closing_rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++) {
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 1 + (closing_rows[i].steps[1].flow == 1),
                                              .ticks = 6,
                                              .steps = closing_rows[i].steps,
                                              .step_count = closing_rows[i].step_count};
            struct outcome outcome;
            fixture_run(&scenario, transports[t], &outcome);
            if (strcmp(outcome.log, closing_rows[i].log) != 0)
                print_error("row %zu, transport %zu\n", i, t);
            assert_string_equal(outcome.log, closing_rows[i].log);
            assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), closing_rows[i].bytes);
        }
}

static void closing_drains_both_directions(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_READ, 0, 3500}, {0, OFFER_WRITE, 0, 1500}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .per_flow_rate = 1000,
                                      .per_flow_burst = 2000,
                                      .flows = 1,
                                      .ticks = 6,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        assert_string_equal(outcome.log, "0 leaves 30000, 0 is closed 30000, ");
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, 0), 3500);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 1500);
    }
}

/* Freed with a backlog, before anything moved and in the middle: no callback, no leak, and the
 * other members have the group to themselves. */
static void freeing_at_once_drops_the_backlog(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 5000}, {0, OFFER_READ, 0, 5000},
                                        {0, OFFER_WRITE, 1, 5000}, {0, FREE, 0, 0},
                                        {25000, FREE, 1, 0},       {25000, OFFER_WRITE, 2, 1500},
                                        {25000, CLOSE, 3, 0},      {45000, OFFER_READ, 2, 1500}};
    static const uint64_t second[] = {1000, 1000, 1000, 0, 0, 0, 0};
    static const uint64_t third[] = {0, 0, 0, 1000, 500, 0, 0};
    static const uint64_t third_read[] = {0, 0, 0, 0, 1000, 500, 0};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 1,
                                      .per_flow_rate = 5000,
                                      .per_flow_burst = 5000,
                                      .flows = 4,
                                      .ticks = 7,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 0);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, 0), 0);
        for (int tick = 0; tick < 7; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_WRITE][1][tick], second[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][2][tick], third[tick]);
            assert_int_equal(outcome.bytes[SHAPER_READ][2][tick], third_read[tick]);
        }
        assert_string_equal(outcome.log, "3 leaves 25000, 3 is closed 25000, ");
    }
}

static void what_is_left_in_the_end_is_backlog(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 100000}, {0, OFFER_READ, 0, 70001}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 5,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        fixture_run(&scenario, transports[t], &outcome);
        assert_int_equal(outcome.backlog[SHAPER_WRITE][0], 95000);
        assert_int_equal(outcome.backlog[SHAPER_READ][0], 65001);
        assert_string_equal(outcome.log, "");
    }
}

/* min-share 0 on sockets: 2 bytes among three members are 0 each, libevent reads 0 bytes and takes
 * that for an end of file. */
static void min_share_0_breaks_sockets(void **state)
{
    (void)state;
    struct step steps[3];
    const struct scenario scenario = {.rate = 2,
                                      .burst = 2,
                                      .min_share = 0,
                                      .flows = 3,
                                      .ticks = 3,
                                      .steps = steps,
                                      .step_count = 3};
    struct outcome outcome;

    steps_offer_at_once(steps, 3, OFFER_READ, 10);
    fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &outcome);
    assert_string_equal(outcome.log,
                        "0 breaks 0, 1 breaks 0, 2 breaks 0, 0 leaves 0, 0 is closed 0, "
                        "1 leaves 0, 1 is closed 0, 2 leaves 0, 2 is closed 0, ");
    for (int flow = 0; flow < 3; flow++)
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, flow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_flow_keeps_to_its_limits),
        cmocka_unit_test(directions_do_not_mix),
        cmocka_unit_test(deliveries_at_one_time_can_be_reported_in_one_call),
        cmocka_unit_test(per_flow_level_is_what_the_flow_has_left),
        cmocka_unit_test(deficit_is_at_most_min_share_less_one),
        cmocka_unit_test(lost_tokens_are_lost),
        cmocka_unit_test(shares_fall_from_flow_to_flow),
        cmocka_unit_test(members_join_and_leave_in_mid_run),
        cmocka_unit_test(closing_drains_first),
        cmocka_unit_test(closing_drains_both_directions),
        cmocka_unit_test(freeing_at_once_drops_the_backlog),
        cmocka_unit_test(what_is_left_in_the_end_is_backlog),
        cmocka_unit_test(min_share_0_breaks_sockets),
    };

    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
