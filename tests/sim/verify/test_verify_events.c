#include "sim/verify/verify_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void events_are_those_of_the_command(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"events.csv", "0,-30,", "0,-31,", CHECK_EVENTS,
         "events.csv: row 1, read_bucket_after_bytes: -31, but -30 expected: before - what the "
         "command takes"},
        {"events.csv", "0.150000,1", "0.150000,2", CHECK_EVENTS,
         "events.csv: row 1, tick: 2, but 1 expected: the tick of that time"},
        {"events.csv", "0.150000", "0.150001", CHECK_EVENTS,
         "events.csv: row 1, time_s: 150001, but 150000 expected: microseconds, as the command has "
         "them"},
        {"events.csv", ",200,50,", ",200,51,", CHECK_EVENTS,
         "events.csv: row 1, min_share_bytes: 51, but 50 expected: the limit in force from then "
         "on"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_those_of_the_command),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
