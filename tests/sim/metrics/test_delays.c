#include "sim/metrics/delays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t next_random(uint64_t *random_state)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random_state >> 16;
}

/* --- the histogram ---------------------------------------------------------------------------- */

static void nothing_has_no_percentile(void **state)
{
    (void)state;
    struct delay_histogram histogram = {0};

    assert_int_equal(delay_histogram_percentile_us(&histogram, 500), -1);
    assert_int_equal(delay_histogram_percentile_us(&histogram, 1000), -1);
    delay_histogram_fini(&histogram);
}

static void undelayed_packets_take_no_room(void **state)
{
    (void)state;
    struct delay_histogram histogram = {0};

    for (int i = 0; i < 1000; i++)
        assert_int_equal(delay_histogram_add(&histogram, 0), 0);
    for (int page = 0; page < DELAY_PAGES; page++)
        assert_null(histogram.pages[page]);
    assert_int_equal(histogram.packets, 1000);
    assert_int_equal(histogram.undelayed, 1000);
    assert_int_equal(histogram.max_us, 0);
    assert_int_equal(delay_histogram_percentile_us(&histogram, 1000), 0);
    assert_int_equal(delay_histogram_add(&histogram, 5), 0);
    /* 1001 packets: rank ceil(999 * 1001 / 1000) = 1000 is still 0, 1000 permille is not */
    assert_int_equal(delay_histogram_percentile_us(&histogram, 999), 0);
    assert_int_equal(delay_histogram_percentile_us(&histogram, 1000), 5);
    delay_histogram_fini(&histogram);
}

/* One packet of a delay, one longer one: the median is the first one's step, to its upper edge. */
static void one_step_has_its_upper_edge(void **state)
{
    (void)state;
    static const struct {
        int64_t delay_us, edge_us;
    } rows[] = {
        {1, 1},
        {127, 127},
        {128, 128},
        {255, 255}, /* exact below 256 */
        {256, 257}, /* from here on 2 us wide */
        {257, 257},
        {258, 259},
        {510, 511},
        {511, 511},
        {512, 515}, /* 4 us */
        {515, 515},
        {516, 519},
        {1023, 1023},
        {1024, 1031},
        {1000000, 1003519}, /* 524288 to 1048575 in steps of 4096: 245 * 4096 - 1 */
        {INT64_C(1) << 40, (INT64_C(1) << 40) + (INT64_C(1) << 33) - 1},
        {(INT64_C(1) << 40) - 1, (INT64_C(1) << 40) - 1},
        {INT64_C(1) << 61, (INT64_C(1) << 61) + (INT64_C(1) << 54) - 1},
        {INT64_C(1) << 62, (INT64_C(1) << 62) + (INT64_C(1) << 55) - 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delay_histogram histogram = {0};
        assert_int_equal(delay_histogram_add(&histogram, rows[i].delay_us), 0);
        /* a single delay is the largest, which is known exactly */
        assert_int_equal(delay_histogram_percentile_us(&histogram, 500), rows[i].delay_us);
        assert_int_equal(delay_histogram_add(&histogram, INT64_MAX), 0);
        assert_int_equal(delay_histogram_percentile_us(&histogram, 500), rows[i].edge_us);
        assert_int_equal(delay_histogram_percentile_us(&histogram, 501), INT64_MAX);
        assert_int_equal(histogram.max_us, INT64_MAX);
        delay_histogram_fini(&histogram);
    }
}

static void delays_below_256_us_are_exact(void **state)
{
    (void)state;
    struct delay_histogram histogram = {0};

    for (int64_t us = 0; us < 256; us++)
        assert_int_equal(delay_histogram_add(&histogram, us), 0);
    for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
        /* rank r = ceil(256 p / 1000) from 1; the delay of rank r is r - 1 */
        int64_t rank = (256 * (int64_t)per_mille + 999) / 1000;
        assert_int_equal(delay_histogram_percentile_us(&histogram, per_mille), rank - 1);
    }
    delay_histogram_fini(&histogram);
}

static void ranks_are_nearest_ranks(void **state)
{
    (void)state;
    static const struct {
        int packets;
        unsigned per_mille;
        int64_t delay_us; /* of packets with 1, 2, 3, ... us: the rank */
    } rows[] = {
        {1, 1, 1},       {1, 500, 1},  {1, 990, 1},  {1, 1000, 1},   {2, 500, 1},
        {2, 501, 2},     {3, 500, 2},  {4, 500, 2},  {100, 990, 99}, {100, 991, 100},
        {101, 990, 100}, /* 99.99 */
        {200, 990, 198}, {10, 100, 1}, {10, 101, 2}, {250, 4, 1},    {250, 5, 2},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delay_histogram histogram = {0};
        for (int us = rows[i].packets; us > 0; us--)
            assert_int_equal(delay_histogram_add(&histogram, us), 0);
        assert_int_equal(delay_histogram_percentile_us(&histogram, rows[i].per_mille),
                         rows[i].delay_us);
        delay_histogram_fini(&histogram);
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* Against sorting: never too short, at most 1/128 too long, never above the largest. */
static void percentiles_are_within_a_step_of_the_sorted_ones(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 10, 99, 100, 101, 999, 1000, 1001, 5000};
    uint64_t random_state = 1;

    for (size_t i = 0; i < COUNT(counts); i++)
        for (unsigned bits = 4; bits <= 44; bits += 5) {
            struct delay_histogram histogram = {0};
            int64_t *delays = malloc(counts[i] * sizeof(*delays));
            assert_non_null(delays);
            for (size_t n = 0; n < counts[i]; n++) {
                unsigned magnitude = (unsigned)(next_random(&random_state) % (bits + 1));
                delays[n] =
                    (int64_t)(next_random(&random_state) & ((UINT64_C(1) << magnitude) - 1));
                assert_int_equal(delay_histogram_add(&histogram, delays[n]), 0);
            }
            qsort(delays, counts[i], sizeof(*delays), by_value);
            assert_int_equal(histogram.packets, counts[i]);
            assert_int_equal(histogram.max_us, delays[counts[i] - 1]);
            for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
                size_t rank = (counts[i] * per_mille + 999) / 1000;
                int64_t exact_us = delays[rank - 1];
                int64_t us = delay_histogram_percentile_us(&histogram, per_mille);
                assert_true(us >= exact_us);
                assert_true(us - exact_us <= exact_us / 128);
                assert_true(us <= histogram.max_us);
                if (exact_us < 256)
                    assert_int_equal(us, exact_us);
            }
            free(delays);
            delay_histogram_fini(&histogram);
        }
}

static void a_finished_histogram_is_empty(void **state)
{
    (void)state;
    struct delay_histogram histogram = {0};

    assert_int_equal(delay_histogram_add(&histogram, 1000), 0);
    delay_histogram_fini(&histogram);
    assert_int_equal(delay_histogram_percentile_us(&histogram, 500), -1);
    assert_int_equal(delay_histogram_add(&histogram, 7), 0);
    assert_int_equal(delay_histogram_percentile_us(&histogram, 500), 7);
    delay_histogram_fini(&histogram);
}

struct taken {
    int64_t delay_us[8];
    uint64_t packets[8];
    size_t count;
};

static void take(void *arg, int64_t delay_us, uint64_t packets)
{
    struct taken *taken = arg;

    assert_true(taken->count < COUNT(taken->delay_us));
    taken->delay_us[taken->count] = delay_us;
    taken->packets[taken->count++] = packets;
}

/* 1000 and 1002 us share the step from 1000 to 1003; the largest is never exceeded. */
static void each_step_is_reported_once_in_order(void **state)
{
    (void)state;
    static const int64_t delays_us[] = {1002, 0, 7, 1000, 0, 7, 0, 100000};
    static const int64_t expected_us[] = {0, 7, 1003, 100000};
    static const uint64_t expected_packets[] = {3, 2, 2, 1};
    struct delay_histogram histogram = {0};
    struct taken taken = {0};

    delay_histogram_each(&histogram, take, &taken);
    assert_int_equal(taken.count, 0);
    for (size_t i = 0; i < COUNT(delays_us); i++)
        assert_int_equal(delay_histogram_add(&histogram, delays_us[i]), 0);
    delay_histogram_each(&histogram, take, &taken);
    assert_int_equal(taken.count, COUNT(expected_us));
    for (size_t i = 0; i < COUNT(expected_us); i++) {
        assert_int_equal(taken.delay_us[i], expected_us[i]);
        assert_int_equal(taken.packets[i], expected_packets[i]);
    }
    delay_histogram_fini(&histogram);
}

/* --- the list --------------------------------------------------------------------------------- */

static void an_empty_list_has_no_percentile(void **state)
{
    (void)state;
    struct delay_list list = {0};

    assert_int_equal(delay_list_percentile_us(&list, 1000), -1);
    assert_int_equal(delay_list_add(&list, 0), 0);
    assert_int_equal(delay_list_percentile_us(&list, 1), 0);
    assert_int_equal(list.max_us, 0);
    delay_list_fini(&list);
    assert_int_equal(delay_list_percentile_us(&list, 1000), -1);
}

/* Whatever comes, in whatever order: the answers are those of the histogram. */
static void a_list_says_what_a_histogram_says(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 5, 100, 3000};
    enum { AT_RANDOM, RISING, FALLING, ORDERS };
    uint64_t random_state = 3;

    for (size_t i = 0; i < COUNT(counts); i++)
        for (int order = 0; order < ORDERS; order++) {
            struct delay_histogram histogram = {0};
            struct delay_list list = {0};
            int64_t delay_us = order == FALLING ? INT64_C(1) << 40 : 0;
            for (size_t n = 0; n < counts[i]; n++) {
                unsigned magnitude = (unsigned)(next_random(&random_state) % 40);
                int64_t any_us =
                    (int64_t)(next_random(&random_state) & ((UINT64_C(1) << magnitude) - 1));
                if (order == AT_RANDOM)
                    delay_us = any_us;
                else if (order == RISING)
                    delay_us += any_us % 1000;
                else
                    delay_us -= any_us % 100000;
                assert_int_equal(delay_histogram_add(&histogram, delay_us), 0);
                assert_int_equal(delay_list_add(&list, delay_us), 0);
            }
            assert_int_equal(list.packets, counts[i]);
            assert_int_equal(list.max_us, histogram.max_us);
            for (unsigned per_mille = 1; per_mille <= 1000; per_mille++)
                assert_int_equal(delay_list_percentile_us(&list, per_mille),
                                 delay_histogram_percentile_us(&histogram, per_mille));
            delay_list_fini(&list);
            delay_histogram_fini(&histogram);
        }
}

/* Ten packets, at most ten steps: no page of 128. */
static void a_list_has_room_for_the_steps_that_occur(void **state)
{
    (void)state;
    struct delay_list list = {0};

    for (int64_t delay_us = 1; delay_us <= INT64_C(1) << 36; delay_us *= 16)
        for (int i = 0; i < 100; i++)
            assert_int_equal(delay_list_add(&list, delay_us), 0);
    assert_int_equal(list.packets, 1000);
    assert_int_equal(list.used, 10);
    assert_int_equal(list.room, 16);
    delay_list_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_percentile),
        cmocka_unit_test(undelayed_packets_take_no_room),
        cmocka_unit_test(one_step_has_its_upper_edge),
        cmocka_unit_test(delays_below_256_us_are_exact),
        cmocka_unit_test(ranks_are_nearest_ranks),
        cmocka_unit_test(percentiles_are_within_a_step_of_the_sorted_ones),
        cmocka_unit_test(a_finished_histogram_is_empty),
        cmocka_unit_test(each_step_is_reported_once_in_order),
        cmocka_unit_test(an_empty_list_has_no_percentile),
        cmocka_unit_test(a_list_says_what_a_histogram_says),
        cmocka_unit_test(a_list_has_room_for_the_steps_that_occur),
    };

    return cmocka_run_group_tests_name("delays", tests, NULL, NULL);
}
