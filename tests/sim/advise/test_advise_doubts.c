#include "sim/advise/advise_doubts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PROBES 4

/* Four rates with bursts of ten ticks' worth, each with figures for two demands. */
static void make(struct advise_probe *probes, struct advise_table *table,
                 const struct advise_figure *figures)
{
    for (int i = 0; i < PROBES; i++)
        probes[i] = (struct advise_probe){.setting = {.rate_bytes_per_tick = 100 * (i + 1),
                                                      .burst_bytes = 1000 * (i + 1),
                                                      .tick_ms = 10,
                                                      .min_share_bytes = 64}};
    *table = (struct advise_table){
        .probes = probes, .probe_count = PROBES, .wants = 2, .figures = figures};
}

#define HOLDS(margin_of_it)                               \
    {                                                     \
        .verdict = DEMAND_HOLDS, .margin = (margin_of_it) \
    }
#define FAILS(margin_of_it)                               \
    {                                                     \
        .verdict = DEMAND_FAILS, .margin = (margin_of_it) \
    }
#define WITHOUT(verdict_of_it, with)                 \
    {                                                \
        .verdict = (verdict_of_it), .margin = (with) \
    }

static void the_nearest_misses_by_least_or_holds(void **state)
{
    (void)state;
    struct advise_probe probes[PROBES];
    struct advise_table table;
    static const struct advise_figure figures[PROBES * 2] = {
        WITHOUT(DEMAND_NOT_MEASURED, -INFINITY),
        FAILS(-0.1),
        FAILS(-3),
        WITHOUT(DEMAND_NEVER_CONTENDED, NAN),
        FAILS(-2),
        FAILS(-0.2),
        FAILS(-2),
        HOLDS(0.1),
    };

    make(probes, &table, figures);
    assert_int_equal(advise_nearest(&table, 0), 2);
    assert_false(advise_figure_holds(advise_table_at(&table, 2, 0)));
    assert_int_equal(advise_nearest(&table, 1), 1);
    assert_true(advise_figure_holds(advise_table_at(&table, 1, 1)));
}

/* The first demand holds from the second rate on; the other one holds at 100 and 200, and fails at
 * 300: the two next to each other are told. */
static void a_demand_that_fails_above_is_told_from_one_that_does_not(void **state)
{
    (void)state;
    struct advise_probe probes[PROBES];
    struct advise_table table;
    size_t holds = 9, fails = 9;
    static const struct advise_figure figures[PROBES * 2] = {
        FAILS(-1), HOLDS(1), HOLDS(0), HOLDS(0), HOLDS(1), FAILS(-1), HOLDS(2), HOLDS(1),
    };

    make(probes, &table, figures);
    assert_false(advise_falls(&table, 0, &holds, &fails));
    assert_true(advise_falls(&table, 1, &holds, &fails));
    assert_int_equal(holds, 1);
    assert_int_equal(fails, 2);
    probes[2].setting.burst_bytes = 300; /* which may be why */
    assert_false(advise_falls(&table, 1, &holds, &fails));
    probes[2].setting.burst_bytes = 3000;
    probes[2].setting.min_share_bytes = 65;
    assert_false(advise_falls(&table, 1, &holds, &fails));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_misses_by_least_or_holds),
        cmocka_unit_test(a_demand_that_fails_above_is_told_from_one_that_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
