#include "sim/verify/verify_flow_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void rows_sum_to_their_group(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.000000,0,all,1,,,100,40,50,0,0,50", /* raised to the min-share */
         "0.000000,0,all,1,,,100,40,50,0,0,30", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 1, max_write_bytes: 30, but 50 expected: min(own bucket or "
         "max-single, max(level / members, min-share)), 0 if suspended"},
        {"flow_ticks.csv", "0.100000,1,all,2,,,50,50,30,0,0,110", /* at -30 */
         "0.100000,1,all,2,,,50,50,30,0,50,110", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 4, max_read_bytes: 50, but 0 expected: min(own bucket or "
         "max-single, max(level / members, min-share)), 0 if suspended"},
        {"flow_ticks.csv", "0.200000,2,all,2,,,30", "0.200000,2,all,2,,,29", CHECK_FLOW_TICKS,
         "ticks.csv: row 3, read_bytes: 30, but 29 expected: the sum of the tick's rows in "
         "flow_ticks.csv"},
        {"flow_ticks.csv", "0.100000,1,all,1", "0.100001,1,all,1", CHECK_FLOW_TICKS,
         "flow_ticks.csv: row 3, time_s: 100001, but 100000 expected: microseconds: tick x the "
         "tick's length"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void flows_end_with_their_backlog(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.200000,2,all,2,,,30,0,0,0", "0.200000,2,all,2,,,30,0,1,0",
         CHECK_CONSERVATION,
         "flow_ticks.csv: row 5, read_backlog_bytes: 1, but 0 expected: offered - delivered in row "
         "2 of flows.csv"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_sum_to_their_group),
        cmocka_unit_test(flows_end_with_their_backlog),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
