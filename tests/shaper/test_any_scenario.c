/* A pair behaves like a socket in any scenario: random ones, with every option of a channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STEPS_MAX    40

struct random_setup {
    struct scenario scenario;
    struct step steps[STEPS_MAX];
    struct shaper_filter filters[3];
};

static uint64_t random_state;

static size_t random_below(size_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((random_state >> 33) % below);
}

static void random_filters(struct random_setup *setup)
{
    static const struct shaper_filter kinds[] = {
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460},
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 3, .segment_bytes = 50},
        {.kind = SHAPER_FILTER_DEFLATE, .level = 1},
        {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {40, 0, MOD_RATELIMIT_FIXED}},
        {.kind = SHAPER_FILTER_RATELIMIT,
         .ratelimit = {40, 4, MOD_RATELIMIT_NAIVE},
         .brigade_bytes = 3000}};

    setup->scenario.filters = setup->filters;
    setup->scenario.filter_count = random_below(2) * random_below(4);
    for (size_t i = 0; i < setup->scenario.filter_count; i++)
        setup->filters[i] = kinds[random_below(COUNT(kinds))];
}

static void random_limits(struct scenario *scenario)
{
    static const int64_t rates[] = {50, 300, 1000, 2000, 7000};
    static const int64_t shares[] = {1, 64, 200, 1500};

    scenario->rate = random_below(5) ? rates[random_below(5)] : 0;
    scenario->burst = scenario->rate * (int64_t)(1 + random_below(3));
    scenario->per_flow_rate = random_below(2) ? rates[random_below(5)] : 0;
    scenario->per_flow_burst = scenario->per_flow_rate * (int64_t)(1 + random_below(3));
    scenario->min_share = shares[random_below(4)];
    scenario->other = (struct fixture_limit){500, 700, 20};
    scenario->other_per_flow = (struct fixture_limit){400, 800, 30};
}

static struct step random_step(const struct scenario *scenario, int64_t at_us, bool *is_open)
{
    static const enum step_kind kinds[] = {OFFER_READ,  OFFER_WRITE, OFFER_READ, OFFER_WRITE,
                                           OFFER_WRITE, CLOSE,       TO_GROUP,   TO_OWN,
                                           CHARGE_OWN,  CREDIT_OWN};
    struct step step = {.at_us = at_us, .flow = (int)random_below((size_t)scenario->flows)};

    step.kind = kinds[random_below(COUNT(kinds))];
    step.bytes = random_below(3) ? random_below(6000) + 1 : random_below(100) + 1;
    if (step.kind == TO_GROUP || step.kind == TO_OWN)
        step.bytes = random_below(3);
    if (step.kind == TO_OWN && scenario->per_flow_rate > 0)
        step.bytes = 1 + random_below(2); /* what is charged must have a limit: libevent insists */
    if ((step.kind == CHARGE_OWN || step.kind == CREDIT_OWN) && scenario->per_flow_rate == 0)
        step.kind = OFFER_READ;
    if ((step.kind == CHARGE_OWN || step.kind == CREDIT_OWN || step.kind == TO_OWN ||
         step.kind == TO_GROUP) &&
        random_below(2))
        step = (struct step){at_us, OFFER_WRITE, step.flow, 500};
    if (!is_open[step.flow])
        step = (struct step){at_us, TO_GROUP, -1, 0};
    if (step.kind == CLOSE)
        is_open[step.flow] = false;
    return step;
}

static void random_scenario(struct random_setup *setup, uint64_t seed)
{
    struct scenario *scenario = &setup->scenario;
    bool is_open[8] = {true, true, true, true, true, true, true, true};
    int64_t at_us = 0;

    memset(setup, 0, sizeof(*setup));
    random_state = seed;
    random_below(2);
    scenario->seed = seed;
    scenario->flows = 1 + (int)random_below(6);
    scenario->ticks = 100;
    scenario->payload = (enum payload_kind)random_below(3);
    random_limits(scenario);
    random_filters(setup);
    scenario->read_high = random_below(3) ? 0 : 1 + random_below(3000);
    if (random_below(3) == 0)
        scenario->read_low = 1 + random_below(3000);
    if (scenario->read_high > 0 && scenario->read_low > scenario->read_high &&
        scenario->filter_count == 0)
        scenario->read_low = scenario->read_high;
    if (scenario->filter_count > 0 && random_below(2))
        scenario->filter_high = 1 + random_below(3000);
    scenario->write_low = random_below(2) ? random_below(2000) : 0;
    if (random_below(3) == 0)
        scenario->timeout_us[SHAPER_READ] = 250000 + (int64_t)random_below(30) * 1000;
    if (random_below(3) == 0)
        scenario->timeout_us[SHAPER_WRITE] = 250000 + (int64_t)random_below(30) * 1000;
    scenario->steps = setup->steps;
    for (size_t i = 0; i < STEPS_MAX; i++) {
        struct step step = random_step(scenario, at_us, is_open);
        if (step.flow >= 0)
            setup->steps[scenario->step_count++] = step;
        at_us += random_below(3) ? (int64_t)random_below(20000) : 0;
    }
}

/* Timeouts of one instant may come in another order, so the logs are not compared. */
static bool are_alike(const struct outcome *a, const struct outcome *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0 &&
           memcmp(a->charged, b->charged, sizeof(a->charged)) == 0 &&
           memcmp(a->charges, b->charges, sizeof(a->charges)) == 0 &&
           memcmp(a->timeouts, b->timeouts, sizeof(a->timeouts)) == 0 &&
           memcmp(a->filters, b->filters, sizeof(a->filters)) == 0 &&
           memcmp(a->level, b->level, sizeof(a->level)) == 0 &&
           memcmp(a->per_flow_level, b->per_flow_level, sizeof(a->per_flow_level)) == 0 &&
           memcmp(a->backlog, b->backlog, sizeof(a->backlog)) == 0 &&
           memcmp(a->total, b->total, sizeof(a->total)) == 0 &&
           memcmp(a->other_total, b->other_total, sizeof(a->other_total)) == 0;
}

static void a_pair_is_a_socket_in_any_scenario(void **state)
{
    (void)state;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct random_setup setup;
        struct outcome pair, summing_pair, socket;
        random_scenario(&setup, seed);
        fixture_run(&setup.scenario, SHAPER_TRANSPORT_PAIR, &pair);
        fixture_run(&setup.scenario, SHAPER_TRANSPORT_SOCKET, &socket);
        setup.scenario.sums_deliveries = true;
        fixture_run(&setup.scenario, SHAPER_TRANSPORT_PAIR, &summing_pair);
        if (!are_alike(&pair, &socket) || !are_alike(&summing_pair, &socket))
            fail_msg("seed %d", (int)seed);
    }
}

/* Filters over TLS give back what went in, whatever happens to its limits. */
static void tls_is_whole_in_any_scenario(void **state)
{
    (void)state;

    for (uint64_t seed = 0; seed < 30; seed++) {
        struct random_setup setup;
        struct outcome outcome;
        random_scenario(&setup, seed);
        if (setup.scenario.filter_count == 0)
            continue; /* what is offered is not counted */
        fixture_run(&setup.scenario, SHAPER_TRANSPORT_TLS, &outcome);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            assert_int_equal(outcome.backlog[d][0] +
                                 outcome_flow_sum(&outcome, (enum shaper_direction)d, 0),
                             outcome.offered[d]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_a_socket_in_any_scenario),
        cmocka_unit_test(tls_is_whole_in_any_scenario),
    };

    return cmocka_run_group_tests_name("any scenario", tests, NULL, NULL);
}
