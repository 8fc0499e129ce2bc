#include "sim/verify/verify_members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void members_are_open_flows(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "0.100000,1,all,1,1", "0.100000,1,all,2,1", CHECK_MEMBERS,
         "ticks.csv: row 2, members: 2, but 1 expected: that many flows of flows.csv are open"},
        {"summary.json", "\"peak_members\": 2", "\"peak_members\": 3", CHECK_SUMMARY,
         "summary.json: group all: peak_members: 3, but from 2 to 2 expected"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_open_flows),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
