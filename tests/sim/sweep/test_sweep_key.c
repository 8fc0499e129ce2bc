#include "sim/sweep/sweep_key.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Two groups: of the first only what is written takes part, of the second both directions. */
static struct sweep_figures *make_run(void)
{
    static const struct {
        bool takes_part;
        double delivered, utilisation, p99, grants, jain;
    } rows[] = {
        {false, 8e6, 0.001, 9, 5000, 0.1}, /* without a limit: counts nowhere */
        {true, 1e6, 0.5, 2, 300, 0.9},
        {true, 1e5, 0.1, 0, 20, 1},
        {true, 9e5, 0.8, 1, 80, 0.95},
    };
    struct sweep_figures *run = calloc(1, sizeof(*run) + 4 * sizeof(run->directions[0]));

    assert_non_null(run);
    run->count = 4;
    for (size_t i = 0; i < 4; i++) {
        struct sweep_direction *direction = &run->directions[i];
        direction->takes_part = rows[i].takes_part;
        direction->delivered_bytes = rows[i].delivered;
        direction->values[SWEEP_UTILISATION] = rows[i].utilisation;
        direction->values[SWEEP_DELAY_P99] = rows[i].p99;
        direction->values[SWEEP_GRANTS] = rows[i].grants;
        direction->ranked_jain[SWEEP_WINDOW_JAIN] = rows[i].jain;
    }
    return run;
}

/* Three groups: the first had no exchange, the second had, the third takes no part. */
static void groups_that_take_part_are_gathered(void **state)
{
    (void)state;
    struct sweep_group groups[3] = {
        {.takes_part = true}, {.takes_part = true}, {.takes_part = false}};
    struct sweep_figures run = {.count = 6, .groups = groups};

    for (size_t g = 0; g < 3; g++)
        for (int f = 0; f < SWEEP_GROUP_FIGURES; f++)
            groups[g].values[f] = g == 0 ? NAN : 1000 * (double)g + f;
    groups[0].values[SWEEP_EXCHANGES] = 0;
    groups[0].values[SWEEP_COMPLETION_P99] = 3;
    assert_true(sweep_key_has_exchanges(&run));
    assert_true(sweep_key_value(RANK_RESPONSE_P99, &run) == 1000 + SWEEP_RESPONSE_P99);
    assert_true(sweep_key_value(RANK_ADDED_MAX, &run) == 1000 + SWEEP_ADDED_MAX);
    assert_true(sweep_key_value(RANK_SLOWDOWN_P50, &run) == 1000 + SWEEP_SLOWDOWN_P50);
    assert_true(sweep_key_value(RANK_COMPLETION_P99, &run) == 1000 + SWEEP_COMPLETION_P99);
    /* The worst counts, and what never came is worse than anything. */
    groups[0].values[SWEEP_COMPLETION_P99] = INFINITY;
    assert_true(isinf(sweep_key_value(RANK_COMPLETION_P99, &run)));
    /* Without exchanges, or in groups that take no part, there are no figures. */
    groups[1].values[SWEEP_EXCHANGES] = 0;
    assert_false(sweep_key_has_exchanges(&run));
    groups[1].takes_part = false;
    assert_true(isnan(sweep_key_value(RANK_RESPONSE_P99, &run)));
}

static void directions_that_take_part_are_gathered(void **state)
{
    (void)state;
    struct sweep_figures *run = make_run();

    assert_true(sweep_key_value(RANK_JAIN, run) == 0.9);
    assert_true(sweep_key_value(RANK_DELAY_P99, run) == 2);
    /* 400 grants for 2 MB */
    assert_true(sweep_key_value(RANK_GRANTS, run) == 200);
    /* the busier directions have 0.5 and 0.8 */
    assert_true(sweep_key_value(RANK_UTILISATION, run) == 0.5);
    free(run);
}

static void fairness_that_was_not_measured_is_unknown(void **state)
{
    (void)state;
    struct sweep_figures *run = make_run();

    run->directions[3].ranked_jain[SWEEP_WINDOW_JAIN] = NAN;
    assert_true(isnan(sweep_key_value(RANK_JAIN, run)));
    run->directions[0].ranked_jain[SWEEP_WINDOW_JAIN] = NAN; /* takes no part */
    run->directions[3].ranked_jain[SWEEP_WINDOW_JAIN] = 0.95;
    assert_true(sweep_key_value(RANK_JAIN, run) == 0.9);
    for (size_t i = 0; i < run->count; i++)
        run->directions[i].takes_part = false;
    assert_true(isnan(sweep_key_value(RANK_JAIN, run)));
    assert_true(isnan(sweep_key_value(RANK_GRANTS, run)));
    assert_true(isnan(sweep_key_value(RANK_UTILISATION, run)));
    free(run);
}

static void values_are_printed_with_their_units(void **state)
{
    (void)state;
    static const struct {
        enum rank_key key;
        struct sweep_statistic value;
        const char *text;
    } rows[] = {
        {RANK_JAIN, {.n = 1, .mean = 0.97838, .ci95 = NAN}, "0.9784"},
        {RANK_JAIN, {.n = 3, .mean = 0.97838, .ci95 = 0.0004}, "0.9784 +-0.0004"},
        {RANK_JAIN, {.n = 0, .mean = NAN, .ci95 = NAN}, "-"},
        {RANK_DELAY_P99, {.n = 2, .mean = 7.936, .ci95 = 0.018}, "7.936 s +-18 ms"},
        {RANK_UTILISATION, {.n = 1, .mean = 0.87814, .ci95 = NAN}, "87.81 %"},
        {RANK_SIGMA, {.n = 1, .mean = 65536, .ci95 = NAN}, "65.54 kB"},
        {RANK_GRANTS, {.n = 1, .mean = 4275.4, .ci95 = NAN}, "4275"},
        {RANK_RESPONSE_P99, {.n = 1, .mean = 1.812, .ci95 = NAN}, "1.812 s"},
        {RANK_RESPONSE_P99, {.n = 1, .mean = INFINITY, .ci95 = NAN}, "never"},
        {RANK_RESPONSE_P99, {.n = 2, .mean = INFINITY, .ci95 = NAN}, "never"},
        {RANK_ADDED_P50, {.n = 2, .mean = -0.0125, .ci95 = 0.001}, "-12.5 ms +-1 ms"},
        {RANK_SLOWDOWN_P50, {.n = 1, .mean = 8.5, .ci95 = NAN}, "8.5"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[SWEEP_KEY_BYTES];
        sweep_key_print(rows[i].key, &rows[i].value, text);
        assert_string_equal(text, rows[i].text);
    }
    char title[SWEEP_KEY_BYTES];
    sweep_key_title(RANK_JAIN, 120, title);
    assert_string_equal(title, "jain (120 ms)");
    sweep_key_title(RANK_JAIN_LEAST, 0, title);
    assert_string_equal(title, "least jain (no window)");
    sweep_key_title(RANK_GRANTS, 120, title);
    assert_string_equal(title, "grants per MB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directions_that_take_part_are_gathered),
        cmocka_unit_test(groups_that_take_part_are_gathered),
        cmocka_unit_test(fairness_that_was_not_measured_is_unknown),
        cmocka_unit_test(values_are_printed_with_their_units),
    };

    return cmocka_run_group_tests_name("sweep_key", tests, NULL, NULL);
}
