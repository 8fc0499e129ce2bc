/* A pair does what sockets do, to the byte: the promise of shaper/channel.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RANDOM_STEPS   240
#define RANDOM_TICKS   59
#define RANDOM_LAST_US (50 * TICK_US)

static uint32_t random_below(uint64_t *random_state, uint32_t below)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*random_state >> 32) * below >> 32);
}

/* Flows that join, offer in both directions, are closed or freed; many steps share an instant, and
 * some instants are those of the refills. Returns the number of steps. */
static size_t make_steps(uint64_t *random_state, int flows, size_t most_bytes, struct step *steps)
{
    enum { ABSENT, OPEN, GONE } states[FLOWS_MAX] = {ABSENT};
    int64_t at_us = 0;
    size_t count = 0;

    for (int i = 0; i < RANDOM_STEPS; i++) {
        int flow = (int)random_below(random_state, (uint32_t)flows);
        struct step step = {.flow = flow};
        if (at_us < RANDOM_LAST_US && random_below(random_state, 3) == 0)
            at_us += random_below(random_state, TICK_MS * 1000 / 2);
        if (random_below(random_state, 16) == 0)
            at_us = (at_us + TICK_US - 1) / TICK_US * TICK_US;
        step.at_us = at_us;
        if (states[flow] == GONE)
            continue;
        if (states[flow] == ABSENT) {
            step.kind = JOIN;
            states[flow] = OPEN;
        } else if (random_below(random_state, 25) == 0) {
            step.kind = random_below(random_state, 4) == 0 ? FREE : CLOSE;
            states[flow] = GONE;
        } else {
            step.kind = random_below(random_state, 2) ? OFFER_READ : OFFER_WRITE;
            step.bytes = random_below(random_state, (uint32_t)most_bytes);
        }
        steps[count++] = step;
    }
    return count;
}

static void compare(const struct outcome *pair, const struct outcome *socket)
{
    for (int tick = 0; tick < RANDOM_TICKS; tick++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            for (int flow = 0; flow < FLOWS_MAX; flow++) {
                if (pair->bytes[d][flow][tick] != socket->bytes[d][flow][tick])
                    print_error("tick %d, direction %d, flow %d\n", tick, d, flow);
                assert_int_equal(pair->bytes[d][flow][tick], socket->bytes[d][flow][tick]);
            }
            assert_int_equal(pair->level[d][tick], socket->level[d][tick]);
            assert_int_equal(pair->per_flow_level[d][tick], socket->per_flow_level[d][tick]);
        }
    assert_memory_equal(pair->total, socket->total, sizeof(pair->total));
    assert_memory_equal(pair->backlog, socket->backlog, sizeof(pair->backlog));
    assert_string_equal(pair->log, socket->log);
}

/* What must hold in any run: conservation, and the bounds of an undisturbed bucket. */
static void check_invariants(const struct scenario *scenario, const struct outcome *outcome,
                             const bool freed[FLOWS_MAX])
{
    uint64_t offered[SHAPER_DIRECTIONS][FLOWS_MAX] = {{0}};
    uint64_t sum[SHAPER_DIRECTIONS] = {0};

    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct step *step = &scenario->steps[i];
        if (step->kind == OFFER_READ || step->kind == OFFER_WRITE)
            offered[step->kind == OFFER_READ ? SHAPER_READ : SHAPER_WRITE][step->flow] +=
                step->bytes;
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        for (int flow = 0; flow < FLOWS_MAX; flow++) {
            uint64_t bytes = outcome_flow_sum(outcome, (enum shaper_direction)d, flow);
            sum[d] += bytes;
            if (!freed[flow])
                assert_int_equal(bytes + outcome->backlog[d][flow], offered[d][flow]);
        }
        for (int tick = 0; tick < scenario->ticks && scenario->rate; tick++) {
            assert_true(outcome->level[d][tick] <= scenario->burst);
            assert_true(outcome->level[d][tick] >= -(scenario->min_share - 1));
        }
        if (scenario->rate)
            assert_int_equal(outcome->total[d], sum[d]);
    }
}

static void pairs_do_what_sockets_do(void **state)
{
    (void)state;
    static const struct {
        int flows;
        int64_t rate, burst, min_share, per_flow_rate, per_flow_burst;
        size_t most_bytes;
    } rows[] = {
        {3, 2000, 2000, 64, 0, 0, 3000},         {10, 12500, 25000, 64, 0, 0, 4000},
        {20, 12500, 25000, 1500, 0, 0, 20000},   {20, 12500, 25000, 1, 700, 1400, 4000},
        {20, 12500, 25000, 64, 700, 1400, 4000}, {15, 12500, 25000, 64, 300, 300, 3000},
        {24, 1000, 1000, 1000, 0, 0, 500},       {24, 60000, 60000, 64, 9000, 30000, 90000},
        {12, 0, 0, 0, 1000, 1500, 4000},         {12, 100000, 100000, 64, 0, 0, 50000},
        {24, 300, 500, 64, 0, 0, 400},           {8, 12500, 12500, 12500, 5000, 5000, 20000},
    };
    uint64_t random_state = 1;

    for (size_t i = 0; i < COUNT(rows); i++)
        for (uint64_t seed = 1; seed <= 8; seed++) {
            struct step steps[RANDOM_STEPS];
            struct outcome pair, socket;
            bool freed[FLOWS_MAX] = {false};
            const struct scenario scenario = {
                .rate = rows[i].rate,
                .burst = rows[i].burst,
                .min_share = rows[i].min_share,
                .per_flow_rate = rows[i].per_flow_rate,
                .per_flow_burst = rows[i].per_flow_burst,
                .ticks = RANDOM_TICKS,
                .steps = steps,
                .step_count = make_steps(&random_state, rows[i].flows, rows[i].most_bytes, steps),
                .seed = seed};
            for (size_t j = 0; j < scenario.step_count; j++)
                freed[steps[j].flow] |= steps[j].kind == FREE;
            fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
            fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
            check_invariants(&scenario, &pair, freed);
            compare(&pair, &socket);
        }
}

/* Filters above and a watermark change what is written and read at once; nothing else. */
static void pairs_do_what_sockets_do_below_filters(void **state)
{
    (void)state;
    static const struct shaper_filter overhead = {
        .kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460};
    static const struct shaper_filter deflate = {.kind = SHAPER_FILTER_DEFLATE, .level = 0};
    static const struct shaper_filter ratelimit = {
        .kind = SHAPER_FILTER_RATELIMIT,
        .ratelimit = {.rate_kib_per_s = 60, .variant = MOD_RATELIMIT_CORRECTED}};
    const struct shaper_filter stacks[][3] = {
        {overhead}, {deflate, overhead}, {ratelimit, deflate, overhead}, {overhead, overhead}};
    static const size_t counts[] = {0, 1, 2, 3, 2};
    static const size_t highs[] = {0, 1, 64, 333, 4096};
    static const size_t lows[] = {0, 1, 500, 2000};
    static const int64_t per_flow_rates[] = {0, 70};
    uint64_t random_state = 2;

    for (size_t i = 0; i < COUNT(counts); i++)
        for (size_t j = 0; j < COUNT(highs); j++)
            for (size_t k = 0; k < 2 * COUNT(per_flow_rates); k++) {
                struct step steps[RANDOM_STEPS];
                struct outcome pair, socket;
                /* Byte by byte, a tenth of all takes as long. */
                const int64_t scale = highs[j] == 1 ? 1 : 10;
                const struct scenario scenario = {
                    .rate = k < 3 ? 600 * scale : 0,
                    .burst = 900 * scale,
                    .min_share = 64,
                    .per_flow_rate = per_flow_rates[k % 2] * scale,
                    .per_flow_burst = 140 * scale,
                    .ticks = RANDOM_TICKS,
                    .steps = steps,
                    .step_count = make_steps(&random_state, 12, 400 * (size_t)scale, steps),
                    .filters = i > 0 ? stacks[i - 1] : NULL,
                    .filter_count = counts[i],
                    .read_high = highs[j],
                    .read_low = lows[(i + j + k) % COUNT(lows)] * (counts[i] > 0 || highs[j] == 0),
                    .seed = k + 1};
                fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
                fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
                compare(&pair, &socket);
                assert_memory_equal(pair.charged, socket.charged, sizeof(pair.charged));
            }
}

/* More ends than the 32 events that libevent first has room for: it makes room for 64, then 128,
 * and until then some ends are served before others. */
static void many_pairs_do_what_many_sockets_do(void **state)
{
    (void)state;
    static const int flows[] = {16, 17, 31, 32, 33, 40, 64, 65, FLOWS_MAX};

    for (size_t i = 0; i < COUNT(flows); i++)
        for (int64_t rate = 900; rate <= 90000; rate *= 10) {
            struct step steps[2 * FLOWS_MAX];
            struct outcome pair, socket;
            const bool freed[FLOWS_MAX] = {false};
            const struct scenario scenario = {.rate = rate,
                                              .burst = 2 * rate,
                                              .min_share = 64,
                                              .flows = flows[i],
                                              .ticks = RANDOM_TICKS,
                                              .steps = steps,
                                              .step_count = 2 * (size_t)flows[i],
                                              .seed = 1};
            steps_offer_at_once(steps, flows[i], OFFER_WRITE, 40000);
            steps_offer_at_once(steps + flows[i], flows[i], OFFER_READ, 40000);
            fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
            fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
            check_invariants(&scenario, &pair, freed);
            compare(&pair, &socket);
        }
}

/* The seed decides the order of release, and nothing else does. */
static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct step steps[10];
    struct scenario scenario = {.rate = 10000,
                                .burst = 10000,
                                .min_share = 64,
                                .flows = 10,
                                .ticks = 8,
                                .steps = steps,
                                .step_count = 10,
                                .seed = 7};
    struct outcome once, again, other;

    steps_offer_at_once(steps, 10, OFFER_WRITE, 50000);
    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &once);
    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &again);
    assert_memory_equal(&once, &again, sizeof(once));
    scenario.seed = 8;
    fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &other);
    assert_memory_not_equal(&once.bytes, &other.bytes, sizeof(once.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_do_what_sockets_do),
        cmocka_unit_test(pairs_do_what_sockets_do_below_filters),
        cmocka_unit_test(many_pairs_do_what_many_sockets_do),
        cmocka_unit_test(same_seed_same_bytes),
    };

    return cmocka_run_group_tests_name("transports", tests, NULL, NULL);
}
