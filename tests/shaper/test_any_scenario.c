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

struct drawn {
    struct scenario scenario;
    struct step steps[STEPS_MAX];
    struct shaper_filter filters[3];
};

static uint64_t draw_state;

static size_t draw(size_t below)
{
    draw_state = draw_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((draw_state >> 33) % below);
}

static void draw_filters(struct drawn *drawn)
{
    static const struct shaper_filter kinds[] = {
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460},
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 3, .segment_bytes = 50},
        {.kind = SHAPER_FILTER_DEFLATE, .level = 1},
        {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {40, 0, MOD_RATELIMIT_FIXED}},
        {.kind = SHAPER_FILTER_RATELIMIT,
         .ratelimit = {40, 4, MOD_RATELIMIT_NAIVE},
         .brigade_bytes = 3000}};

    drawn->scenario.filters = drawn->filters;
    drawn->scenario.filter_count = draw(2) * draw(4);
    for (size_t i = 0; i < drawn->scenario.filter_count; i++)
        drawn->filters[i] = kinds[draw(COUNT(kinds))];
}

static void draw_limits(struct scenario *scenario)
{
    static const int64_t rates[] = {50, 300, 1000, 2000, 7000};
    static const int64_t shares[] = {1, 64, 200, 1500};

    scenario->rate = draw(5) ? rates[draw(5)] : 0;
    scenario->burst = scenario->rate * (int64_t)(1 + draw(3));
    scenario->per_flow_rate = draw(2) ? rates[draw(5)] : 0;
    scenario->per_flow_burst = scenario->per_flow_rate * (int64_t)(1 + draw(3));
    scenario->min_share = shares[draw(4)];
    scenario->other = (struct fixture_limit){500, 700, 20};
    scenario->other_per_flow = (struct fixture_limit){400, 800, 30};
}

static struct step draw_step(const struct scenario *scenario, int64_t at_us, bool *is_open)
{
    static const enum step_kind kinds[] = {OFFER_READ,  OFFER_WRITE, OFFER_READ, OFFER_WRITE,
                                           OFFER_WRITE, CLOSE,       TO_GROUP,   TO_OWN,
                                           CHARGE_OWN,  CREDIT_OWN};
    struct step step = {.at_us = at_us, .flow = (int)draw((size_t)scenario->flows)};

    step.kind = kinds[draw(COUNT(kinds))];
    step.bytes = draw(3) ? draw(6000) + 1 : draw(100) + 1;
    if (step.kind == TO_GROUP || step.kind == TO_OWN)
        step.bytes = draw(3);
    if (step.kind == TO_OWN && scenario->per_flow_rate > 0)
        step.bytes = 1 + draw(2); /* what is charged must have a limit: libevent insists */
    if ((step.kind == CHARGE_OWN || step.kind == CREDIT_OWN) && scenario->per_flow_rate == 0)
        step.kind = OFFER_READ;
    if ((step.kind == CHARGE_OWN || step.kind == CREDIT_OWN || step.kind == TO_OWN ||
         step.kind == TO_GROUP) &&
        draw(2))
        step = (struct step){at_us, OFFER_WRITE, step.flow, 500};
    if (!is_open[step.flow])
        step = (struct step){at_us, TO_GROUP, -1, 0};
    if (step.kind == CLOSE)
        is_open[step.flow] = false;
    return step;
}

static void draw_scenario(struct drawn *drawn, uint64_t seed)
{
    struct scenario *scenario = &drawn->scenario;
    bool is_open[8] = {true, true, true, true, true, true, true, true};
    int64_t at_us = 0;

    memset(drawn, 0, sizeof(*drawn));
    draw_state = seed;
    draw(2);
    scenario->seed = seed;
    scenario->flows = 1 + (int)draw(6);
    scenario->ticks = 100;
    scenario->payload = (enum payload_kind)draw(3);
    draw_limits(scenario);
    draw_filters(drawn);
    scenario->read_high = draw(3) ? 0 : 1 + draw(3000);
    scenario->write_low = draw(2) ? draw(2000) : 0;
    if (draw(3) == 0)
        scenario->timeout_us[SHAPER_READ] = 250000 + (int64_t)draw(30) * 1000;
    if (draw(3) == 0)
        scenario->timeout_us[SHAPER_WRITE] = 250000 + (int64_t)draw(30) * 1000;
    scenario->steps = drawn->steps;
    for (size_t i = 0; i < STEPS_MAX; i++) {
        struct step step = draw_step(scenario, at_us, is_open);
        if (step.flow >= 0)
            drawn->steps[scenario->step_count++] = step;
        at_us += draw(3) ? (int64_t)draw(20000) : 0;
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
        struct drawn drawn;
        struct outcome pair, summing_pair, socket;
        draw_scenario(&drawn, seed);
        fixture_run(&drawn.scenario, SHAPER_TRANSPORT_PAIR, &pair);
        fixture_run(&drawn.scenario, SHAPER_TRANSPORT_SOCKET, &socket);
        drawn.scenario.sums_deliveries = true;
        fixture_run(&drawn.scenario, SHAPER_TRANSPORT_PAIR, &summing_pair);
        if (!are_alike(&pair, &socket) || !are_alike(&summing_pair, &socket))
            fail_msg("seed %d", (int)seed);
    }
}

/* Filters over TLS give back what went in, whatever happens to its limits. */
static void tls_is_whole_in_any_scenario(void **state)
{
    (void)state;

    for (uint64_t seed = 0; seed < 30; seed++) {
        struct drawn drawn;
        struct outcome outcome;
        draw_scenario(&drawn, seed);
        if (drawn.scenario.filter_count == 0)
            continue; /* what is offered is not counted */
        fixture_run(&drawn.scenario, SHAPER_TRANSPORT_TLS, &outcome);
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
