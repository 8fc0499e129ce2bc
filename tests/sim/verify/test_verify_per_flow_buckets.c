#include "sim/verify/verify_per_flow_buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Each flow has buckets of its own: 60 B per tick, at most 100 B. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 180}, {60000, 1, true, 40}, {350000, 2, false, 50}};

static void a_bucket_follows_libevents_refill(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "1,all,1,0,80,60", "1,all,1,1,80,60", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 3, read_bucket_bytes: 1, but 0 expected: min(burst, before + rate x "
         "ticks) - bytes"},
        {"flow_ticks.csv", "1,all,1,0,80,60", "1,all,1,0,81,60", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 3, write_bucket_bytes: 81, but 80 expected: min(burst, before + rate "
         "x ticks) - bytes"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 300B/tick --burst 300 --tick 100ms --flow-rate 60B/tick --flow-burst "
                     "100 --flow-tick 100ms --flow-ticks all");
    changed_run_expect(cases, COUNT(cases));
}

static void a_bucket_is_between_0_and_its_burst(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "2,all,2,0,100,", "2,all,2,0,101,", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 6, write_bucket_bytes: '101' does not fit: a per-flow bucket holds "
         "its burst at most, and is not overdrawn (but by TLS)"},
        {"flow_ticks.csv", "2,all,2,0,100,", "2,all,2,-1,100,", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 6, read_bucket_bytes: '-1' does not fit: a per-flow bucket holds its "
         "burst at most, and is not overdrawn (but by TLS)"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 300B/tick --burst 300 --tick 100ms --flow-rate 60B/tick --flow-burst "
                     "100 --flow-tick 100ms --flow-ticks all");
    changed_run_expect(cases, COUNT(cases));
}

static void refills_within_a_tick_come_before_or_after_its_bytes(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.100000,1,all,1,0,", "0.100000,1,all,1,1,", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 3, read_bucket_bytes: '1' does not fit: min(burst, before + rate x "
         "ticks) - bytes, in any order"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 300B/tick --burst 300 --tick 100ms --flow-rate 20B/tick --flow-burst "
                     "30 --flow-tick 30ms --flow-ticks all");
    changed_run_expect(cases, COUNT(cases));
}

static void a_limit_that_is_removed_has_no_level(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flow_ticks.csv", "0.300000,3,all,1,,,", "0.300000,3,all,1,0,,", CHECK_OWN_BUCKETS,
         "flow_ticks.csv: row 7, read_bucket_bytes: '0' does not fit: the flow has no per-flow "
         "limit"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 300B/tick --burst 300 --tick 100ms --flow-rate 60B/tick --flow-burst "
                     "100 --flow-tick 100ms --flow-ticks all --at 250ms:flow=1,rate=none");
    changed_run_expect(cases, COUNT(cases));
}

static void a_decrement_is_taken_from_the_flows_bucket(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"events.csv", ",decrement-read,", ",decrement-write,", CHECK_EVENTS,
         "events.csv: no row for the command's decrement-read at 0.150000 s on flow 1, which was "
         "open then"},
    };

    changed_run_make(packets, COUNT(packets),
                     "--rate 300B/tick --burst 300 --tick 100ms --flow-rate 60B/tick --flow-burst "
                     "100 --flow-tick 100ms --flow-ticks all --at "
                     "150ms:flow=1,decrement-read=150");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_follows_libevents_refill),
        cmocka_unit_test(a_bucket_is_between_0_and_its_burst),
        cmocka_unit_test(refills_within_a_tick_come_before_or_after_its_bytes),
        cmocka_unit_test(a_limit_that_is_removed_has_no_level),
        cmocka_unit_test(a_decrement_is_taken_from_the_flows_bucket),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
