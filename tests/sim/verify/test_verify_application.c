#include "sim/verify/verify_application.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Above 60 B the answers of flow 1 are held: the second one of 100 B, from 0.02 s to 0.1 s. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 20}, {10000, 1, true, 200}, {20000, 1, true, 100}, {30000, 2, false, 30}};

static void what_is_held_is_offered_later(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"application.csv", "1,all,1,100,100,", "1,all,4,100,100,", CHECK_APPLICATION,
         "application.csv: row 2, held_packets: '4' does not fit: packets of the flow, held by "
         "--write-high"},
        {"application.csv", "1,all,1,100,100,", "1,all,0,100,100,", CHECK_APPLICATION,
         "application.csv: row 2, held_bytes: '100' does not fit: a byte or more for each packet, "
         "offered later"},
        {"application.csv", "1,all,1,100,100,", "1,all,1,301,100,", CHECK_APPLICATION,
         "application.csv: row 2, held_bytes: '301' does not fit: a byte or more for each packet, "
         "offered later"},
        {"application.csv", "1,all,1,100,100,", "1,all,1,100,101,", CHECK_APPLICATION,
         "application.csv: row 2, max_held_bytes: '101' does not fit: the most at once is at most "
         "all that was held"},
        {"application.csv", "0.080000,2,", "0.200001,2,", CHECK_APPLICATION,
         "application.csv: row 2, max_held_s: '0.200001' does not fit: no longer than the flow, "
         "and only where something was held"},
    };

    changed_run_make(packets, COUNT(packets),
                     CHANGED_RUN_LIMITS " --write-high 60 --read-timeout 90ms");
    changed_run_expect(cases, COUNT(cases));
}

static void timeouts_fit_into_the_flow(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"application.csv", "0.080000,2,", "0.080000,3,", CHECK_APPLICATION,
         "application.csv: row 2, read_timeouts: '3' does not fit: silences as long as the "
         "timeout"},
    };

    changed_run_make(packets, COUNT(packets),
                     CHANGED_RUN_LIMITS " --write-high 60 --read-timeout 90ms");
    changed_run_expect(cases, COUNT(cases));
}

static void only_a_flush_bypasses_the_limits(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"application.csv", "0.080000,2,0,0,0", "0.080000,2,0,1,0", CHECK_APPLICATION,
         "application.csv: row 2, flushed_read_bytes: '1' does not fit: delivered below all "
         "filters, by --flush on a pair"},
    };

    changed_run_make(packets, COUNT(packets),
                     CHANGED_RUN_LIMITS " --write-high 60 --read-timeout 90ms");
    changed_run_expect(cases, COUNT(cases));
}

static void rows_are_those_of_flows(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"application.csv", "2,all,0,", "3,all,0,", CHECK_APPLICATION,
         "application.csv: row 1, flow: 3, but 2 expected: rows come as in flows.csv"},
        {"application.csv", "2,all,0,", "2,-,0,", CHECK_APPLICATION,
         "application.csv: row 1, group: '-' does not fit: the flow's group in flows.csv"},
        {"application.csv", "1,all,1,100,100,0.080000,2,0,0,0\n", "", CHECK_APPLICATION,
         "application.csv: no row for flow 1 of flows.csv"},
    };

    changed_run_make(packets, COUNT(packets),
                     CHANGED_RUN_LIMITS " --write-high 60 --read-timeout 90ms");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_is_offered_later),
        cmocka_unit_test(timeouts_fit_into_the_flow),
        cmocka_unit_test(only_a_flush_bypasses_the_limits),
        cmocka_unit_test(rows_are_those_of_flows),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
