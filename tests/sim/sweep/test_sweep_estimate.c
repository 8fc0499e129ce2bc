#include "sim/sweep/sweep_estimate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 20 flows for 100 s, in ticks of 10 ms: the example of the header. */
static const struct flow_extent extent = {.flows = 20,
                                          .bytes = 100000000,
                                          .duration_us = 100000000,
                                          .flows_us = INT64_C(2000000000),
                                          .longest_flow_us = 100000000};

static uint64_t estimate(enum run_files files, bool compresses, double rate_bytes_per_s,
                         int64_t flow_ticks, int64_t copies)
{
    struct sweep_limits limits = {.tick_ms = 10,
                                  .is_limited = {true, true},
                                  .has_rate = {true, true},
                                  .rate_bytes_per_s = {rate_bytes_per_s, rate_bytes_per_s}};
    const struct sweep_setting setting = {.limits = &limits,
                                          .limit_count = 1,
                                          .files = files,
                                          .compresses = compresses,
                                          .flow_ticks = flow_ticks,
                                          .copies = copies};

    return sweep_estimate_bytes(&setting, &extent);
}

static void rows_are_counted_as_if_flows_contended(void **state)
{
    (void)state;
    /* summary 20000, group 60000, flows 20 x 200, fairness 10000 x 2 windows x 2 x 55 */
    assert_int_equal(estimate(RUN_FILES_TABLES, false, 1e6, 20, 1), 2284000);
    /* and ticks 10000 x 90, flow_ticks 200000 x 70 */
    assert_int_equal(estimate(RUN_FILES_ALL, false, 1e6, 20, 1), 17184000);
    /* two flows recorded */
    assert_int_equal(estimate(RUN_FILES_ALL, false, 1e6, 2, 1), 4584000);
    assert_int_equal(estimate(RUN_FILES_SUMMARY, false, 1e6, 20, 1), 20000);
    /* a fifth of the CSV files' 2264000 */
    assert_int_equal(estimate(RUN_FILES_TABLES, true, 1e6, 20, 1), 472800);
}

static void what_does_not_pass_makes_a_run_longer(void **state)
{
    (void)state;
    /* half the rate: twice the 2200000 of fairness */
    assert_int_equal(estimate(RUN_FILES_TABLES, false, 5e5, 20, 1), 4484000);
    /* likewise with a copy of each flow, which has a row, too */
    assert_int_equal(estimate(RUN_FILES_TABLES, false, 1e6, 20, 2), 4488000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_counted_as_if_flows_contended),
                                       cmocka_unit_test(what_does_not_pass_makes_a_run_longer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
