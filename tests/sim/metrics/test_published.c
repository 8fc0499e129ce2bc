/* Figures that others have published, each with its source, reproduced by the modules that the
 * figures of a run come from. (tests/program/published.sh replays those that take a run.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/metrics/burst.h"
#include "sim/metrics/fairness.h"
#include "sim/metrics/max_min.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Shares are compared in millionths of a byte: tenths are no binary fractions. */
static void assert_share(double share, double expected)
{
    assert_int_equal((int64_t)(share * 1e6 + 0.5), (int64_t)(expected * 1e6 + 0.5));
}

/* Keshav, An Engineering Approach to Computer Networking (1997), chapter 9, example of max-min fair
 * share: a capacity of 10, demands of 2, 2.6, 4 and 5. */
static void keshav_max_min(void **state)
{
    (void)state;
    static const struct max_min_claim claims[] = {{2, 1}, {2.6, 1}, {4, 1}, {5, 1}};
    static const double shares[] = {2, 2.6, 2.7, 2.7};
    struct max_min_claim reordered[COUNT(claims)];

    memcpy(reordered, claims, sizeof(claims));
    double level = max_min_level(reordered, COUNT(claims), 10);
    for (size_t i = 0; i < COUNT(claims); i++)
        assert_share(max_min_share(&claims[i], level), shares[i]);
}

/* The same, weighted: a capacity of 16, demands of 4, 2, 10 and 4, weights of 2.5, 4, 0.5 and 1. */
static void keshav_weighted_max_min(void **state)
{
    (void)state;
    static const struct max_min_claim claims[] = {{4, 2.5}, {2, 4}, {10, 0.5}, {4, 1}};
    static const double shares[] = {4, 2, 6, 4};
    struct max_min_claim reordered[COUNT(claims)];

    memcpy(reordered, claims, sizeof(claims));
    double level = max_min_level(reordered, COUNT(claims), 16);
    for (size_t i = 0; i < COUNT(claims); i++)
        assert_share(max_min_share(&claims[i], level), shares[i]);
}

static void keep_jain(void *jain, const struct fairness_window *window)
{
    *(double *)jain = window->jain;
}

/* One tick in which N of a hundred flows, which all want more, get equal shares. */
static double jain_of_served(int served)
{
    struct fairness_flow *flows[100] = {NULL};
    double jain = 0;
    struct window_lengths lengths;

    window_lengths_init(&lengths, 1000, NULL);
    struct fairness *fairness = fairness_new(&lengths, keep_jain, &jain);
    assert_non_null(fairness);
    for (int i = 0; i < 100; i++) {
        fairness_offered(fairness, &flows[i], 1, 1000);
        if (i < served)
            fairness_delivered(fairness, &flows[i], 1, 10);
    }
    fairness_close_tick(fairness, 100);
    for (int i = 0; i < 100; i++)
        fairness_flow_over(fairness, flows[i]);
    fairness_free(fairness);
    return jain;
}

/* Jain, Chiu, Hawe, A Quantitative Measure of Fairness and Discrimination for Resource Allocation
 * in Shared Computer Systems, DEC-TR-301 (1984): a resource divided among 20 of 100 users has an
 * index of 0.20, among 10 of 100 one of 0.10. */
static void jain_of_a_hundred(void **state)
{
    (void)state;

    assert_int_equal((int64_t)(jain_of_served(20) * 1e12 + 0.5), INT64_C(200000000000));
    assert_int_equal((int64_t)(jain_of_served(10) * 1e12 + 0.5), INT64_C(100000000000));
    assert_int_equal((int64_t)(jain_of_served(100) * 1e12 + 0.5), INT64_C(1000000000000));
}

/* Peterson, Davie, Computer Networks: A Systems Approach, 6.5 (token buckets): two flows of the
 * same mean rate. Flow A sends 1 MB/s all the time, flow B 0.5 MB/s for two seconds and then 2 MB/s
 * for one. Both fit a token rate of 1 MB/s; A with a bucket of next to nothing, B with one of 1 MB.
 * Their bucket is filled all the time, ours once a tick: it also holds what fills up in a tick. */
static void peterson_davie_flows(void **state)
{
    (void)state;
    static const int64_t ticks_per_s[] = {1, 10, 100, 1000};

    for (size_t i = 0; i < COUNT(ticks_per_s); i++) {
        int64_t second = ticks_per_s[i], rate = 1000000 / second;
        struct burst_rates rates;
        burst_rates_init(&rates, rate);
        struct burst_meter a = {.rates = &rates}, b = {.rates = &rates};
        for (int64_t t = 0; t < 3 * second; t++) {
            assert_int_equal(burst_meter_add(&a, t, (uint64_t)rate), 0);
            uint64_t bytes = (uint64_t)(t < 2 * second ? rate / 2 : rate * 2);
            assert_int_equal(burst_meter_add(&b, t, bytes), 0);
        }
        assert_int_equal(burst_meter_finish(&a), 0);
        assert_int_equal(burst_meter_finish(&b), 0);
        assert_int_equal(burst_meter_sigma(&a), rate);
        assert_int_equal(burst_meter_sigma(&b), 1000000 + rate);
        burst_meter_fini(&a);
        burst_meter_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keshav_max_min),
        cmocka_unit_test(keshav_weighted_max_min),
        cmocka_unit_test(jain_of_a_hundred),
        cmocka_unit_test(peterson_davie_flows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
