#include "sim/metrics/burst.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TICKS_MAX    600

static uint64_t next_random(uint64_t *random_state)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random_state >> 33;
}

static void rates_are_on_both_sides_of_the_effective_one(void **state)
{
    (void)state;
    static const struct {
        int64_t effective;
        size_t count, at;
        int64_t rates[BURST_RATES_MAX];
    } rows[] = {
        {1000, 12, 5, {125, 250, 500, 750, 875, 1000, 1125, 1250, 1500, 2000, 4000, 8000}},
        {1, 4, 0, {1, 2, 4, 8}},
        {2, 6, 1, {1, 2, 3, 4, 8, 16}},                 /* 9/8 and 5/4 of it are 2 again */
        {7, 10, 4, {1, 3, 5, 6, 7, 8, 10, 14, 28, 56}}, /* 0.875, 1.75, 3.5, 5.25, 6.125, 7 ... */
        {INT64_C(2147483646),
         12,
         5,
         {268435455, 536870911, 1073741823, 1610612734, 1879048190, 2147483646, 2415919101,
          2684354557, 3221225469, 4294967292, 8589934584, 17179869168}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct burst_rates rates;
        burst_rates_init(&rates, rows[i].effective);
        assert_int_equal(rates.count, rows[i].count);
        assert_int_equal(rates.effective, rows[i].at);
        assert_memory_equal(rates.bytes_per_tick, rows[i].rates, rows[i].count * sizeof(int64_t));
    }
}

static void no_rate_no_curve(void **state)
{
    (void)state;
    struct burst_rates rates;

    burst_rates_init(&rates, 0);
    assert_int_equal(rates.count, 0);
    struct burst_meter meter = {.rates = &rates};
    assert_int_equal(burst_meter_add(&meter, 0, 10), 0);
    assert_int_equal(burst_meter_finish(&meter), 0);
    assert_int_equal(burst_meter_sigma(&meter), 0);
    assert_int_equal(meter.peak_bytes[0], 10);
    burst_meter_fini(&meter);
}

/* Ticks of 5, 0, 4, 4 bytes: Q at rho = 2 is 5, 3, 5, 7. */
static void four_ticks(void **state)
{
    (void)state;
    static const uint64_t bytes[] = {5, 0, 4, 4};
    struct burst_rates rates;

    burst_rates_init(&rates, 2); /* 1, 2, 3, 4, 8, 16 */
    struct burst_meter meter = {.rates = &rates};
    for (size_t i = 0; i < COUNT(bytes); i++)
        if (bytes[i] > 0)
            assert_int_equal(burst_meter_add(&meter, (int64_t)i, bytes[i]), 0);
    assert_int_equal(burst_meter_finish(&meter), 0);
    assert_int_equal(burst_meter_sigma(&meter), 7);
    assert_int_equal(meter.sigma_bytes[0], 10); /* rho 1: 5, 4, 7, 10 */
    assert_int_equal(meter.sigma_bytes[2], 5);  /* rho 3: 5, 2, 4, 5 */
    assert_int_equal(meter.peak_bytes[0], 5);
    assert_int_equal(meter.peak_bytes[1], 13);
    assert_int_equal(meter.longest_ticks, 2);
    assert_int_equal(meter.longest_bytes, 8);
    assert_int_equal(burst_meter_for_delay(&meter, 0), 7);
    assert_int_equal(burst_meter_for_delay(&meter, 1), 5);
    assert_int_equal(burst_meter_for_delay(&meter, 2), 3);
    assert_int_equal(burst_meter_for_delay(&meter, 3), 2); /* never below the rate */
    assert_int_equal(burst_meter_for_delay(&meter, INT64_MAX), 2);
    burst_meter_fini(&meter);
}

static void of_two_equal_runs_the_heavier_counts(void **state)
{
    (void)state;
    static const uint64_t bytes[] = {1, 1, 0, 5, 5, 0, 2, 2, 0, 9};
    struct burst_meter meter = {.rates = &(const struct burst_rates){0}};

    for (size_t i = 0; i < COUNT(bytes); i++)
        if (bytes[i] > 0)
            assert_int_equal(burst_meter_add(&meter, (int64_t)i + 7, bytes[i]), 0);
    assert_int_equal(burst_meter_finish(&meter), 0);
    assert_int_equal(meter.longest_ticks, 2);
    assert_int_equal(meter.longest_bytes, 10);
    burst_meter_fini(&meter);
}

/* The most that a window carries, by looking at every one. */
static uint64_t naive_peak(const uint64_t *bytes, int ticks, int width)
{
    uint64_t largest = 0;

    for (int from = 0; from < ticks; from++) {
        uint64_t sum = 0;
        for (int t = from; t < ticks && t < from + width; t++)
            sum += bytes[t];
        largest = sum > largest ? sum : largest;
    }
    return largest;
}

/* The least sigma with bytes(s..t) <= sigma + rho * (t - s) for all s <= t. */
static uint64_t naive_sigma(const uint64_t *bytes, int ticks, int64_t rho)
{
    int64_t largest = 0;

    for (int s = 0; s < ticks; s++) {
        int64_t sum = 0;
        for (int t = s; t < ticks; t++) {
            sum += (int64_t)bytes[t];
            if (sum - rho * (t - s) > largest)
                largest = sum - rho * (t - s);
        }
    }
    return (uint64_t)largest;
}

static void naive_longest(const uint64_t *bytes, int ticks, uint64_t *longest, uint64_t *carried)
{
    *longest = *carried = 0;
    for (int s = 0; s < ticks; s++) {
        uint64_t sum = 0;
        for (int t = s; t < ticks && bytes[t] > 0; t++) {
            uint64_t length = (uint64_t)(t - s + 1);
            sum += bytes[t];
            if (length > *longest || (length == *longest && sum > *carried)) {
                *longest = length;
                *carried = sum;
            }
        }
    }
}

/* Whether a bucket of this depth, full at first, delays no byte by more than `ticks`. */
static int bucket_keeps_delay(const uint64_t *bytes, int ticks, int64_t depth, int64_t rate,
                              int64_t delay)
{
    int64_t level = depth, offered = 0, due[TICKS_MAX + 128] = {0}, delivered = 0, backlog = 0;

    for (int t = 0; t < ticks + 128; t++) {
        if (t > 0)
            level = level + rate < depth ? level + rate : depth;
        if (t < ticks) {
            offered += (int64_t)bytes[t];
            backlog += (int64_t)bytes[t];
        }
        due[t] = offered;
        int64_t passed = backlog < level ? backlog : level;
        backlog -= passed;
        level -= passed;
        delivered += passed;
        if (t >= delay && delivered < due[t - delay])
            return 0;
    }
    return 1;
}

static void agrees_with_all_intervals(void **state)
{
    (void)state;
    uint64_t random_state = 7;

    for (int round = 0; round < 60; round++) {
        static uint64_t bytes[TICKS_MAX];
        int ticks = 1 + (int)(next_random(&random_state) % (round % 10 ? 150 : TICKS_MAX));
        uint64_t busy = 1 + next_random(&random_state) % 8;
        struct burst_rates rates;
        burst_rates_init(&rates, 1 + (int64_t)(next_random(&random_state) % 30));
        struct burst_meter meter = {.rates = &rates};
        for (int t = 0; t < ticks; t++) {
            bytes[t] =
                next_random(&random_state) % 8 < busy ? 1 + next_random(&random_state) % 60 : 0;
            for (uint64_t left = bytes[t]; left > 0;) { /* in pieces */
                uint64_t piece = 1 + next_random(&random_state) % left;
                assert_int_equal(burst_meter_add(&meter, t, piece), 0);
                left -= piece;
            }
        }
        assert_int_equal(burst_meter_finish(&meter), 0);
        assert_int_equal(burst_meter_finish(&meter), 0); /* twice is once */
        for (size_t i = 0; i < rates.count; i++)
            assert_int_equal(meter.sigma_bytes[i],
                             naive_sigma(bytes, ticks, rates.bytes_per_tick[i]));
        for (int p = 0; p < BURST_PEAKS; p++)
            assert_int_equal(meter.peak_bytes[p],
                             naive_peak(bytes, ticks, (int)burst_peak_ticks[p]));
        uint64_t longest, carried;
        naive_longest(bytes, ticks, &longest, &carried);
        assert_int_equal(meter.longest_ticks, longest);
        assert_int_equal(meter.longest_bytes, carried);
        int64_t rate = rates.bytes_per_tick[rates.effective];
        for (int i = 0; i < BURST_DELAYS; i++) {
            int64_t depth = (int64_t)burst_meter_for_delay(&meter, burst_delay_ticks[i]);
            assert_true(bucket_keeps_delay(bytes, ticks, depth, rate, burst_delay_ticks[i]));
            if (depth > rate) /* and a byte less does not */
                assert_false(
                    bucket_keeps_delay(bytes, ticks, depth - 1, rate, burst_delay_ticks[i]));
        }
        burst_meter_fini(&meter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_on_both_sides_of_the_effective_one),
        cmocka_unit_test(no_rate_no_curve),
        cmocka_unit_test(four_ticks),
        cmocka_unit_test(of_two_equal_runs_the_heavier_counts),
        cmocka_unit_test(agrees_with_all_intervals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
