#include "sim/verify/verify_exchanges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"
#include "tests/sim/verify/two_flows.h"

#define FLOW_1 "1,1,all,0.000000,150,40,0.060000,0.060000,0.060000,0.060000\n"
#define FLOW_2 "2,1,all,0.020000,80,50,0.100000,0.100000,0.100000,0.100000\n"

static void an_exchange_fits_its_flow(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"exchanges.csv", "2,1,all,", "3,1,all,", CHECK_EXCHANGES,
         "exchanges.csv: row 2, flow: '3' does not fit: a flow of TCP or UDP in flows.csv"},
        {"exchanges.csv", "2,1,all,", "2,1,-,", CHECK_EXCHANGES,
         "exchanges.csv: row 2, group: '-' does not fit: a group that the flow was in"},
        {"exchanges.csv", "2,1,all,", "2,2,all,", CHECK_EXCHANGES,
         "exchanges.csv: row 2, exchange: 2, but 1 expected: a flow's exchanges come in order"},
        {"exchanges.csv", "all,0.020000", "all,0.019999", CHECK_EXCHANGES,
         "exchanges.csv: row 2, start_s: '0.019999' does not fit: between the one before it and "
         "the run's end"},
        {"exchanges.csv", ",150,40,", ",149,40,", CHECK_EXCHANGES,
         "exchanges.csv: flow 1: its requests have other bytes than it was offered"},
        {"exchanges.csv", ",80,50,", ",80,51,", CHECK_EXCHANGES,
         "exchanges.csv: flow 2: its responses have other bytes than it was offered"},
        {"exchanges.csv", FLOW_2, "", CHECK_EXCHANGES,
         "exchanges.csv: flow 2: it has exchanges if, and only if, it has payload"},
        {"exchanges.csv", FLOW_1, FLOW_1 FLOW_1, CHECK_EXCHANGES,
         "exchanges.csv: row 2, exchange: 1, but 2 expected: a flow's exchanges come in order"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void times_fit_each_other(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,0.100001,0.100001,0.100000,0.100000\n",
         CHECK_EXCHANGES,
         "exchanges.csv: row 2, captured_response_s: '0.100000' does not fit: given with a "
         "response, and not before its first byte"},
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,,0.100000,0.100000,0.100000\n",
         CHECK_EXCHANGES,
         "exchanges.csv: row 2, captured_first_byte_s: '' does not fit: given with a response"},
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,0.100000,0.099999,0.100000,0.100000\n",
         CHECK_EXCHANGES,
         "exchanges.csv: row 2, first_byte_s: '0.099999' does not fit: of a response to what was "
         "due, in open replay not before it was captured"},
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,0.100000,0.100000,0.100000,0.180001\n",
         CHECK_EXCHANGES,
         "exchanges.csv: row 2, response_s: '0.180001' does not fit: between the first byte and "
         "the flow's end, in open replay not before it was captured"},
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,0.090000,0.090000,0.090000,0.090000\n",
         CHECK_EXCHANGES,
         "exchanges.csv: flow 2: captured_completion_s is not the end of its last response"},
        {"exchanges.csv", FLOW_2, "2,1,all,0.020000,80,50,0.100000,0.100000,0.100000,\n",
         CHECK_EXCHANGES,
         "exchanges.csv: flow 2: completion_s is before the end of its last "
         "response"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

static void completion_fits_the_flow(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flows.csv", ",0.060000,0.100000\n", ",,0.100000\n", CHECK_RANGES,
         "flows.csv: row 1, captured_completion_s: '' does not fit: given where there is payload"},
        {"flows.csv", ",0.060000,0.100000\n", ",0.060000,\n", CHECK_RANGES,
         "flows.csv: row 1, completion_s: '' does not fit: given where all was delivered"},
        {"flows.csv", ",0.060000,0.100000\n", ",0.060000,0.059999\n", CHECK_RANGES,
         "flows.csv: row 1, completion_s: '0.059999' does not fit: delivered after it was "
         "captured, wholly, and before the flow's end"},
        {"flows.csv", ",0.100000,0.180000\n", ",0.100000,0.170000\n", CHECK_SUMMARY,
         "summary.json: group all: completion: completion_p90_s: 0.18, but 0.17 expected by the "
         "CSV files"},
        {"summary.json", "\"behind_max_s\": 0.18", "\"behind_max_s\": 0.19", CHECK_SUMMARY,
         "summary.json: group all: read: behind_max_s: 0.19, but 0.18 expected by the CSV files"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Rows of the flow with most bytes: the other one has none. */
static void fewer_flows_may_have_rows(void **state)
{
    (void)state;
    static const struct changed_run_packet packets[] = {
        {0, 1, false, 100}, {10000, 2, false, 90}, {20000, 2, true, 5}, {30000, 1, true, 90}};
    static const struct two_flows_case cases[] = {
        {"exchanges.csv", ",100,90,", ",101,90,", CHECK_EXCHANGES,
         "exchanges.csv: flow 1: its requests have other bytes than it was offered"}};

    changed_run_make(packets, 4, CHANGED_RUN_LIMITS " --exchanges 1");
    changed_run_expect(cases, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exchange_fits_its_flow),
        cmocka_unit_test(times_fit_each_other),
        cmocka_unit_test(completion_fits_the_flow),
        cmocka_unit_test(fewer_flows_may_have_rows),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
