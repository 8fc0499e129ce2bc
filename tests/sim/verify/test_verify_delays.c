#include "sim/verify/verify_delays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

/* 100 B in each tick of 100 ms, 200 B at most, 100 B at first:
 *
 *     at 0     100 B at once
 *     at 0.50  200 B at once, and 100 B at 0.60: a delay of 100 ms
 *     at 1.25  200 B at once, and 100 B at 1.30: 50 ms, in a step that ends at 50.175 ms
 *     at 1.95  200 B at once, and 100 B at 2.00: 50 ms, in the second after
 */
static const struct changed_run_packet packets[] = {{0, 1, false, 100},
                                                    {500000, 2, false, 300},
                                                    {1250000, 1, false, 300},
                                                    {1950000, 2, false, 300}};

#define PACKETS  (sizeof(packets) / sizeof(packets[0]))
#define SECOND_0 "all,read,0,2,0.000000,0.100000,0.100000\n"
#define SECOND_1 "all,read,1,1,0.050000,0.050000,0.050000\n"
#define SECOND_2 "all,read,2,1,0.050000,0.050000,0.050000\n"

static void expect(const struct two_flows_case *cases, size_t count)
{
    changed_run_make(packets, PACKETS, CHANGED_RUN_LIMITS);
    changed_run_expect(cases, count);
}

static void a_second_fits_those_around_it(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"delays_time.csv", SECOND_1, "all,read,0,1,0.050000,0.050000,0.050000\n", CHECK_DELAYS,
         "delays_time.csv: row 2, second: '0' does not fit: rows come by second, group and "
         "direction"},
        {"delays_time.csv", "all,read,2,", "all,read,3,", CHECK_DELAYS,
         "delays_time.csv: row 3, second: '3' does not fit: a second of the run"},
        {"delays_time.csv", "all,read,2,1,", "all,read,2,0,", CHECK_DELAYS,
         "delays_time.csv: row 3, packets: '0' does not fit: a second has a row if it has packets"},
        {"delays_time.csv", "all,read,2,", "all,red,2,", CHECK_DELAYS,
         "delays_time.csv: row 3, direction: 'red' is neither read nor write"},
        {"delays_time.csv", "all,read,2,", "al,read,2,", CHECK_DELAYS,
         "delays_time.csv: row 3, group: 'al' does not fit: a group of the command"},
        {"delays_time.csv", SECOND_2, "all,read,2,1,0.050000,0.049000,0.050000\n", CHECK_DELAYS,
         "delays_time.csv: row 3, delay_p99_s: '0.049000' does not fit: p50 <= p99 <= max, each at "
         "the end of its step or the largest"},
    };

    expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void seconds_sum_to_the_run(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"delays_time.csv", SECOND_2, "", CHECK_DELAYS,
         "delays_time.csv: group all: read: 3 packets, delayed by 0.100000 s at most, but 4 and "
         "0.100000 s in delays.csv"},
        {"delays_time.csv", "0.100000,0.100000", "0.100001,0.100001", CHECK_DELAYS,
         "delays_time.csv: group all: read: 4 packets, delayed by 0.100001 s at most, but 4 and "
         "0.100000 s in delays.csv"},
        {"delays_time.csv", SECOND_2, "all,read,2,1,0.040000,0.040000,0.040000\n", CHECK_DELAYS,
         "delays_time.csv: group all: read: its seconds have from 2 to 2 packets with a delay of "
         "up "
         "to 0.040191 s, but 1 are in delays.csv"},
        {"delays_time.csv", SECOND_2, "all,read,2,1,0.060000,0.060000,0.060000\n", CHECK_DELAYS,
         "delays_time.csv: group all: read: its seconds have from 2 to 2 packets with a delay of "
         "up "
         "to 0.050175 s, but 3 are in delays.csv"},
    };

    expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void the_summary_has_the_delays_of_the_run(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"delays.csv", "all,read,0.050175,2\n", "all,read,0.050175,1\nall,read,0.060159,1\n",
         CHECK_DELAYS,
         "delays_time.csv: group all: read: its seconds have from 3 to 3 packets with a delay of "
         "up "
         "to 0.050175 s, but 2 are in delays.csv"},
        {"delays.csv", "0.050175,2", "0.050174,2", CHECK_DELAYS,
         "delays.csv: row 3, delay_s: '0.100000' does not fit: delays ascend by their steps, and "
         "only the largest is within one"},
        {"delays.csv", "0.050175,2", "0.050175,0", CHECK_DELAYS,
         "delays.csv: row 2, packets: '0' does not fit: packets had that delay"},
        {"summary.json", "\"delay_p50_s\": 0.050175", "\"delay_p50_s\": 0.0502", CHECK_DELAYS,
         "summary.json: group all: read: delay_p50_s: 0.050200 s, but 0.050175 s expected: "
         "recomputed from delays.csv"},
    };

    expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_fits_those_around_it),
        cmocka_unit_test(seconds_sum_to_the_run),
        cmocka_unit_test(the_summary_has_the_delays_of_the_run),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
