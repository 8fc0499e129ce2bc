#include "sim/verify/verify_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void limits_are_those_of_the_command(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"summary.json", "\"seed\": 1", "\"seed\": 2", CHECK_SETTINGS,
         "summary.json: seed: not the one that the command gives"},
        {"summary.json", "\"idle_ticks\": \"keep\"", "\"idle_ticks\": \"skip\"", CHECK_SETTINGS,
         "summary.json: settings: idle_ticks: not the one that the command gives"},
        {"summary.json", "\"count\": \"stream\"", "\"count\": \"payload\"", CHECK_SETTINGS,
         "summary.json: settings: count: not the one that the command gives"},
        {"summary.json", "\"read_rate_bytes_per_s\": 1000.0,\n          \"read_burst_bytes\": 200",
         "\"read_rate_bytes_per_s\": 1000.0,\n          \"read_burst_bytes\": 201", CHECK_SETTINGS,
         "summary.json: group all: read_burst_bytes: 201, but 200 expected by the command"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_those_of_the_command),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
