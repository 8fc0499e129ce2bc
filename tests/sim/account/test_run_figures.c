#include "sim/account/run_figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/metrics/group_metrics.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void losses_are_parts_of_the_trace(void **state)
{
    (void)state;
    static const struct {
        uint64_t offered, delivered, unoffered;
        const char *uncounted;
        struct run_losses losses;
    } rows[] = {
        {4000, 3000, 6000, NULL, {1000, true, 6000, true, 30}},
        {4000, 4000, 0, NULL, {0, true, 0, true, 100}},
        {0, 0, 500, NULL, {0, true, 500, true, 0}},
        {0, 0, 0, NULL, {0, true, 0, false, 0}}, /* nothing of nothing is no percentage */
        {4000, 3000, 0, "a pipe", {1000, false, 0, false, 0}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct group_totals group = {.offered_bytes = {0, rows[i].offered},
                                           .delivered_bytes = {0, rows[i].delivered},
                                           .unoffered_bytes = {0, rows[i].unoffered}};
        const struct outcome outcome = {.uncounted = rows[i].uncounted};
        struct run_losses losses = run_losses(&outcome, &group, SHAPER_WRITE);
        assert_int_equal(losses.undelivered_bytes, rows[i].losses.undelivered_bytes);
        assert_int_equal(losses.knows_unoffered, rows[i].losses.knows_unoffered);
        assert_int_equal(losses.unoffered_bytes, rows[i].losses.unoffered_bytes);
        assert_int_equal(losses.has_percent, rows[i].losses.has_percent);
        assert_true(losses.delivered_percent == rows[i].losses.delivered_percent);
    }
}

static void no_fairness_row(void *arg, const struct fairness_row *row)
{
    (void)arg;
    (void)row;
}

static void no_burst_row(void *arg, const struct burst_row *row)
{
    (void)arg;
    (void)row;
}

/* Two flows always wait, and one gets all 400 B of each of ten ticks: J = 1 / 2. */
static struct group_metrics *unequal(const struct group_limits *limits)
{
    static const struct metrics_callbacks callbacks = {.fairness = no_fairness_row,
                                                       .burst = no_burst_row};
    struct group_metrics *metrics = group_metrics_new("all", limits, NULL, &callbacks);
    struct flow_metrics flows[2];

    memset(flows, 0, sizeof(flows));
    assert_non_null(metrics);
    for (int i = 0; i < 2; i++)
        group_metrics_offered(metrics, &flows[i], 0, SHAPER_READ, 100000);
    for (int64_t tick = 0; tick < 10; tick++) {
        struct tick_row row = {.tick = tick, .members = 2, .backlogged_flows = 2};
        group_metrics_delivered(metrics, &flows[0], tick, SHAPER_READ, 400);
        group_metrics_close_tick(metrics, &row, &limits->group);
    }
    group_metrics_finish(metrics, 10 * limits->tick_ms * 1000);
    for (int i = 0; i < 2; i++) {
        struct flow_figures figures;
        group_metrics_flow_over(metrics, &flows[i], &figures);
    }
    return metrics;
}

/* The window is the nearest whole number of ticks that is not below 100 ms. */
static void fairness_is_over_a_tenth_of_a_second(void **state)
{
    (void)state;
    static const struct {
        int64_t tick_ms, window_us;
        uint64_t windows;
    } rows[] = {{10, 100000, 1},   {20, 100000, 2},     {30, 120000, 2}, {50, 100000, 5},
                {100, 100000, 10}, {1000, 1000000, 10}, {1, 100000, 0}}; /* ten ticks are a tenth of
                                                                            a window */

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct group_limits limits = {.has_group = true,
                                            .tick_ms = rows[i].tick_ms,
                                            .group = {.tick_ms = rows[i].tick_ms,
                                                      .rate_bytes_per_tick = {400, 400},
                                                      .burst_bytes = {400, 400}}};
        struct group_metrics *metrics = unequal(&limits);
        const struct group_totals group = {.name = "all",
                                           .limits = &limits,
                                           .ticks = 10,
                                           .delivered_bytes = {4000, 0},
                                           .charged_bytes = {4000, 0},
                                           .metrics = metrics};
        const struct outcome outcome = {.groups = {&group}, .group_count = 1};
        struct run_figures figures = run_figures_of(&outcome, 0, SHAPER_READ);
        assert_int_equal(figures.fairness.window_us, rows[i].window_us);
        assert_int_equal(figures.fairness.windows, rows[i].windows);
        assert_true(rows[i].windows == 0 || figures.fairness.mean == 0.5);
        assert_true(rows[i].windows == 0 || figures.fairness.least == 0.5);
        assert_true(figures.has_utilisation && figures.utilisation == 1);
        assert_int_equal(figures.delay_max_us, -1);
        group_metrics_free(metrics);
    }
}

/* A run that prints nothing measures nothing. */
static void what_was_not_measured_is_not_there(void **state)
{
    (void)state;
    const struct group_limits limits = {.has_group = true, .tick_ms = 10};
    const struct group_totals group = {.limits = &limits, .delivered_bytes = {1000, 0}};
    const struct outcome outcome = {.groups = {&group}, .group_count = 1};
    struct run_figures figures = run_figures_of(&outcome, 0, SHAPER_READ);

    assert_int_equal(figures.fairness.window_us, 0);
    assert_int_equal(figures.fairness.windows, 0);
    assert_false(figures.has_grants);
}

/* One packet in each direction, one flow, ticks of 20 ms; times in ms. */
static void small_delays_hide_long_flows(void **state)
{
    (void)state;
    static const struct {
        int64_t delays_ms[SHAPER_DIRECTIONS]; /* -1: nothing was delivered */
        int64_t captured_ms, completion_ms;   /* -1: no flow with payload; never complete */
        bool outgrows;
    } rows[] = {
        {{0, 1}, 4000, 5000, true},    {{0, 1}, 4000, 4400, false}, /* a tenth longer */
        {{0, 1}, 4000, 4401, true},    {{0, 40}, 4000, 5000, true}, /* two ticks */
        {{0, 41}, 4000, 5000, false},  {{41, 0}, 4000, 5000, false}, {{-1, 1}, 4000, 5000, true},
        {{-1, -1}, 4000, 5000, false}, {{0, 1}, 10, 50, false}, /* two ticks more */
        {{0, 1}, 10, 51, true},        {{0, 1}, 4000, -1, true},     {{0, 1}, -1, -1, false},
        {{0, 1}, 4000, 3000, false},
    };
    const struct group_limits limits = {.has_group = true, .tick_ms = 20};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_totals group = {.limits = &limits};
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            if (rows[i].delays_ms[d] >= 0)
                assert_int_equal(delay_histogram_add(&group.delays[d], rows[i].delays_ms[d] * 1000),
                                 0);
        if (rows[i].captured_ms >= 0)
            assert_int_equal(
                completion_times_add(&group.completion, rows[i].captured_ms * 1000,
                                     rows[i].completion_ms < 0 ? -1 : rows[i].completion_ms * 1000),
                0);
        assert_int_equal(run_completion_outgrows_delay(&group), rows[i].outgrows);
        group.limits = NULL; /* nothing to be small against */
        assert_false(run_completion_outgrows_delay(&group));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            delay_histogram_fini(&group.delays[d]);
        completion_times_fini(&group.completion);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_parts_of_the_trace),
        cmocka_unit_test(fairness_is_over_a_tenth_of_a_second),
        cmocka_unit_test(what_was_not_measured_is_not_there),
        cmocka_unit_test(small_delays_hide_long_flows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
