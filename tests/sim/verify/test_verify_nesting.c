#include "sim/verify/verify_nesting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* From 0.15 s on flow 1 is in `sub`, a group in `up`, which carries 100 B in tick 2: 50 B of each
 * flow. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 180}, {60000, 1, true, 40}, {350000, 2, false, 50}};

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

    changed_run_make(packets, COUNT(packets),
                     "--scheduler round-robin --group "
                     "name=up,match=udp,rate=100B/tick,burst=200,tick=100ms,min-share=50 --group "
                     "name=sub,match=tcp,rate=80B/tick,burst=80,tick=100ms,min-share=50,parent=up "
                     "--at 150ms:flow=1,join=sub --flow-ticks all");
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

    changed_run_make(packets, COUNT(packets),
                     "--scheduler round-robin --group "
                     "name=up,match=udp,rate=100B/tick,burst=200,tick=100ms,min-share=50 --group "
                     "name=sub,match=tcp,rate=80B/tick,burst=80,tick=100ms,min-share=50,parent=up "
                     "--at 150ms:flow=1,join=sub --flow-ticks 1");
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
