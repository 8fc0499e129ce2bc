#include "sim/metrics/student_t.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/sweep/sweep_results.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_close(double expected, double actual, double relative)
{
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

/* Computed beforehand with 30 digits, by the incomplete beta function; the first two have closed
 * forms. */
static void quantiles_are_the_known_ones(void **state)
{
    (void)state;
    static const struct {
        double p;
        unsigned degrees;
        double t;
    } rows[] = {
        {0.975, 1, 12.706204736174705}, /* tan(0.95 pi / 2) */
        {0.975, 2, 4.3026527297494639}, /* 0.95 sqrt(2 / (1 - 0.95^2)) */
        {0.975, 3, 3.1824463052837096},   {0.975, 4, 2.7764451051977944},
        {0.975, 5, 2.5705818356363155},   {0.975, 9, 2.2621571627982055},
        {0.975, 10, 2.2281388519862747},  {0.975, 29, 2.0452296421327043},
        {0.975, 30, 2.0422724563012383},  {0.975, 99, 1.9842169515864175},
        {0.975, 100, 1.9839715185235523}, {0.975, 1000, 1.9623390808264085},
        {0.95, 7, 1.8945786050900074},    {0.995, 7, 3.4994832973504939},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        expect_close(rows[i].t, student_t_quantile(rows[i].p, rows[i].degrees), 1e-11);
}

static void closed_forms_hold(void **state)
{
    (void)state;

    for (double t = 0.125; t < 100; t *= 1.25) {
        double root = sqrt(3 + t * t), cosine = sqrt(3) / root, sine = t / root;
        expect_close(2 / M_PI * atan(t), student_t_within(t, 1), 1e-15);
        expect_close(t / sqrt(2 + t * t), student_t_within(t, 2), 1e-15);
        expect_close(2 / M_PI * (atan(t / sqrt(3)) + sine * cosine), student_t_within(t, 3), 1e-15);
        double u = t / sqrt(4 + t * t); /* 3/2 u - 1/2 u^3 */
        expect_close(u * (3 - u * u) / 2, student_t_within(t, 4), 1e-14);
    }
}

/* The integral of the density, by Simpson's rule, for every number of degrees up to 60. */
static void it_is_the_integral_of_the_density(void **state)
{
    (void)state;
    enum { STEPS = 2000 };

    for (unsigned degrees = 1; degrees <= 60; degrees++) {
        double nu = degrees, t = 2, sum = 0;
        double scale = exp(lgamma((nu + 1) / 2) - lgamma(nu / 2)) / sqrt(nu * M_PI);
        for (int i = 0; i <= STEPS; i++) {
            double x = t * i / STEPS, weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
            sum += weight * pow(1 + x * x / nu, -(nu + 1) / 2);
        }
        expect_close(2 * scale * sum * t / STEPS / 3, student_t_within(t, degrees), 1e-11);
    }
}

static void a_quantile_is_where_the_probability_is(void **state)
{
    (void)state;

    for (unsigned degrees = 1; degrees <= 200; degrees++)
        expect_close(0.95, student_t_within(student_t_quantile(0.975, degrees), degrees), 1e-14);
}

static void a_statistic_is_as_by_hand(void **state)
{
    (void)state;
    const double three[] = {8, NAN, 10, 12}; /* squares around 10: 4 + 0 + 4; 8/2 = 2^2 */
    struct sweep_statistic statistic = sweep_statistic(three, COUNT(three));

    assert_int_equal(statistic.n, 3);
    assert_true(statistic.mean == 10);
    assert_true(statistic.sd == 2);
    expect_close(4.3026527297494639 * 2 / sqrt(3), statistic.ci95, 1e-12);

    statistic = sweep_statistic(three, 1);
    assert_int_equal(statistic.n, 1);
    assert_true(statistic.mean == 8);
    assert_true(isnan(statistic.sd) && isnan(statistic.ci95));

    statistic = sweep_statistic(three + 1, 1);
    assert_int_equal(statistic.n, 0);
    assert_true(isnan(statistic.mean));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_the_known_ones),
        cmocka_unit_test(closed_forms_hold),
        cmocka_unit_test(it_is_the_integral_of_the_density),
        cmocka_unit_test(a_quantile_is_where_the_probability_is),
        cmocka_unit_test(a_statistic_is_as_by_hand),
    };

    return cmocka_run_group_tests_name("student_t", tests, NULL, NULL);
}
