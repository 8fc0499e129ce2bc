#include "sim/verify/verify_nesting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void a_group_carries_what_its_flows_and_groups_do(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "100,0,200,200,100,0,300,", "100,0,200,200,101,0,300,", CHECK_FLOW_TICKS,
         "ticks.csv: tick 2 of group up, read_bytes: differs by 1 from what its own flows and the "
         "groups in it were charged"},
        {"ticks.csv", "100,0,200,200,100,0,300,", "100,0,200,200,99,0,300,", CHECK_FLOW_TICKS,
         "ticks.csv: tick 2 of group up, read_bytes: differs by -1 from what its own flows and the "
         "groups in it were charged"},
    };

    changed_run_make_moving("all");
    changed_run_expect(cases, COUNT(cases));
}

static void of_flows_that_are_not_recorded_only_the_sum_is_bounded(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "100,0,200,200,100,0,300,", "100,0,200,200,49,0,300,", CHECK_FLOW_TICKS,
         "ticks.csv: tick 2 of group up, read_bytes: differs by -1 from what its own flows and the "
         "groups in it were charged"},
    };

    changed_run_make_moving("1");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_carries_what_its_flows_and_groups_do),
        cmocka_unit_test(of_flows_that_are_not_recorded_only_the_sum_is_bounded),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
