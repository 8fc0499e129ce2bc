#include "shaper/scheduler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A_LOT        1000000

static const enum shaper_scheduler ours[] = {SHAPER_SCHEDULER_ACTIVE_SHARE,
                                             SHAPER_SCHEDULER_SHUFFLE, SHAPER_SCHEDULER_ROUND_ROBIN,
                                             SHAPER_SCHEDULER_DRR, SHAPER_SCHEDULER_SFQ};

static struct outcome outcome; /* large */
static struct step steps[FLOWS_MAX * TICKS_MAX];

static void run(struct scenario scenario, size_t step_count)
{
    scenario.steps = steps;
    scenario.step_count = step_count;
    if (scenario.seed == 0)
        scenario.seed = 1;
    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &outcome);
}

static void expect_tick(int tick, size_t flows, const uint64_t *expected)
{
    for (size_t i = 0; i < flows; i++)
        assert_int_equal(outcome.bytes[SHAPER_WRITE][i][tick], expected[i]);
}

/* --- one tick and the next, by hand -------------------------------------------------------- */

/* 1000 B a tick, min-share 64, five members of which the last is idle. */
static void equal_backlogs(enum shaper_scheduler scheduler, int ticks)
{
    steps_offer_at_once(steps, 4, OFFER_WRITE, 20000);
    run((struct scenario){.rate = 1000,
                          .burst = 1000,
                          .min_share = 64,
                          .flows = 5,
                          .ticks = ticks,
                          .scheduler = scheduler},
        4);
}

/* Levels 1000, 750, 563, 423, 318 in quarters, then 239, 175, 111 in min-shares, then 47. */
static void active_share_divides_by_those_that_wait(void **state)
{
    (void)state;
    equal_backlogs(SHAPER_SCHEDULER_ACTIVE_SHARE, 1);
    expect_tick(0, 4, (const uint64_t[]){250 + 79 + 47, 187 + 64, 140 + 64, 105 + 64});
}

/* Levels 1000, 800, 640, 512, 410, 328 in fifths, then min-shares from 263 on, then 7. */
static void round_robin_continues_where_it_stopped(void **state)
{
    (void)state;
    equal_backlogs(SHAPER_SCHEDULER_ROUND_ROBIN, 2);
    const uint64_t parts[] = {200 + 82 + 64, 160 + 65 + 64, 128 + 64 + 7, 102 + 64};
    expect_tick(0, 4, parts);
    expect_tick(1, 4, (const uint64_t[]){parts[1], parts[2], parts[3], parts[0]});
}

/* Three rounds of 4 x 64, and 64, 64, 64, 40: the visit that is cut off continues with 24. */
static void drr_finishes_the_visit_that_a_tick_cut(void **state)
{
    (void)state;
    equal_backlogs(SHAPER_SCHEDULER_DRR, 2);
    expect_tick(0, 4, (const uint64_t[]){256, 256, 256, 192 + 40});
    expect_tick(1, 4, (const uint64_t[]){256, 256, 256, 24 + 192 + 16});
}

/* The same rounds; the member that got 40 has the smallest tag and is first in the next tick. */
static void sfq_takes_the_smallest_start_tag(void **state)
{
    (void)state;
    equal_backlogs(SHAPER_SCHEDULER_SFQ, 2);
    expect_tick(0, 4, (const uint64_t[]){256, 256, 256, 232});
    expect_tick(1, 4, (const uint64_t[]){256, 256, 232, 256});
}

/* Round robin's parts, dealt out in every one of the 24 orders. */
static void shuffle_takes_every_order(void **state)
{
    const uint64_t parts[] = {346, 289, 199, 166};
    bool seen[256] = {false};
    int orders = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        steps_offer_at_once(steps, 4, OFFER_WRITE, A_LOT);
        run((struct scenario){.rate = 1000,
                              .burst = 1000,
                              .min_share = 64,
                              .flows = 5,
                              .ticks = TICKS_MAX - 1,
                              .seed = seed,
                              .scheduler = SHAPER_SCHEDULER_SHUFFLE},
            4);
        expect_tick(0, 4, parts); /* nothing was released yet */
        for (int tick = 1; tick < TICKS_MAX - 1; tick++) {
            unsigned order = 0, places = 0;
            for (int flow = 0; flow < 4; flow++)
                for (unsigned place = 0; place < 4; place++)
                    if (outcome.bytes[SHAPER_WRITE][flow][tick] == parts[place]) {
                        order = order * 4 + place;
                        places |= 1u << place;
                    }
            assert_int_equal(places, 15);
            orders += !seen[order];
            seen[order] = true;
        }
    }
    assert_int_equal(orders, 24);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    static struct outcome before;

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        equal_backlogs(ours[i], 30);
        before = outcome;
        equal_backlogs(ours[i], 30);
        assert_memory_equal(before.bytes, outcome.bytes, sizeof(outcome.bytes));
        assert_memory_equal(before.grants, outcome.grants, sizeof(outcome.grants));
    }
}

/* --- deficit round robin ------------------------------------------------------------------- */

/* tcng's htbquant: three groups of 100 B packets have runs of 125, 250, 20 and 25 packets where
 * the quantum is 12500, 25000, 2000 and 2500 B. */
static void drr_runs_are_the_quantum(void **state)
{
    const int64_t quanta[] = {12500, 25000, 2000, 2500}, packets[] = {125, 250, 20, 25};

    (void)state;
    for (size_t i = 0; i < COUNT(quanta); i++) {
        uint64_t run_bytes = 0;
        int runs = 0;
        steps_offer_at_once(steps, 3, OFFER_WRITE, A_LOT);
        run((struct scenario){.rate = 33333,
                              .burst = 33333,
                              .min_share = quanta[i],
                              .flows = 3,
                              .ticks = 50,
                              .scheduler = SHAPER_SCHEDULER_DRR},
            3);
        assert_true(outcome.grant_count < GRANTS_MAX);
        for (size_t g = 0; g < outcome.grant_count; g++) {
            if (g > 0 && outcome.grants[g].flow != outcome.grants[g - 1].flow) {
                assert_int_equal(run_bytes, packets[i] * 100);
                assert_int_equal(outcome.grants[g].flow, (outcome.grants[g - 1].flow + 1) % 3);
                run_bytes = 0;
                runs++;
            }
            run_bytes += outcome.grants[g].bytes;
        }
        assert_int_equal(runs, (50 * 33333 - 1) / quanta[i]);
    }
}

static void weights_are_shares(void **state)
{
    const enum shaper_scheduler weighted[] = {SHAPER_SCHEDULER_DRR, SHAPER_SCHEDULER_SFQ};

    (void)state;
    for (size_t i = 0; i < COUNT(weighted); i++) {
        steps_offer_at_once(steps, 3, OFFER_WRITE, A_LOT);
        run((struct scenario){.rate = 700,
                              .burst = 700,
                              .min_share = 100,
                              .flows = 3,
                              .ticks = 50,
                              .weights = (const uint32_t[]){1, 2, 4},
                              .scheduler = weighted[i]},
            3);
        for (int tick = 0; tick < 50; tick++)
            expect_tick(tick, 3, (const uint64_t[]){100, 200, 400});
    }
}

/* What is left of a quantum when nothing more waits is forfeit: the first has 30 B and comes back.
 */
static void drr_keeps_no_credit_for_the_idle(void **state)
{
    (void)state;
    steps[0] = (struct step){.kind = OFFER_WRITE, .flow = 0, .bytes = 30};
    steps[1] = (struct step){.kind = OFFER_WRITE, .flow = 1, .bytes = 10000};
    steps[2] =
        (struct step){.at_us = 2 * TICK_US + 1, .kind = OFFER_WRITE, .flow = 0, .bytes = 10000};
    run((struct scenario){.rate = 200,
                          .burst = 200,
                          .min_share = 100,
                          .flows = 2,
                          .ticks = 5,
                          .scheduler = SHAPER_SCHEDULER_DRR},
        3);
    expect_tick(0, 2, (const uint64_t[]){30, 170});
    expect_tick(1, 2, (const uint64_t[]){0, 200});
    expect_tick(2, 2, (const uint64_t[]){0, 200});
    /* 170 and 200 and 200 are 5 visits and 70 B of the sixth. */
    expect_tick(3, 2, (const uint64_t[]){100, 100});
    expect_tick(4, 2, (const uint64_t[]){100, 100});
}

static void late_joiners_get_no_credit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        uint64_t first = 0, late = 0;
        steps_offer_at_once(steps, 3, OFFER_WRITE, A_LOT);
        steps[2].at_us = 20 * TICK_US + 1;
        run((struct scenario){.rate = 300,
                              .burst = 300,
                              .min_share = 100,
                              .flows = 3,
                              .ticks = 50,
                              .scheduler = ours[i]},
            3);
        for (int tick = 21; tick < 50; tick++) {
            first += outcome.bytes[SHAPER_WRITE][0][tick];
            late += outcome.bytes[SHAPER_WRITE][2][tick];
        }
        /* 100 each a tick, but for at most one visit that a tick had cut */
        assert_true(late <= first + 100 && first <= late + 100);
    }
}

/* --- idle members ---------------------------------------------------------------------------- */

/* One of ten members waits. Divided by those that wait: one grant a tick. Divided by all: 100, 90,
 * 81, 72, 65 (of 657), then 9 of 64, then 16. */
static void idle_members_cost_grants(void **state)
{
    const struct {
        enum shaper_scheduler scheduler;
        size_t grants;
    } rows[] = {{SHAPER_SCHEDULER_ACTIVE_SHARE, 1},
                {SHAPER_SCHEDULER_SHUFFLE, 15},
                {SHAPER_SCHEDULER_ROUND_ROBIN, 15},
                {SHAPER_SCHEDULER_DRR, 16},
                {SHAPER_SCHEDULER_SFQ, 16}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        steps_offer_at_once(steps, 1, OFFER_WRITE, 1000);
        run((struct scenario){.rate = 1000,
                              .burst = 1000,
                              .min_share = 64,
                              .flows = 10,
                              .ticks = 1,
                              .scheduler = rows[i].scheduler},
            1);
        assert_int_equal(outcome.bytes[SHAPER_WRITE][0][0], 1000);
        assert_int_equal(outcome.grant_count, rows[i].grants);
    }
}

/* --- with everything else ------------------------------------------------------------------- */

static void per_flow_limits_hold_under_every_scheduler(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        steps_offer_at_once(steps, 4, OFFER_READ, 100000);
        steps_offer_at_once(steps + 4, 4, OFFER_WRITE, 100000);
        run((struct scenario){.rate = 1000,
                              .burst = 1000,
                              .min_share = 64,
                              .per_flow_rate = 100,
                              .per_flow_burst = 100,
                              .flows = 4,
                              .ticks = 20,
                              .scheduler = ours[i]},
            8);
        for (int tick = 0; tick < 20; tick++)
            for (int flow = 0; flow < 4; flow++)
                for (int d = 0; d < SHAPER_DIRECTIONS; d++)
                    assert_int_equal(outcome.bytes[d][flow][tick], 100);
    }
}

static void a_new_rate_counts_from_the_next_refill(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        steps_offer_at_once(steps, 3, OFFER_WRITE, 100000);
        steps[3] = (struct step){.at_us = 5 * TICK_US + 7, .kind = SET_RATE, .bytes = 400};
        steps[4] = (struct step){.at_us = 10 * TICK_US + 7, .kind = SET_RATE, .bytes = 5000};
        run((struct scenario){.rate = 1000,
                              .burst = 1000,
                              .min_share = 64,
                              .flows = 3,
                              .ticks = 15,
                              .scheduler = ours[i]},
            5);
        for (int tick = 0; tick < 15; tick++)
            assert_int_equal(outcome_tick_sum(&outcome, SHAPER_WRITE, tick), tick <= 5    ? 1000
                                                                             : tick <= 10 ? 400
                                                                                          : 5000);
    }
}

static void filters_and_watermarks_keep_what_they_promise(void **state)
{
    const struct shaper_filter filters[] = {
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460}};

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        for (int j = 0; j < 3; j++) {
            steps[j] = (struct step){.kind = OFFER_WRITE, .flow = j, .bytes = 4000};
            steps[j + 3] = (struct step){.kind = OFFER_READ, .flow = j, .bytes = 4000};
            steps[j + 6] = (struct step){.kind = CLOSE, .flow = j};
        }
        run((struct scenario){.rate = 1000,
                              .burst = 1000,
                              .min_share = 64,
                              .flows = 3,
                              .ticks = 40,
                              .filters = filters,
                              .filter_count = 1,
                              .read_high = 300,
                              .scheduler = ours[i]},
            9);
        for (int flow = 0; flow < 3; flow++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                assert_int_equal(outcome_flow_sum(&outcome, (enum shaper_direction)d, flow), 4000);
                assert_int_equal(outcome_charged_sum(&outcome, (enum shaper_direction)d, flow),
                                 4000 + 3 * 40); /* segments of 1460, 1460, 1080 */
            }
        for (size_t g = 0; g < outcome.grant_count; g++)
            assert_true(outcome.grants[g].direction == SHAPER_WRITE ||
                        outcome.grants[g].bytes <= 300);
    }
}

/* --- groups in groups ------------------------------------------------------------------------ */

/* A group of 1000 B a tick above those of `below`, for 30 ticks; flow i is in group places[i].
 * Borrows both for the run. */
static struct scenario nested(enum shaper_scheduler scheduler, int flows, const int *places,
                              const struct below *below, size_t below_count)
{
    return (struct scenario){.rate = 1000,
                             .burst = 1000,
                             .min_share = 64,
                             .flows = flows,
                             .ticks = 30,
                             .below = below,
                             .below_count = below_count,
                             .places = places,
                             .scheduler = scheduler};
}

/* A flow of the top group, one in a group of weight 1, one in a group of weight 3. */
static void siblings_share_by_weight(void **state)
{
    const struct below below[] = {{.rate = 600, .burst = 600, .min_share = 50, .weight = 1},
                                  {.rate = 600, .burst = 600, .min_share = 50, .weight = 3}};
    struct scenario scenario =
        nested(SHAPER_SCHEDULER_DRR, 3, (const int[]){0, 1, 2}, below, COUNT(below));

    (void)state;
    scenario.min_share = 100;
    steps_offer_at_once(steps, 3, OFFER_WRITE, 100000);
    run(scenario, 3);
    for (int tick = 0; tick < 30; tick++)
        expect_tick(tick, 3, (const uint64_t[]){200, 200, 600});
    assert_int_equal(outcome.from_below[SHAPER_WRITE], 30 * 800);
    assert_int_equal(outcome.total[SHAPER_WRITE], 30 * 1000);
}

/* 1000 B above 500 above 300, and what is left above goes to the flow there. */
static void no_group_above_grants_more_than_its_bucket(void **state)
{
    const struct below below[] = {{.rate = 500, .burst = 500, .min_share = 64, .parent = 0},
                                  {.rate = 300, .burst = 300, .min_share = 64, .parent = 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        steps_offer_at_once(steps, 3, OFFER_READ, 100000);
        run(nested(ours[i], 3, (const int[]){2, 1, 0}, below, COUNT(below)), 3);
        uint64_t in_two = outcome_flow_sum(&outcome, SHAPER_READ, 0);
        uint64_t in_one = outcome_flow_sum(&outcome, SHAPER_READ, 1);
        assert_int_equal(outcome.below_total[SHAPER_READ][1], in_two);
        assert_int_equal(outcome.below_total[SHAPER_READ][0], in_one + in_two);
        assert_int_equal(outcome.from_below[SHAPER_READ], in_one + in_two);
        assert_int_equal(outcome.total[SHAPER_READ], 30 * 1000);
        for (int tick = 0; tick < 30; tick++) {
            assert_true(outcome.bytes[SHAPER_READ][0][tick] <= 300);
            assert_true(outcome.bytes[SHAPER_READ][0][tick] + outcome.bytes[SHAPER_READ][1][tick] <=
                        500);
            for (int g = 0; g < 2; g++)
                assert_true(outcome.below_level[SHAPER_READ][g][tick] >= 0);
        }
    }
}

/* Three deep, one flow at the bottom: the smallest limit, charged to all. */
static void the_bottom_is_charged_to_all_above(void **state)
{
    const struct below below[] = {{.rate = 500, .burst = 500, .min_share = 64, .parent = 0},
                                  {.rate = 300, .burst = 300, .min_share = 64, .parent = 1},
                                  {.rate = 700, .burst = 700, .min_share = 64, .parent = 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        steps_offer_at_once(steps, 1, OFFER_WRITE, 100000);
        run(nested(ours[i], 1, (const int[]){3}, below, COUNT(below)), 1);
        for (int tick = 0; tick < 30; tick++)
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], 300);
        for (int g = 0; g < 3; g++)
            assert_int_equal(outcome.below_total[SHAPER_WRITE][g], 30 * 300);
        assert_int_equal(outcome.total[SHAPER_WRITE], 30 * 300);
    }
}

/* From the group of 300 B into that of 100 B and out into the one above both. */
static void flows_move_between_groups(void **state)
{
    const struct below below[] = {{.rate = 300, .burst = 300, .min_share = 64},
                                  {.rate = 100, .burst = 100, .min_share = 64}};

    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        steps_offer_at_once(steps, 1, OFFER_WRITE, 100000);
        steps[1] = (struct step){.at_us = 10 * TICK_US - 1, .kind = MOVE, .bytes = 2};
        steps[2] = (struct step){.at_us = 20 * TICK_US - 1, .kind = MOVE, .bytes = 0};
        run(nested(ours[i], 1, (const int[]){1}, below, COUNT(below)), 3);
        assert_int_equal(outcome.below_total[SHAPER_WRITE][0], 10 * 300);
        /* its bucket was full when the flow came, in the last microsecond of a tick */
        assert_int_equal(outcome.below_total[SHAPER_WRITE][1], 11 * 100);
        /* and above, what was left of that tick */
        assert_int_equal(outcome.total[SHAPER_WRITE], 30 * 1000 - 9 * 700 - 600 - 9 * 900);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), outcome.total[SHAPER_WRITE]);
    }
}

/* --- whatever comes --------------------------------------------------------------------------- */

static uint64_t rng_state;

static uint64_t rng(uint64_t below)
{
    rng_state = rng_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (rng_state >> 33) % below;
}

#define RANDOM_TICKS 40

struct random_case {
    struct scenario scenario;
    uint32_t weights[8];
    int places[8];
    struct below below[2];
    uint64_t offered[8][RANDOM_TICKS]; /* of writes, in a tick */
    size_t step_count;
};

/* At each tick some flows offer something at some microsecond of it. */
static void random_steps(struct random_case *chosen)
{
    for (int tick = 0; tick < RANDOM_TICKS; tick++) {
        int64_t at_us = tick * TICK_US;
        for (int flow = 0; flow < chosen->scenario.flows; flow++) {
            if (rng(3) > 0)
                continue;
            at_us += (int64_t)rng(1000);
            uint64_t bytes = 1 + rng(rng(4) ? 500 : 5000);
            chosen->offered[flow][tick] += bytes;
            steps[chosen->step_count++] =
                (struct step){.at_us = at_us, .kind = OFFER_WRITE, .flow = flow, .bytes = bytes};
        }
    }
}

static void random_case_init(uint64_t seed, struct random_case *chosen)
{
    memset(chosen, 0, sizeof(*chosen));
    rng_state = seed;
    chosen->scenario = (struct scenario){.rate = 200 + (int64_t)rng(2000),
                                         .min_share = 1 + (int64_t)rng(200),
                                         .flows = 2 + (int)rng(7),
                                         .ticks = RANDOM_TICKS,
                                         .seed = seed,
                                         .scheduler = ours[seed % COUNT(ours)],
                                         .weights = chosen->weights,
                                         .places = chosen->places,
                                         .below = chosen->below,
                                         .below_count = rng(3)};
    chosen->scenario.burst = chosen->scenario.rate * (1 + (int64_t)rng(3));
    for (size_t i = 0; i < chosen->scenario.below_count; i++) {
        int64_t rate = 200 + (int64_t)rng(1500);
        chosen->below[i] = (struct below){.rate = rate,
                                          .burst = rate * (1 + (int64_t)rng(2)),
                                          .min_share = 1 + (int64_t)rng(200),
                                          .weight = 1 + (uint32_t)rng(5),
                                          .parent = (int)rng(i + 1)};
    }
    for (int i = 0; i < 8; i++) {
        chosen->weights[i] = 1 + (uint32_t)rng(5);
        chosen->places[i] = (int)rng(chosen->scenario.below_count + 1);
    }
    random_steps(chosen);
}

static void check_levels_and_sums(const struct random_case *chosen)
{
    uint64_t delivered = 0;

    for (int tick = 0; tick < RANDOM_TICKS; tick++) {
        assert_true(outcome.level[SHAPER_WRITE][tick] >= 0);
        for (size_t g = 0; g < chosen->scenario.below_count; g++)
            assert_true(outcome.below_level[SHAPER_WRITE][g][tick] >= 0);
    }
    for (int flow = 0; flow < chosen->scenario.flows; flow++) {
        uint64_t offered = 0;
        for (int tick = 0; tick < RANDOM_TICKS; tick++)
            offered += chosen->offered[flow][tick];
        uint64_t bytes = outcome_flow_sum(&outcome, SHAPER_WRITE, flow);
        assert_int_equal(bytes + outcome.backlog[SHAPER_WRITE][flow], offered);
        assert_int_equal(bytes, outcome_charged_sum(&outcome, SHAPER_WRITE, flow));
        delivered += bytes;
    }
    assert_int_equal(outcome.total[SHAPER_WRITE], delivered);
}

/* Over ticks all through which both wait, |W_i w_j - W_j w_i| stays within the header's bound. */
static int64_t check_pair(const struct random_case *chosen, int i, int j)
{
    int place = chosen->places[i];
    int64_t m = place == 0 ? chosen->scenario.min_share : chosen->below[place - 1].min_share;
    int64_t w[2] = {chosen->weights[i], chosen->weights[j]};
    int64_t bound =
        chosen->scenario.scheduler == SHAPER_SCHEDULER_DRR ? m * w[0] * w[1] : m * (w[0] + w[1]);
    int64_t backlog[2] = {0}, drift = 0, least = 0, most = 0, widest = 0;

    for (int tick = 0; tick < RANDOM_TICKS; tick++) {
        int64_t bytes[2] = {(int64_t)outcome.bytes[SHAPER_WRITE][i][tick],
                            (int64_t)outcome.bytes[SHAPER_WRITE][j][tick]};
        bool both_wait = bytes[0] < backlog[0] && bytes[1] < backlog[1];
        drift = both_wait ? drift + bytes[0] * w[1] - bytes[1] * w[0] : 0;
        least = !both_wait ? 0 : drift < least ? drift : least;
        most = !both_wait ? 0 : drift > most ? drift : most;
        assert_true(most - least <= bound);
        if (most - least > widest)
            widest = most - least;
        backlog[0] += (int64_t)chosen->offered[i][tick] - bytes[0];
        backlog[1] += (int64_t)chosen->offered[j][tick] - bytes[1];
    }
    return widest;
}

static void random_scenarios_keep_every_promise(void **state)
{
    static struct random_case chosen;
    int drifted = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        random_case_init(seed, &chosen);
        run(chosen.scenario, chosen.step_count);
        check_levels_and_sums(&chosen);
        if (chosen.scenario.scheduler != SHAPER_SCHEDULER_DRR &&
            chosen.scenario.scheduler != SHAPER_SCHEDULER_SFQ)
            continue;
        for (int i = 0; i < chosen.scenario.flows; i++)
            for (int j = 0; j < i; j++)
                if (chosen.places[i] == chosen.places[j])
                    drifted += check_pair(&chosen, i, j) > 0;
    }
    assert_true(drifted > 100); /* the bound was put to the test */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_share_divides_by_those_that_wait),
        cmocka_unit_test(round_robin_continues_where_it_stopped),
        cmocka_unit_test(drr_finishes_the_visit_that_a_tick_cut),
        cmocka_unit_test(sfq_takes_the_smallest_start_tag),
        cmocka_unit_test(shuffle_takes_every_order),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(drr_runs_are_the_quantum),
        cmocka_unit_test(weights_are_shares),
        cmocka_unit_test(drr_keeps_no_credit_for_the_idle),
        cmocka_unit_test(late_joiners_get_no_credit),
        cmocka_unit_test(idle_members_cost_grants),
        cmocka_unit_test(per_flow_limits_hold_under_every_scheduler),
        cmocka_unit_test(a_new_rate_counts_from_the_next_refill),
        cmocka_unit_test(filters_and_watermarks_keep_what_they_promise),
        cmocka_unit_test(siblings_share_by_weight),
        cmocka_unit_test(no_group_above_grants_more_than_its_bucket),
        cmocka_unit_test(the_bottom_is_charged_to_all_above),
        cmocka_unit_test(flows_move_between_groups),
        cmocka_unit_test(random_scenarios_keep_every_promise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
