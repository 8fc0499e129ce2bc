#include "sim/verify/verify_recomputed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void figures_are_recomputed(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"fairness.csv", "1,200,0.9", "1,199,0.9", CHECK_FAIRNESS,
         "fairness.csv: row 2, bytes: 199, but 200 expected: recomputed from flow_ticks.csv"},
        {"burst.csv", "all,,read,delivered,sigma,12,206", "all,,read,delivered,sigma,12,207",
         CHECK_BURST,
         "burst.csv: row 21, bytes: 207, but 206 expected: recomputed from ticks.csv and "
         "flow_ticks.csv"},
        {"fairness.csv", "0.900000000,0.200000", "0.900000000,0.100000", CHECK_FAIRNESS,
         "fairness.csv: row 2, window_s: 100000, but 200000 expected: recomputed from "
         "flow_ticks.csv"},
        {"flows.csv", "1,0,50,50", "1,0,50,51", CHECK_FAIRNESS,
         "flows.csv: row 2, read_wfi_bytes: 51, but 50 expected: recomputed from "
         "flow_ticks.csv"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_recomputed),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
