#include "sim/metrics/max_min.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLAIMS_MAX   40

static uint64_t draw(uint64_t *random_state)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random_state >> 33;
}

static void levels_of_small_cases(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        struct max_min_claim claims[5];
        double capacity, level;
    } rows[] = {
        {0, {{0, 1}}, 10, 0},
        {1, {{5, 1}}, 3, 3},
        {1, {{5, 1}}, 5, 5}, /* exactly what is wanted */
        {1, {{5, 1}}, 9, 5}, /* more than is wanted: everybody has all */
        {1, {{5, 1}}, 0, 0},
        {2, {{5, 1}, {5, 1}}, 8, 4},
        {2, {{2, 1}, {5, 1}}, 3, 1.5},
        {2, {{2, 1}, {5, 1}}, 4, 2}, /* the first just has all */
        {2, {{2, 1}, {5, 1}}, 6, 4},
        {3, {{0, 1}, {0, 1}, {7, 1}}, 7, 7},
        {3, {{0, 1}, {0, 1}, {0, 1}}, 7, 0},
        {3, {{1, 1}, {100, 1}, {100, 1}}, 101, 50},
        {5, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}, 12, 3},
        {2, {{10, 1}, {10, 3}}, 8, 2}, /* 2 and 6 */
        {2, {{10, 1}, {3, 3}}, 8, 5},  /* 5 and 3: the second has all at level 1 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct max_min_claim claims[5];
        memcpy(claims, rows[i].claims, sizeof(claims));
        double level = max_min_level(claims, rows[i].count, rows[i].capacity);
        if (level != rows[i].level)
            fail_msg("row %zu: level %.17g, not %.17g", i, level, rows[i].level);
    }
}

static int by_ratio(const void *a, const void *b)
{
    const struct max_min_claim *x = a, *y = b;
    double left = x->demand / x->weight, right = y->demand / y->weight;

    return (left > right) - (left < right);
}

/* Serves the smallest demand per weight first, one claim after the other. */
static double naive_level(struct max_min_claim *claims, size_t count, double capacity)
{
    double weight = 0;

    qsort(claims, count, sizeof(*claims), by_ratio);
    for (size_t i = 0; i < count; i++)
        weight += claims[i].weight;
    for (size_t i = 0; i < count; i++) {
        if (capacity * claims[i].weight < claims[i].demand * weight)
            return capacity / weight;
        capacity -= claims[i].demand;
        weight -= claims[i].weight;
    }
    return count ? claims[count - 1].demand / claims[count - 1].weight : 0;
}

/* Weights are powers of two and demands whole, so that every sum and ratio is exact. */
static void agrees_with_sorting(void **state)
{
    (void)state;
    uint64_t random_state = 1;

    for (int round = 0; round < 20000; round++) {
        struct max_min_claim claims[CLAIMS_MAX], sorted[CLAIMS_MAX];
        size_t count = draw(&random_state) % (CLAIMS_MAX + 1);
        uint64_t largest = 1 + draw(&random_state) % 50;
        double capacity = (double)(draw(&random_state) % (1 + largest * count));
        for (size_t i = 0; i < count; i++)
            claims[i] = (struct max_min_claim){
                .demand = (double)(draw(&random_state) % largest),
                .weight = round % 2 ? 1 : (double)(1U << draw(&random_state) % 4)};
        memcpy(sorted, claims, sizeof(sorted));
        double expected = naive_level(sorted, count, capacity);
        assert_true(max_min_level(claims, count, capacity) == expected);
        /* the same claims, reordered */
        qsort(claims, count, sizeof(claims[0]), by_ratio);
        for (size_t i = 0; i < count; i++)
            assert_true(by_ratio(&claims[i], &sorted[i]) == 0);
    }
}

static void shares_are_capped_by_demand(void **state)
{
    (void)state;
    const struct max_min_claim claim = {.demand = 5, .weight = 2};

    assert_true(max_min_share(&claim, 1) == 2);
    assert_true(max_min_share(&claim, 2.5) == 5);
    assert_true(max_min_share(&claim, 100) == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_small_cases),
        cmocka_unit_test(agrees_with_sorting),
        cmocka_unit_test(shares_are_capped_by_demand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
