#include "sim/account/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "sim/account/run_table.h"
#include "sim/base/version.h"
#include "sim/cli/options.h"
#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

#define TEXT_BYTES 16384

/* Two flows in two ticks of a group: 250 B offered to the responders, 180 B of which are delivered,
 * one packet at once and one after 0.1 s; 40 B of the answers. One flow is in no group. An exchange
 * of 10 ms takes 30 ms, one of 0.5 ms is never answered, a third has no response in the capture. */
static struct parsed_options parsed;
static struct flow_source_counts counts;
static struct group_totals groups[2];
static struct outcome outcome;
static struct warnings warnings;
static struct summary summary;
static struct owned_directory directory;
static char error[SIM_ERROR_BYTES];

static void add_exchanges(void)
{
    const struct response responses[] = {{.flow = 1,
                                          .exchange = 1,
                                          .start_us = 1000,
                                          .captured_response_us = 10000,
                                          .response_us = 30000,
                                          .ip_version = 4,
                                          .initiator = {.address = {192, 0, 2, 1}, .port = 1025},
                                          .responder = {.address = {192, 0, 2, 2}, .port = 80}},
                                         {.flow = 2,
                                          .exchange = 3,
                                          .start_us = -1,
                                          .captured_response_us = 500,
                                          .response_us = -1,
                                          .ip_version = 6,
                                          .initiator = {.address = {0x20, 1}, .port = 1026},
                                          .responder = {.address = {0x20, 2}, .port = 443}},
                                         {.flow = 2, .captured_response_us = -1}};

    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
        response_times_add(&groups[0].responses, &responses[i]);
    completion_times_add(&groups[0].completion, 20000, 50000);
    completion_times_add(&groups[0].completion, 120000, -1);
}

static void make_groups(void)
{
    memset(groups, 0, sizeof(groups));
    groups[0] = (struct group_totals){.name = "all",
                                      .limits = &parsed.run.limits[0],
                                      .flows = 2,
                                      .packets = 3,
                                      .ticks = 2,
                                      .offered_bytes = {250, 40},
                                      .delivered_bytes = {180, 40},
                                      .charged_bytes = {180, 40},
                                      .peak_tick_bytes = {100, 40},
                                      .peak_backlog_bytes = {150, 0},
                                      .peak_members = 2};
    groups[1] = (struct group_totals){.name = GROUP_NAME_NONE, .flows = 1, .packets = 1};
    delay_histogram_add(&groups[0].delays[SHAPER_READ], 0);
    delay_histogram_add(&groups[0].delays[SHAPER_READ], 100000);
    delay_histogram_add(&groups[0].delays[SHAPER_WRITE], 0);
    delay_histogram_add(&groups[0].behind[SHAPER_READ], 0);
    delay_histogram_add(&groups[0].behind[SHAPER_READ], 150000);
    delay_histogram_add(&groups[0].behind[SHAPER_WRITE], 20000);
    add_exchanges();
}

static int set_up(void **state)
{
    const char *words[] = {"run",    "two.pcap", "--rate",      "100B/tick", "--burst", "200",
                           "--tick", "100ms",    "--min-share", "50",        NULL};

    scratch_make(state);
    assert_int_equal(options_parse(COMMAND_RUN, 10, (char **)(uintptr_t)words, &parsed, error),
                     SIM_OK);
    make_groups();
    counts = (struct flow_source_counts){.packets = 6,
                                         .replayed = 4,
                                         .skipped = {[SKIP_NOT_IP] = 2},
                                         .flows = 3,
                                         .bytes = 310,
                                         .duration_us = 120000};
    outcome = (struct outcome){.end = REPLAY_MAX_TIME,
                               .end_us = 200000,
                               .groups = {&groups[0], &groups[1]},
                               .counts = &counts,
                               .group_count = 2};
    memset(&warnings, 0, sizeof(warnings));
    warnings_add(&warnings, "%d packets are left", 1);
    summary =
        (struct summary){.config = &parsed.run,
                         .outcome = &outcome,
                         .warnings = &warnings,
                         .trace_name = "two.pcap",
                         .trace_hash = "0123456789abcdef0123456789abcdef",
                         .files = {.files = {{.name = "ticks.csv", .hash = "00ff"}}, .count = 1}};
    scratch_path(OWNED_MARKER);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    return 0;
}

static int tear_down(void **state)
{
    owned_directory_unmark(&directory);
    owned_directory_close(&directory);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        delay_histogram_fini(&groups[0].delays[d]);
        delay_histogram_fini(&groups[0].behind[d]);
    }
    response_times_fini(&groups[0].responses);
    completion_times_fini(&groups[0].completion);
    parsed_options_fini(&parsed);
    return scratch_remove(state);
}

static void read_text(FILE *file, char text[TEXT_BYTES])
{
    assert_non_null(file);
    size_t bytes = fread(text, 1, TEXT_BYTES - 1, file);
    assert_true(bytes < TEXT_BYTES - 1);
    text[bytes] = '\0';
    fclose(file);
}

static void write_summary(char text[TEXT_BYTES])
{
    const char *path = scratch_path("summary.json");

    assert_int_equal(summary_write(&summary, &directory, error), SIM_OK);
    read_text(fopen(path, "r"), text);
}

/* %s is the version of libevent. */
static const char before_end[] = "{\n"
                                 "  \"format\": 5,\n"
                                 "  \"command\": \"shapesim run two.pcap --rate 100B/tick --burst "
                                 "200 --tick 100ms --min-share 50\",\n"
                                 "  \"versions\": {\n"
                                 "    \"shapesim\": \"" SHAPESIM_VERSION "\",\n"
                                 "    \"libevent\": \"%s\"\n"
                                 "  },\n"
                                 "  \"settings\": {\n"
                                 "    \"transport\": \"pair\",\n"
                                 "    \"clock\": \"virtual\",\n"
                                 "    \"scheduler\": \"libevent\",\n"
                                 "    \"shape\": \"responder\",\n"
                                 "    \"initial_tokens\": \"tick\",\n"
                                 "    \"max_single_read_bytes\": 16384,\n"
                                 "    \"max_single_write_bytes\": 16384,\n"
                                 "    \"tls_version\": null,\n"
                                 "    \"dirty_shutdown\": false,\n"
                                 "    \"dirty_shutdown_allowed\": false,\n"
                                 "    \"payload\": \"zero\",\n"
                                 "    \"flush\": \"none\",\n"
                                 "    \"write_high_bytes\": null,\n"
                                 "    \"write_low_bytes\": 0,\n"
                                 "    \"read_high_bytes\": null,\n"
                                 "    \"read_low_bytes\": null,\n"
                                 "    \"filter_high_bytes\": null,\n"
                                 "    \"read_timeout_s\": null,\n"
                                 "    \"write_timeout_s\": null,\n"
                                 "    \"replay\": \"closed\",\n"
                                 "    \"copies\": 1,\n"
                                 "    \"spread_s\": null,\n"
                                 "    \"speed\": 1.0,\n"
                                 "    \"receive_window_bytes\": null,\n"
                                 "    \"from_s\": null,\n"
                                 "    \"to_s\": null,\n"
                                 "    \"decapsulate\": false,\n"
                                 "    \"count\": \"stream\",\n"
                                 "    \"filter\": null,\n"
                                 "    \"responder\": null,\n"
                                 "    \"idle_timeout_s\": 300.0,\n"
                                 "    \"max_gap_s\": null,\n"
                                 "    \"max_flows\": 100000,\n"
                                 "    \"max_time_s\": null,\n"
                                 "    \"flow_ticks\": 20,\n"
                                 "    \"exchanges\": \"all\",\n"
                                 "    \"idle_ticks\": \"keep\",\n"
                                 "    \"fairness_windows_s\": [],\n"
                                 "    \"headline_window_s\": 0.1\n"
                                 "  },\n"
                                 "  \"seed\": 1,\n"
                                 "  \"trace\": {\n"
                                 "    \"name\": \"two.pcap\",\n"
                                 "    \"xxh3_128\": \"0123456789abcdef0123456789abcdef\",\n"
                                 "    \"packets\": 6,\n"
                                 "    \"replayed_packets\": 4,\n"
                                 "    \"skipped_packets\": {\n"
                                 "      \"unsupported_link_type\": 0,\n"
                                 "      \"not_ip\": 2,\n"
                                 "      \"cut_before_ports\": 0,\n"
                                 "      \"malformed\": 0,\n"
                                 "      \"encrypted\": 0,\n"
                                 "      \"aggregated\": 0,\n"
                                 "      \"link_layer_fragment\": 0,\n"
                                 "      \"filtered\": 0,\n"
                                 "      \"beyond_max_flows\": 0,\n"
                                 "      \"late\": 0\n"
                                 "    },\n"
                                 "    \"flows\": 3,\n"
                                 "    \"bytes\": 310,\n"
                                 "    \"duration_s\": 0.12,\n"
                                 "    \"backward_timestamps\": 0,\n"
                                 "    \"sorted_packets\": 0,\n"
                                 "    \"packets_out_of_line\": 0,\n"
                                 "    \"clock_steps\": 0,\n"
                                 "    \"packets_left_out\": 0,\n"
                                 "    \"packets_without_time\": 0,\n"
                                 "    \"shortened_gaps\": 0,\n"
                                 "    \"removed_by_max_gap_s\": 0.0,\n"
                                 "    \"tcp_payload_bytes\": 0,\n"
                                 "    \"retransmitted_packets\": 0,\n"
                                 "    \"retransmitted_bytes\": 0,\n"
                                 "    \"duplicate_packets\": 0,\n"
                                 "    \"duplicate_bytes\": 0,\n"
                                 "    \"duplicate_datagrams\": 0,\n"
                                 "    \"duplicate_datagram_bytes\": 0,\n"
                                 "    \"given_up_gaps\": 0,\n"
                                 "    \"late_bytes\": 0,\n"
                                 "    \"responders_by\": {\n"
                                 "      \"option\": 0,\n"
                                 "      \"syn\": 0,\n"
                                 "      \"port_below_1024\": 0,\n"
                                 "      \"port_below_32768\": 0,\n"
                                 "      \"first_packet\": 0\n"
                                 "    }\n"
                                 "  },\n";

static const char from_end[] = "  \"end\": \"max-time\",\n"
                               "  \"end_s\": 0.2,\n"
                               "  \"groups\": [\n"
                               "    {\n"
                               "      \"name\": \"all\",\n"
                               "      \"match\": null,\n"
                               "      \"limits\": {\n"
                               "        \"configured\": {\n"
                               "          \"read_rate_bytes_per_tick\": 100,\n"
                               "          \"read_rate_unit\": \"B/tick\",\n"
                               "          \"read_burst_bytes\": 200,\n"
                               "          \"write_rate_bytes_per_tick\": 100,\n"
                               "          \"write_rate_unit\": \"B/tick\",\n"
                               "          \"write_burst_bytes\": 200,\n"
                               "          \"tick_s\": 0.1,\n"
                               "          \"min_share_bytes\": 50\n"
                               "        },\n"
                               "        \"effective\": {\n"
                               "          \"tick_s\": 0.1,\n"
                               "          \"read_rate_bytes_per_tick\": 100,\n"
                               "          \"read_rate_bytes_per_s\": 1000.0,\n"
                               "          \"read_burst_bytes\": 200,\n"
                               "          \"write_rate_bytes_per_tick\": 100,\n"
                               "          \"write_rate_bytes_per_s\": 1000.0,\n"
                               "          \"write_burst_bytes\": 200,\n"
                               "          \"min_share_bytes\": 50\n"
                               "        }\n"
                               "      },\n"
                               "      \"flows\": 2,\n"
                               "      \"packets\": 3,\n"
                               "      \"ticks\": 2,\n"
                               "      \"peak_members\": 2,\n"
                               "      \"false_end_of_file_flows\": 0,\n"
                               "      \"broken_flows\": 0,\n"
                               "      \"responses\": {\n"
                               "        \"exchanges\": 2,\n"
                               "        \"unanswered\": 1,\n"
                               "        \"without_response\": 1,\n"
                               "        \"slowdown_left_out\": 1,\n"
                               "        \"response_p50_s\": 0.03,\n"
                               "        \"response_p90_s\": null,\n"
                               "        \"response_p99_s\": null,\n"
                               "        \"response_max_s\": null,\n"
                               "        \"captured_response_p50_s\": 0.000501,\n"
                               "        \"captured_response_p90_s\": 0.01,\n"
                               "        \"captured_response_p99_s\": 0.01,\n"
                               "        \"captured_response_max_s\": 0.01,\n"
                               "        \"added_p50_s\": 0.02,\n"
                               "        \"added_p90_s\": null,\n"
                               "        \"added_p99_s\": null,\n"
                               "        \"added_max_s\": null,\n"
                               "        \"slowdown_p50\": 3.0,\n"
                               "        \"slowdown_p99\": 3.0,\n"
                               "        \"slowest\": [\n"
                               "          {\n"
                               "            \"flow\": 2,\n"
                               "            \"exchange\": 3,\n"
                               "            \"initiator\": \"[2001::]:1026\",\n"
                               "            \"responder\": \"[2002::]:443\",\n"
                               "            \"start_s\": null,\n"
                               "            \"captured_response_s\": 0.0005,\n"
                               "            \"response_s\": null\n"
                               "          },\n"
                               "          {\n"
                               "            \"flow\": 1,\n"
                               "            \"exchange\": 1,\n"
                               "            \"initiator\": \"192.0.2.1:1025\",\n"
                               "            \"responder\": \"192.0.2.2:80\",\n"
                               "            \"start_s\": 0.001,\n"
                               "            \"captured_response_s\": 0.01,\n"
                               "            \"response_s\": 0.03\n"
                               "          }\n"
                               "        ]\n"
                               "      },\n"
                               "      \"completion\": {\n"
                               "        \"flows\": 2,\n"
                               "        \"incomplete\": 1,\n"
                               "        \"completion_p50_s\": 0.05,\n"
                               "        \"completion_p90_s\": null,\n"
                               "        \"completion_p99_s\": null,\n"
                               "        \"completion_max_s\": null,\n"
                               "        \"captured_completion_p50_s\": 0.020095,\n"
                               "        \"captured_completion_p90_s\": 0.12,\n"
                               "        \"captured_completion_p99_s\": 0.12,\n"
                               "        \"captured_completion_max_s\": 0.12\n"
                               "      },\n"
                               "      \"read\": {\n"
                               "        \"offered_bytes\": 250,\n"
                               "        \"delivered_bytes\": 180,\n"
                               "        \"withheld_bytes\": 0,\n"
                               "        \"undelivered_bytes\": 70,\n"
                               "        \"unoffered_bytes\": 0,\n"
                               "        \"delivered_percent\": 72.0,\n"
                               "        \"utilisation\": 0.9,\n"
                               "        \"peak_tick_bytes\": 100,\n"
                               "        \"peak_backlog_bytes\": 150,\n"
                               "        \"delay_p50_s\": 0.0,\n"
                               "        \"delay_p90_s\": 0.1,\n"
                               "        \"delay_p99_s\": 0.1,\n"
                               "        \"delay_max_s\": 0.1,\n"
                               "        \"behind_p50_s\": 0.0,\n"
                               "        \"behind_p90_s\": 0.15,\n"
                               "        \"behind_p99_s\": 0.15,\n"
                               "        \"behind_max_s\": 0.15\n"
                               "      },\n"
                               "      \"write\": {\n"
                               "        \"offered_bytes\": 40,\n"
                               "        \"delivered_bytes\": 40,\n"
                               "        \"withheld_bytes\": 0,\n"
                               "        \"undelivered_bytes\": 0,\n"
                               "        \"unoffered_bytes\": 0,\n"
                               "        \"delivered_percent\": 100.0,\n"
                               "        \"utilisation\": 0.2,\n"
                               "        \"peak_tick_bytes\": 40,\n"
                               "        \"peak_backlog_bytes\": 0,\n"
                               "        \"delay_p50_s\": 0.0,\n"
                               "        \"delay_p90_s\": 0.0,\n"
                               "        \"delay_p99_s\": 0.0,\n"
                               "        \"delay_max_s\": 0.0,\n"
                               "        \"behind_p50_s\": 0.02,\n"
                               "        \"behind_p90_s\": 0.02,\n"
                               "        \"behind_p99_s\": 0.02,\n"
                               "        \"behind_max_s\": 0.02\n"
                               "      }\n"
                               "    },\n";

static const char from_second_group[] = "    {\n"
                                        "      \"name\": \"-\",\n"
                                        "      \"flows\": 1,\n"
                                        "      \"packets\": 1,\n"
                                        "      \"ticks\": 0,\n"
                                        "      \"peak_members\": 0,\n"
                                        "      \"false_end_of_file_flows\": 0,\n"
                                        "      \"broken_flows\": 0,\n"
                                        "      \"responses\": {\n"
                                        "        \"exchanges\": 0,\n"
                                        "        \"unanswered\": 0,\n"
                                        "        \"without_response\": 0,\n"
                                        "        \"slowdown_left_out\": 0,\n"
                                        "        \"response_p50_s\": null,\n"
                                        "        \"response_p90_s\": null,\n"
                                        "        \"response_p99_s\": null,\n"
                                        "        \"response_max_s\": null,\n"
                                        "        \"captured_response_p50_s\": null,\n"
                                        "        \"captured_response_p90_s\": null,\n"
                                        "        \"captured_response_p99_s\": null,\n"
                                        "        \"captured_response_max_s\": null,\n"
                                        "        \"added_p50_s\": null,\n"
                                        "        \"added_p90_s\": null,\n"
                                        "        \"added_p99_s\": null,\n"
                                        "        \"added_max_s\": null,\n"
                                        "        \"slowdown_p50\": null,\n"
                                        "        \"slowdown_p99\": null,\n"
                                        "        \"slowest\": []\n"
                                        "      },\n"
                                        "      \"completion\": {\n"
                                        "        \"flows\": 0,\n"
                                        "        \"incomplete\": 0,\n"
                                        "        \"completion_p50_s\": null,\n"
                                        "        \"completion_p90_s\": null,\n"
                                        "        \"completion_p99_s\": null,\n"
                                        "        \"completion_max_s\": null,\n"
                                        "        \"captured_completion_p50_s\": null,\n"
                                        "        \"captured_completion_p90_s\": null,\n"
                                        "        \"captured_completion_p99_s\": null,\n"
                                        "        \"captured_completion_max_s\": null\n"
                                        "      },\n"
                                        "      \"read\": {\n"
                                        "        \"offered_bytes\": 0,\n"
                                        "        \"delivered_bytes\": 0,\n"
                                        "        \"withheld_bytes\": 0,\n"
                                        "        \"undelivered_bytes\": 0,\n"
                                        "        \"unoffered_bytes\": 0,\n"
                                        "        \"delivered_percent\": null,\n"
                                        "        \"utilisation\": null,\n"
                                        "        \"peak_tick_bytes\": 0,\n"
                                        "        \"peak_backlog_bytes\": 0,\n"
                                        "        \"delay_p50_s\": null,\n"
                                        "        \"delay_p90_s\": null,\n"
                                        "        \"delay_p99_s\": null,\n"
                                        "        \"delay_max_s\": null,\n"
                                        "        \"behind_p50_s\": null,\n"
                                        "        \"behind_p90_s\": null,\n"
                                        "        \"behind_p99_s\": null,\n"
                                        "        \"behind_max_s\": null\n"
                                        "      },\n"
                                        "      \"write\": {\n"
                                        "        \"offered_bytes\": 0,\n"
                                        "        \"delivered_bytes\": 0,\n"
                                        "        \"withheld_bytes\": 0,\n"
                                        "        \"undelivered_bytes\": 0,\n"
                                        "        \"unoffered_bytes\": 0,\n"
                                        "        \"delivered_percent\": null,\n"
                                        "        \"utilisation\": null,\n"
                                        "        \"peak_tick_bytes\": 0,\n"
                                        "        \"peak_backlog_bytes\": 0,\n"
                                        "        \"delay_p50_s\": null,\n"
                                        "        \"delay_p90_s\": null,\n"
                                        "        \"delay_p99_s\": null,\n"
                                        "        \"delay_max_s\": null,\n"
                                        "        \"behind_p50_s\": null,\n"
                                        "        \"behind_p90_s\": null,\n"
                                        "        \"behind_p99_s\": null,\n"
                                        "        \"behind_max_s\": null\n"
                                        "      }\n"
                                        "    }\n"
                                        "  ],\n"
                                        "  \"files\": {\n"
                                        "    \"ticks.csv\": \"00ff\"\n"
                                        "  },\n"
                                        "  \"warnings\": [\n"
                                        "    \"1 packets are left\"\n"
                                        "  ]\n"
                                        "}\n";

static void summary_json_has_each_member_in_order(void **state)
{
    (void)state;
    char text[TEXT_BYTES], expected[TEXT_BYTES];

    snprintf(expected, sizeof(expected), before_end, event_get_version());
    strcat(expected, from_end);
    strcat(expected, from_second_group);
    write_summary(text);
    assert_string_equal(text, expected);
}

static void bytes_that_no_tick_can_carry_have_no_utilisation(void **state)
{
    (void)state;
    char text[TEXT_BYTES];

    groups[0].ticks = 0;
    write_summary(text);
    int count = 0;
    for (const char *at = text; (at = strstr(at, "\"utilisation\": null")); at++)
        count++;
    assert_int_equal(count, 4); /* in both directions of both groups */
}

static void the_table_says_what_was_changed(void **state)
{
    (void)state;
    struct flow_schedule_options *schedule = &parsed.run.source.schedule;
    char text[TEXT_BYTES];
    FILE *file = tmpfile();

    assert_non_null(file);
    schedule->copies = 3;
    schedule->speed_milli = 1500;
    run_table_print(&summary, file);
    rewind(file);
    read_text(file, text);
    assert_non_null(strstr(text,
                           "\n        each flow 3 times within 1 s, gaps between the starts of "
                           "flows divided by 1.5\nrun "));
}

static void the_table_is_for_people(void **state)
{
    (void)state;
    char text[TEXT_BYTES];
    FILE *file = tmpfile();

    assert_non_null(file);
    run_table_print(&summary, file);
    rewind(file);
    read_text(file, text);
    assert_string_equal(
        text,
        "trace   two.pcap: 6 packets, 3 flows, 310 B in 120 ms\n"
        "        2 packets skipped (not_ip 2)\n"
        "run     max-time at 200 ms\n"
        "\n"
        "group        flows  direction        rate      burst  delivered     "
        "used  delay p50        p99        max\n"
        "all              2  read       100 B/tick      200 B      180 B   "
        "90.0 %       0 us     100 ms     100 ms\n"
        "                    write      100 B/tick      200 B       40 B   "
        "20.0 %       0 us       0 us       0 us\n"
        "-                1  read                -          -        0 B     "
        "   -          -          -          -\n"
        "                    write               -          -        0 B     "
        "   -          -          -          -\n"
        "\n"
        "group       direction  fairness J    least J     window  grants/MB  "
        "undelivered  not offered of trace\n"
        "all         read                -          -          -          -  "
        "       70 B          0 B   72.0 %\n"
        "            write               -          -          -          -  "
        "        0 B          0 B  100.0 %\n"
        "-           read                -          -          -          -  "
        "        0 B          0 B        -\n"
        "            write               -          -          -          -  "
        "        0 B          0 B        -\n"
        "\n"
        "group       figure           number    never        p50        p90        p99        max\n"
        "all         response              2        1      30 ms      never      never      never\n"
        "              captured                           501 us      10 ms      10 ms      10 ms\n"
        "              added                               20 ms      never      never      never\n"
        "              slowdown            1        0          3          3          3          3\n"
        "            completion            2        1      50 ms      never      never      never\n"
        "              captured                         20.09 ms     120 ms     120 ms     120 ms\n"
        "            read delay                             0 us     100 ms     100 ms     100 ms\n"
        "              behind                               0 us     150 ms     150 ms     150 ms\n"
        "            write delay                            0 us       0 us       0 us       0 us\n"
        "              behind                              20 ms      20 ms      20 ms      20 ms\n"
        "\n"
        "slowest exchanges, by the time added\n"
        "  [2001::]:1026 -> [2002::]:443, exchange 3 of flow 2: never instead of 500 us\n"
        "  192.0.2.1:1025 -> 192.0.2.2:80, exchange 1 of flow 1 at 1 ms: 30 ms instead of 10 ms\n"
        "all: small delays (p99 100 ms), as packets are due later: flows take for ever, not 120 ms "
        "(p99)\n");
}

static void the_last_warning_says_that_more_are_dropped(void **state)
{
    (void)state;
    for (int i = 2; i <= WARNINGS_MAX; i++)
        warnings_add(&warnings, "warning %d", i);
    assert_int_equal(warnings.count, WARNINGS_MAX);
    assert_string_equal(warnings.texts[WARNINGS_MAX - 1], "warning 64");
    warnings_add(&warnings, "warning %d", WARNINGS_MAX + 1);
    assert_int_equal(warnings.count, WARNINGS_MAX);
    assert_string_equal(warnings.texts[WARNINGS_MAX - 1], "and more warnings than fit here");
}

#define in_a_directory(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_directory(summary_json_has_each_member_in_order),
        in_a_directory(bytes_that_no_tick_can_carry_have_no_utilisation),
        in_a_directory(the_table_is_for_people),
        in_a_directory(the_table_says_what_was_changed),
        in_a_directory(the_last_warning_says_that_more_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
