#include "sim/verify/verify_buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void levels_follow_from_each_other(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "1,1,100,-30", "1,1,100,-29", CHECK_BUCKETS,
         "ticks.csv: row 2, read_bucket_end_bytes: -29, but -30 expected: end = start - bytes - "
         "what events took"},
        {"ticks.csv", "0,0,70,40", "0,0,71,40", CHECK_BUCKETS,
         "ticks.csv: row 3, read_bucket_start_bytes: 71, but 70 expected: start = min(burst, end "
         "of the tick before + rate)"},
        {"ticks.csv", "all,2,2,100,0,", "all,2,2,201,0,", CHECK_BUCKET_BOUNDS,
         "ticks.csv: row 1, read_bucket_start_bytes: '201' does not fit: a bucket never holds more "
         "than its burst unless it was given back too much"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void totals_are_sums(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", ",230,90,0,0", ",231,90,0,0", CHECK_TOTALS,
         "ticks.csv: row 3, total_read_bytes: 231, but 230 expected: total before + the tick's "
         "bytes"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_follow_from_each_other),
        cmocka_unit_test(totals_are_sums),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
