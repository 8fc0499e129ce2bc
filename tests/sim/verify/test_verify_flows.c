#include "sim/verify/verify_flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void bytes_are_conserved(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flows.csv", "2,150,150", "2,150,149", CHECK_CONSERVATION,
         "flows.csv: row 1, read_bytes: 149, but 150 expected: the run drained, so all that was "
         "offered"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void figures_are_in_their_ranges(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flows.csv", "0.000000,0.120000", "0.130000,0.120000", CHECK_RANGES,
         "flows.csv: row 1, start_s: '0.130000' does not fit: start_s <= end_s"},
        {"flows.csv", "1,all,udp,192.0.2.1,1000", "1,all,udp,192.0.2.1,70000", CHECK_RANGES,
         "flows.csv: row 1, initiator_port: '70000' does not fit: a port is at most 65535"},
        {"flows.csv", "0.100000,0.100000,0.100000", "0.100000,0.099999,0.100000", CHECK_RANGES,
         "flows.csv: row 1, read_delay_p99_s: '0.099999' does not fit: p50 <= p99 <= max"},
        {"flows.csv", "50,50,0,0,0,0,1,0", "50,50,0,0,0,0,1,5", CHECK_RANGES,
         "flows.csv: row 2, retransmitted_bytes: '5' does not fit: only TCP retransmits"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_conserved),
        cmocka_unit_test(figures_are_in_their_ranges),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
