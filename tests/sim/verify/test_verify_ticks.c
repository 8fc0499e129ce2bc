#include "sim/verify/verify_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void ticks_have_their_times_and_numbers(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "0.200000,2,all", "0.200001,2,all", CHECK_TICKS,
         "ticks.csv: row 3, time_s: 200001, but 200000 expected: microseconds: tick x the tick's "
         "length"},
        {"ticks.csv", "0.200000,2,all", "0.200000,3,all", CHECK_TICKS,
         "ticks.csv: row 3, tick: it begins after the run's end"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void backlogs_are_those_of_members(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "0.100000,1,all,1,1", "0.100000,1,all,1,2", CHECK_MEMBERS,
         "ticks.csv: row 2, backlogged_flows: '2' does not fit: members that hold at least one "
         "byte each of the backlog"},
        {"ticks.csv", ",200,90,30,0", ",200,90,31,0", CHECK_CONSERVATION,
         "ticks.csv: row 3, read_backlog_bytes: '0' does not fit: what waited is delivered or "
         "still waits"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_have_their_times_and_numbers),
        cmocka_unit_test(backlogs_are_those_of_members),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
