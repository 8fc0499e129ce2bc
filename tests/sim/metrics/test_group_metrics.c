#include "sim/metrics/group_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A group of 1000 bytes a tick of 100 ms in both directions, a burst of 2500, a min-share of 64. */
static const struct group_limits limits = {
    .has_group = true,
    .group = {.tick_ms = 100, .rate_bytes_per_tick = {1000, 1000}, .burst_bytes = {2500, 2500}},
    .min_share_bytes = 64,
    .effective_min_share_bytes = 64,
    .tick_ms = 100,
};

static void ignore_fairness(void *arg, const struct fairness_row *row)
{
    (void)arg;
    (void)row;
}

static void ignore_burst(void *arg, const struct burst_row *row)
{
    (void)arg;
    (void)row;
}

static const struct metrics_callbacks callback = {.fairness = ignore_fairness,
                                                  .burst = ignore_burst};

static struct group_metrics *make_metrics(void)
{
    struct group_metrics *metrics = group_metrics_new("all", &limits, NULL, &callback);

    assert_non_null(metrics);
    return metrics;
}

static void refills_above_the_burst_are_lost(void **state)
{
    (void)state;
    static const struct {
        int64_t end_bytes;
        uint64_t lost_bytes;
    } rows[] = {{-63, 0}, {0, 0}, {1500, 0}, {1501, 1}, {2500, 1000}, {2501, 0} /* by a credit */};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct group_metrics *metrics = make_metrics();
        const struct tick_row row = {.end_bytes = {rows[i].end_bytes, 0}};
        group_metrics_close_tick(metrics, &row, &limits.group);
        assert_int_equal(metrics->buckets[SHAPER_READ].lost_bytes, rows[i].lost_bytes);
        assert_int_equal(metrics->buckets[SHAPER_WRITE].lost_bytes, 0);
        group_metrics_close_tick(metrics, &row, NULL); /* the last tick: nothing is refilled */
        assert_int_equal(metrics->buckets[SHAPER_READ].lost_bytes, rows[i].lost_bytes);
        group_metrics_skip_ticks(metrics, 7, &limits.group); /* full buckets */
        assert_int_equal(metrics->buckets[SHAPER_READ].lost_bytes, rows[i].lost_bytes + 7000);
        group_metrics_free(metrics);
    }
}

/* Q = max(0, Q - rate) + bytes: 1500, 500 + 900 = 1400, 0 + 1600 after two refills at least, of
 * which the second is by a lower limit: 1600 - 200 + 300. */
static void sigma_is_of_what_was_charged(void **state)
{
    (void)state;
    static const struct shaper_limit lower = {.rate_bytes_per_tick = {200, 200},
                                              .burst_bytes = {2500, 2500}};
    static const struct {
        uint64_t bytes;
        const struct shaper_limit *limit; /* of the refill after it */
        int64_t idle_ticks;
        uint64_t sigma_bytes;
    } rows[] = {{1500, &limits.group, 0, 1500},
                {900, &limits.group, 1, 1500},
                {1600, &lower, 0, 1600},
                {300, NULL, 0, 1700}};
    struct group_metrics *metrics = make_metrics();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tick_row row = {.bytes = {rows[i].bytes, 0}};
        group_metrics_close_tick(metrics, &row, rows[i].limit);
        if (rows[i].idle_ticks > 0)
            group_metrics_skip_ticks(metrics, rows[i].idle_ticks, rows[i].limit);
        assert_int_equal(metrics->buckets[SHAPER_READ].sigma_bytes, rows[i].sigma_bytes);
        assert_int_equal(metrics->buckets[SHAPER_WRITE].sigma_bytes, 0);
    }
    group_metrics_free(metrics);
}

static void suspended_from_0_to_the_min_share(void **state)
{
    (void)state;
    struct group_metrics *metrics = make_metrics();
    const struct bucket_use *bucket = &metrics->buckets[SHAPER_READ];

    group_metrics_charged(metrics, SHAPER_READ, 1, 10);
    group_metrics_charged(metrics, SHAPER_READ, 0, 20);
    group_metrics_charged(metrics, SHAPER_READ, -5, 30); /* it is suspended already */
    group_metrics_refilled(metrics, SHAPER_READ, 63, 63, 64, 100);
    assert_int_equal(bucket->suspended_us, 0); /* below the min-share */
    group_metrics_refilled(metrics, SHAPER_READ, 64, 64, 64, 200);
    assert_int_equal(bucket->suspended_us, 180);
    /* what is released at the refill empties the bucket again, at the same instant */
    group_metrics_charged(metrics, SHAPER_READ, -1, 250);
    group_metrics_refilled(metrics, SHAPER_READ, 999, -1, 64, 300);
    assert_int_equal(bucket->suspended_us, 230);
    group_metrics_changed(metrics, SHAPER_READ, -1, 0, 0, 310); /* a credit that is not enough */
    group_metrics_changed(metrics, SHAPER_READ, 0, 1, 1, 350);
    assert_int_equal(bucket->suspended_us, 280);
    group_metrics_changed(metrics, SHAPER_READ, 1, -1, -1, 400);
    group_metrics_finish(metrics, 1000);
    assert_int_equal(bucket->suspended_us, 880);
    assert_int_equal(bucket->grants, 4);
    assert_int_equal(metrics->buckets[SHAPER_WRITE].suspended_us, 0);
    group_metrics_free(metrics);
}

/* Two flows wait; the second takes its backlog of 700 to another group, where it waits with a
 * third. */
static void a_flow_moves_with_its_backlog(void **state)
{
    (void)state;
    struct group_metrics *from = make_metrics(), *to = make_metrics();
    struct flow_metrics flows[3] = {0};
    const struct tick_row row = {.members = 2};
    struct flow_figures figures = {0};

    group_metrics_record_flow(from, &flows[1], 2);
    for (int i = 0; i < 2; i++)
        group_metrics_offered(from, &flows[i], 0, SHAPER_READ, 1000);
    group_metrics_delivered(from, &flows[0], 0, SHAPER_READ, 700);
    group_metrics_delivered(from, &flows[1], 0, SHAPER_READ, 300);
    group_metrics_close_tick(from, &row, NULL);
    group_metrics_flow_moves(from, &flows[1], to, 5, (const uint64_t[]){700, 0});
    assert_null(flows[1].burst);
    group_metrics_offered(to, &flows[2], 5, SHAPER_READ, 1000);
    group_metrics_delivered(to, &flows[2], 5, SHAPER_READ, 200);
    group_metrics_delivered(to, &flows[1], 5, SHAPER_READ, 100);
    group_metrics_close_tick(to, &row, NULL);
    group_metrics_finish(from, 100000);
    group_metrics_finish(to, 100000);
    group_metrics_flow_over(to, &flows[1], &figures);
    assert_true(figures.is_measured);
    assert_int_equal(figures.fairness[SHAPER_READ].contended_ticks, 2);
    assert_int_equal(figures.fairness[SHAPER_READ].contended_bytes, 400);
    assert_int_equal(figures.fairness[SHAPER_READ].gps_lag_bytes, 200); /* there, 50 here */
    assert_int_equal(figures.fairness[SHAPER_READ].wfi_bytes, 200);
    group_metrics_flow_over(from, &flows[0], &figures);
    group_metrics_flow_over(to, &flows[2], &figures);
    /* the stream that was offered there begins with the backlog */
    assert_int_equal(to->burst[SHAPER_READ][BURST_OFFERED].peak_bytes[0], 1700);
    assert_int_equal(from->burst[SHAPER_READ][BURST_OFFERED].peak_bytes[0], 2000);
    assert_int_equal(fairness_result(from->fairness[SHAPER_READ]).contended_ticks, 1);
    group_metrics_free(from);
    group_metrics_free(to);
}

static void flows_move_to_and_from_groups_without_limits(void **state)
{
    (void)state;
    struct group_metrics *metrics = make_metrics();
    struct flow_metrics flow = {0};
    struct flow_figures row = {0};

    group_metrics_flow_moves(NULL, &flow, metrics, 0, (const uint64_t[]){0, 10});
    assert_null(flow.fairness[SHAPER_READ]);
    assert_non_null(flow.fairness[SHAPER_WRITE]);
    group_metrics_flow_moves(metrics, &flow, NULL, 0, (const uint64_t[]){0, 10});
    assert_null(flow.fairness[SHAPER_WRITE]);
    group_metrics_close_tick(metrics, &(const struct tick_row){0}, NULL);
    group_metrics_flow_over(metrics, &flow, &row);
    assert_int_equal(row.fairness[SHAPER_WRITE].contended_ticks, 0);
    group_metrics_free(metrics);
}

static void rates_that_bursts_are_judged_by(void **state)
{
    (void)state;
    struct group_limits per_flow = limits;

    per_flow.has_per_flow = true;
    per_flow.per_flow = (struct shaper_limit){.tick_ms = 300,
                                              .rate_bytes_per_tick = {100, SHAPER_LIMIT_MAX_BYTES},
                                              .burst_bytes = {100, SHAPER_LIMIT_MAX_BYTES}};
    struct group_metrics *metrics = group_metrics_new("all", &per_flow, NULL, &callback);
    assert_non_null(metrics);
    const struct burst_rates *rates = metrics->flow_rates;
    assert_int_equal(rates[SHAPER_READ].bytes_per_tick[rates[SHAPER_READ].effective], 33);
    assert_int_equal(rates[SHAPER_WRITE].bytes_per_tick[rates[SHAPER_WRITE].effective], 1000);
    rates = metrics->group_rates;
    assert_int_equal(rates[SHAPER_READ].bytes_per_tick[rates[SHAPER_READ].effective], 1000);
    group_metrics_free(metrics);

    per_flow.has_group = false;
    metrics = group_metrics_new("all", &per_flow, NULL, &callback);
    assert_non_null(metrics);
    rates = metrics->group_rates;
    assert_int_equal(rates[SHAPER_READ].bytes_per_tick[rates[SHAPER_READ].effective], 33);
    assert_int_equal(rates[SHAPER_WRITE].count, 0); /* no limit, no curve */
    group_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refills_above_the_burst_are_lost),
        cmocka_unit_test(sigma_is_of_what_was_charged),
        cmocka_unit_test(suspended_from_0_to_the_min_share),
        cmocka_unit_test(a_flow_moves_with_its_backlog),
        cmocka_unit_test(flows_move_to_and_from_groups_without_limits),
        cmocka_unit_test(rates_that_bursts_are_judged_by),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
