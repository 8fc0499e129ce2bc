#include "sim/verify/verify_moves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void a_move_names_a_group_and_a_flow(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"events.csv", ",50,1\n", ",50,3\n", CHECK_EVENTS,
         "events.csv: row 1, flow: no flow of flows.csv"},
        {"events.csv", "1,sub,join", "1,sub,leave", CHECK_EVENTS,
         "events.csv: row 1, group: no group of summary.json that the flow can go to"},
        {"events.csv", "1,sub,join", "1,up,join", CHECK_EVENTS,
         "events.csv: row 1, group: 'up' does not fit: the group that the flow is in, or that the "
         "command has it join"},
    };

    changed_run_make_moving("all");
    changed_run_expect(cases, COUNT(cases));
}

static void members_follow_the_move(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "0.100000,1,up,1,1,", "0.100000,1,up,2,1,", CHECK_MEMBERS,
         "ticks.csv: row 3, members: 2, but 1 expected: that many flows of flows.csv are open"},
        {"ticks.csv", "0.200000,2,sub,1,1,", "0.200000,2,sub,0,1,", CHECK_MEMBERS,
         "ticks.csv: row 6, members: 0, but 1 expected: that many flows of flows.csv are open"},
    };

    changed_run_make_moving("all");
    changed_run_expect(cases, COUNT(cases));
}

static void a_recorded_flow_has_a_row_where_it_leaves(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.100000,1,up,1,,,50,0,100,0,,\n", "", CHECK_FLOW_TICKS,
         "ticks.csv: tick 1 of group up, read_bytes: differs by 50 from what its own flows and the "
         "groups in it were charged"},
    };

    changed_run_make_moving("all");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_names_a_group_and_a_flow),
        cmocka_unit_test(members_follow_the_move),
        cmocka_unit_test(a_recorded_flow_has_a_row_where_it_leaves),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
