#include "sim/verify/verify_burst.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of runs with filters bursts are not recomputed, only their ranges are checked. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 80}, {60000, 1, true, 40}};

static void rows_name_what_they_measure(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"burst.csv", "all,,read,offered,longest,1,330", "none,,read,offered,longest,1,330",
         CHECK_BURST, "burst.csv: row 16, group: 'none' does not fit: a group with ticks"},
        {"burst.csv", "all,,read,offered,longest,1,330", "all,3,read,offered,longest,1,330",
         CHECK_BURST,
         "burst.csv: row 16, flow: '3' does not fit: a flow of this group in flows.csv"},
        {"burst.csv", "all,,read,offered,longest,1,330", "all,,both,offered,longest,1,330",
         CHECK_BURST, "burst.csv: row 16, direction: 'both' is neither read nor write"},
        {"burst.csv", "all,,read,offered,longest,1,330", "all,,read,arrived,longest,1,330",
         CHECK_BURST, "burst.csv: row 16, stream: 'arrived' does not fit: offered or delivered"},
        {"burst.csv", "all,,read,offered,longest,1,330", "all,,read,offered,shortest,1,330",
         CHECK_BURST,
         "burst.csv: row 16, measure: 'shortest' does not fit: sigma, peak, longest or "
         "burst_for_delay"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void bytes_are_bounded_by_the_stream(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"burst.csv", "all,,read,offered,longest,1,330", "all,,read,offered,longest,1,331",
         CHECK_BURST,
         "burst.csv: row 16, bytes: '331' does not fit: no more than the group, or the flow, has "
         "in all"},
        {"burst.csv", "all,1,read,delivered,peak,1,90", "all,1,read,delivered,peak,1,251",
         CHECK_BURST,
         "burst.csv: row 105, bytes: '251' does not fit: no more than the group, or the flow, has "
         "in all"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void a_burst_is_no_longer_than_the_run(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"burst.csv", "all,,read,delivered,longest,4,330", "all,,read,delivered,longest,5,330",
         CHECK_BURST,
         "burst.csv: row 36, x: '5' does not fit: no more ticks than the run has, where there are "
         "bytes"},
        {"burst.csv", "all,,read,delivered,longest,4,330", "all,,read,delivered,longest,0,330",
         CHECK_BURST,
         "burst.csv: row 36, x: '0' does not fit: no more ticks than the run has, where there are "
         "bytes"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_name_what_they_measure),
        cmocka_unit_test(bytes_are_bounded_by_the_stream),
        cmocka_unit_test(a_burst_is_no_longer_than_the_run),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
