#include "sim/verify/verify_summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/two_flows.h"

static void sums_are_those_of_the_files(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"summary.json", "\"peak_tick_bytes\": 50", "\"peak_tick_bytes\": 51", CHECK_SUMMARY,
         "summary.json: group all: write: peak_tick_bytes: 51, but 50 expected by the CSV files"},
        {"summary.json", "\"packets\": 4,\n      \"ticks\"", "\"packets\": 5,\n      \"ticks\"",
         CHECK_SUMMARY, "summary.json: group all: packets: 5, but 4 expected by the CSV files"},
        {"summary.json", "\"grants_per_mb\": 22222.2222222222", "\"grants_per_mb\": 22222",
         CHECK_SUMMARY,
         "summary.json: group all: write: grants_per_mb: 22222, but 22222.2222222222 expected by "
         "the "
         "CSV files"},
        {"summary.json",
         "\"headline\": {\n            \"window_ticks\": 1,\n            \"window_s\": 0.1,\n      "
         "      \"windows\": 1,",
         "\"headline\": {\n            \"window_ticks\": 2,\n            \"window_s\": 0.1,\n      "
         "      \"windows\": 1,",
         CHECK_SUMMARY,
         "summary.json: group all: read: headline: window_ticks: 2, but 1 expected by the CSV "
         "files"},
        {"summary.json", "\"lost_tokens_bytes\": 10", "\"lost_tokens_bytes\": 11", CHECK_SUMMARY,
         "summary.json: group all: write: lost_tokens_bytes: 11, but 10 expected by the CSV files"},
        {"summary.json", "\"retransmitted_bytes\": 0", "\"retransmitted_bytes\": 3", CHECK_SUMMARY,
         "summary.json: trace: retransmitted_bytes: 3, but 0 expected by the CSV files"},
        {"summary.json", "\"tcp_payload_bytes\": 0", "\"tcp_payload_bytes\": 1", CHECK_SUMMARY,
         "summary.json: trace: tcp_payload_bytes: 1, but 0 expected by the CSV files"},
        {"summary.json", "\"first_packet\": 2", "\"first_packet\": 1", CHECK_SUMMARY,
         "summary.json: trace: responders_by: 1 flows, but 2 opened"},
        {"summary.json", "\"sigma_charged_bytes\": 100", "\"sigma_charged_bytes\": 99",
         CHECK_SUMMARY,
         "summary.json: group all: read: sigma_charged_bytes: 99, but 100 expected by the "
         "CSV files"},
        {"summary.json", "\"delay_p90_s\": 0.18", "\"delay_p90_s\": 0.180001", CHECK_SUMMARY,
         "summary.json: group all: read: delay_p90_s: 0.180001 s does not fit: p50 <= p90 <= p99"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

/* 230 B are read, 90 B written, all are delivered, and the run drained. */
static void losses_follow_from_offered_and_delivered(void **state)
{
    (void)state;
#define READ  "\"delivered_bytes\": 230,\n        "
#define WRITE "\"delivered_bytes\": 90,\n        \"undelivered_bytes\": 0,\n        "
    static const struct two_flows_case cases[] = {
        {"summary.json", READ "\"undelivered_bytes\": 0", READ "\"undelivered_bytes\": 1",
         CHECK_SUMMARY,
         "summary.json: group all: read: undelivered_bytes: 1, but 0 expected by the CSV files"},
        {"summary.json", WRITE "\"unoffered_bytes\": 0", WRITE "\"unoffered_bytes\": 10",
         CHECK_SUMMARY,
         "summary.json: group all: write: unoffered_bytes: 10, but 0 expected by the CSV files"},
        {"summary.json", WRITE "\"unoffered_bytes\": 0,\n        \"delivered_percent\": 100.0",
         WRITE "\"unoffered_bytes\": 0,\n        \"delivered_percent\": 99.0", CHECK_SUMMARY,
         "summary.json: group all: write: delivered_percent: 99.0, but 100.0 expected by the CSV "
         "files"},
    };

    two_flows_expect(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_files),
        cmocka_unit_test(losses_follow_from_offered_and_delivered),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
