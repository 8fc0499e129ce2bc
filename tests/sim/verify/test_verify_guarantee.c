#include "sim/verify/verify_guarantee.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Both flows wait in tick 1, which shares 100 B among them. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 180}, {60000, 1, true, 40}, {350000, 2, false, 50}};

static void drr_serves_both_up_to_a_min_share(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.100000,1,all,1,,,60,0,90,0", "0.100000,1,all,1,,,61,0,90,0",
         CHECK_GUARANTEE,
         "flow_ticks.csv: tick 1 of group all, read_bytes: flows 2 and 1 differ by 21 B of service "
         "per unit of weight while both waited, but the scheduler allows 20 B"},
        {"flow_ticks.csv", "0.100000,1,all,2,,,40,0,140,0", "0.100000,1,all,2,,,39,0,140,0",
         CHECK_GUARANTEE,
         "flow_ticks.csv: tick 1 of group all, read_bytes: flows 2 and 1 differ by 21 B of service "
         "per unit of weight while both waited, but the scheduler allows 20 B"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 100B/tick --burst 200 --tick 100ms --min-share 20 --scheduler drr "
                     "--flow-ticks all");
    changed_run_expect(cases, COUNT(cases));
}

static void sfq_serves_both_up_to_two_min_shares(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.100000,1,all,1,,,40,", "0.100000,1,all,1,,,19,", CHECK_GUARANTEE,
         "flow_ticks.csv: tick 1 of group all, read_bytes: flows 2 and 1 differ by 41 B of service "
         "per unit of weight while both waited, but the scheduler allows 40 B"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 100B/tick --burst 200 --tick 100ms --min-share 20 --scheduler sfq "
                     "--flow-ticks all");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drr_serves_both_up_to_a_min_share),
        cmocka_unit_test(sfq_serves_both_up_to_two_min_shares),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
