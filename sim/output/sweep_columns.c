#include "sim/output/sweep_columns.h"

#include <stdio.h>

const char *const sweep_column_names[SWEEP_COLUMNS] = {
    [SWEEP_COLUMN_RUN] = "run",
    [SWEEP_COLUMN_TRACE] = "trace",
    [SWEEP_COLUMN_SEED] = "seed",
    [SWEEP_COLUMN_STATUS] = "status",
    [SWEEP_COLUMN_SEEDS] = "n",
    [SWEEP_COLUMN_GROUP] = "group",
    [SWEEP_COLUMN_DIRECTION] = "direction",
    [SWEEP_COLUMN_METRIC] = "metric",
    [SWEEP_COLUMN_WINDOW] = "window_s",
    [SWEEP_COLUMN_VALUE] = "value",
};

const struct sweep_figure_column sweep_figure_columns[SWEEP_FIGURES] = {
    [SWEEP_THROUGHPUT] = {"throughput_bytes_per_s", SWEEP_MILLIONTH, "B/s",
                          "bytes delivered, over the group's ticks", false},
    [SWEEP_UTILISATION] = {"utilisation", SWEEP_RATIO, "",
                           "charged bytes as a share of the tokens that the bucket got; empty "
                           "without a rate",
                           false},
    [SWEEP_JAIN_1] = {"jain_1_tick", SWEEP_RATIO, "", "Jain's index, mean over windows of one tick",
                      true},
    [SWEEP_JAIN_10] = {"jain_10_ticks", SWEEP_RATIO, "",
                       "Jain's index, mean over windows of 10 ticks", true},
    [SWEEP_JAIN_RUN] = {"jain_run", SWEEP_RATIO, "",
                        "Jain's index over the whole run: 1 if everything was delivered, and then "
                        "no measure of fairness",
                        false},
    [SWEEP_RFB] = {"rfb_bytes", SWEEP_COUNT, "B", "relative fairness bound, as attained", false},
    [SWEEP_GPS_LAG] = {"gps_lag_bytes", SWEEP_COUNT, "B",
                       "the furthest that a flow fell behind the fluid server", false},
    [SWEEP_SIGMA] = {"sigma_bytes", SWEEP_COUNT, "B", "burstiness of what was delivered", false},
    [SWEEP_DELAY_P50] = {"delay_p50_s", SWEEP_MILLIONTH, "s", "median of the packets' delays",
                         false},
    [SWEEP_DELAY_P99] = {"delay_p99_s", SWEEP_MILLIONTH, "s", "their 99th percentile", false},
    [SWEEP_DELAY_MAX] = {"delay_max_s", SWEEP_MILLIONTH, "s", "the longest", false},
    [SWEEP_GRANTS] = {"grants", SWEEP_COUNT, "", "how often a flow was allowed bytes", false},
    [SWEEP_LOST_TOKENS] = {"lost_tokens_bytes", SWEEP_COUNT, "B",
                           "tokens that a full bucket did not take", false},
    [SWEEP_DELIVERED_PERCENT] = {"delivered_percent", SWEEP_MILLIONTH, "%",
                                 "bytes delivered, of those that the trace has", false},
    [SWEEP_UNDELIVERED] = {"undelivered_bytes", SWEEP_COUNT, "B",
                           "bytes offered less bytes delivered at the end", false},
    [SWEEP_FALSE_EOFS] = {"false_eofs", SWEEP_COUNT, "flows",
                          "flows to which libevent reported a false end of file; those of both "
                          "directions where the run does not tell them apart",
                          false},
    [SWEEP_GRANTS_PER_MB] = {"grants_per_mb", SWEEP_MILLIONTH, "",
                             "grants per million bytes delivered", false},
    [SWEEP_JAIN_100MS] = {"jain_100ms", SWEEP_RATIO, "",
                          "Jain's index, mean over contended windows of 100 ms, rounded up to "
                          "whole ticks",
                          true},
    [SWEEP_JAIN_LEAST_100MS] = {"jain_least_100ms", SWEEP_RATIO, "", "the least of these windows",
                                true},
    [SWEEP_JAIN_COMPARED] = {"jain_compared", SWEEP_RATIO, "",
                             "Jain's index, mean over contended windows of compared_window_s",
                             true},
    [SWEEP_JAIN_LEAST_COMPARED] = {"jain_least_compared", SWEEP_RATIO, "",
                                   "the least of these windows", true},
    [SWEEP_BEHIND_P50] = {"behind_p50_s", SWEEP_MILLIONTH, "s",
                          "median of the packets' delivery less their captured time", false},
    [SWEEP_BEHIND_P99] = {"behind_p99_s", SWEEP_MILLIONTH, "s", "their 99th percentile", false},
    [SWEEP_BEHIND_MAX] = {"behind_max_s", SWEEP_MILLIONTH, "s", "the longest", false},
    [SWEEP_WITHHELD] = {"withheld_bytes", SWEEP_COUNT, "B",
                        "in closed loop: bytes read from the trace whose turn never came; empty "
                        "in open loop",
                        false},
};

const struct sweep_figure_column sweep_group_columns[SWEEP_GROUP_FIGURES] = {
    [SWEEP_EXCHANGES] = {"exchanges", SWEEP_COUNT, "", "those with a response in the capture",
                         false},
    [SWEEP_UNANSWERED] = {"unanswered", SWEEP_COUNT, "",
                          "exchanges whose response was not wholly delivered: infinite in the "
                          "figures that follow",
                          false},
    [SWEEP_RESPONSE_P50] = {"response_p50_s", SWEEP_MILLIONTH, "s",
                            "median of the response times: from the request's start to the "
                            "delivery of the response's last byte",
                            false},
    [SWEEP_RESPONSE_P90] = {"response_p90_s", SWEEP_MILLIONTH, "s", "their 90th percentile", false},
    [SWEEP_RESPONSE_P99] = {"response_p99_s", SWEEP_MILLIONTH, "s", "their 99th percentile", false},
    [SWEEP_RESPONSE_MAX] = {"response_max_s", SWEEP_MILLIONTH, "s", "the longest", false},
    [SWEEP_CAPTURED_RESPONSE_P50] = {"captured_response_p50_s", SWEEP_MILLIONTH, "s",
                                     "median of the same times in the capture", false},
    [SWEEP_CAPTURED_RESPONSE_P90] = {"captured_response_p90_s", SWEEP_MILLIONTH, "s",
                                     "their 90th percentile", false},
    [SWEEP_CAPTURED_RESPONSE_P99] = {"captured_response_p99_s", SWEEP_MILLIONTH, "s",
                                     "their 99th percentile", false},
    [SWEEP_CAPTURED_RESPONSE_MAX] = {"captured_response_max_s", SWEEP_MILLIONTH, "s", "the longest",
                                     false},
    [SWEEP_ADDED_P50] = {"added_p50_s", SWEEP_SIGNED_MILLIONTH, "s",
                         "median of what the limit added: an exchange's response time less its "
                         "captured one",
                         false},
    [SWEEP_ADDED_P90] = {"added_p90_s", SWEEP_SIGNED_MILLIONTH, "s", "its 90th percentile", false},
    [SWEEP_ADDED_P99] = {"added_p99_s", SWEEP_SIGNED_MILLIONTH, "s", "its 99th percentile", false},
    [SWEEP_ADDED_MAX] = {"added_max_s", SWEEP_SIGNED_MILLIONTH, "s", "the most", false},
    [SWEEP_SLOWDOWN_P50] = {"slowdown_p50", SWEEP_MILLIONTH, "",
                            "median of response time over captured response time, where that is "
                            "at least 1 ms",
                            false},
    [SWEEP_SLOWDOWN_P99] = {"slowdown_p99", SWEEP_MILLIONTH, "", "its 99th percentile", false},
    [SWEEP_COMPLETION_P50] = {"completion_p50_s", SWEEP_MILLIONTH, "s",
                              "median of the flows' times from the first packet to the delivery "
                              "of the last byte of payload",
                              false},
    [SWEEP_COMPLETION_P90] = {"completion_p90_s", SWEEP_MILLIONTH, "s", "their 90th percentile",
                              false},
    [SWEEP_COMPLETION_P99] = {"completion_p99_s", SWEEP_MILLIONTH, "s", "their 99th percentile",
                              false},
    [SWEEP_COMPLETION_MAX] = {"completion_max_s", SWEEP_MILLIONTH, "s", "the longest", false},
    [SWEEP_CAPTURED_COMPLETION_P50] = {"captured_completion_p50_s", SWEEP_MILLIONTH, "s",
                                       "median of the same times in the capture", false},
    [SWEEP_CAPTURED_COMPLETION_P90] = {"captured_completion_p90_s", SWEEP_MILLIONTH, "s",
                                       "their 90th percentile", false},
    [SWEEP_CAPTURED_COMPLETION_P99] = {"captured_completion_p99_s", SWEEP_MILLIONTH, "s",
                                       "their 99th percentile", false},
    [SWEEP_CAPTURED_COMPLETION_MAX] = {"captured_completion_max_s", SWEEP_MILLIONTH, "s",
                                       "the longest", false},
    [SWEEP_BROKEN_FLOWS] = {"broken_flows", SWEEP_COUNT, "flows",
                            "in closed loop: flows that could never go on; empty in open loop",
                            false},
};

const struct sweep_figure_column sweep_parameter_columns[SWEEP_PARAMETERS] = {
    [SWEEP_COMPARED_WINDOW] = {"compared_window_s", SWEEP_MILLIONTH, "s",
                               "the window by which settings are compared: whole in all ticks of "
                               "the sweep; empty if it would be longer than any that is measured",
                               false},
    [SWEEP_TICK] = {"tick_s", SWEEP_MILLIONTH, "s",
                    "the group's tick, or else that of its flows' limits", false},
    [SWEEP_RATE] = {"rate_bytes_per_s", SWEEP_MILLIONTH, "B/s",
                    "the group's rate as asked for; empty without one", false},
    [SWEEP_BURST] = {"burst_bytes", SWEEP_COUNT, "B", "the group's burst; empty without a rate",
                     false},
    [SWEEP_MIN_SHARE] = {"min_share_bytes", SWEEP_COUNT, "B",
                         "the group's min-share as asked for, or libevent's default", false},
};

const struct sweep_figure_column sweep_window_columns[SWEEP_WINDOW_METRICS] = {
    [SWEEP_WINDOW_JAIN] = {"jain", SWEEP_RATIO, "",
                           "Jain's index, mean over contended windows of that length", true},
    [SWEEP_WINDOW_JAIN_LEAST] = {"jain_least", SWEEP_RATIO, "", "the least of these windows", true},
};

const char *const sweep_statistic_suffixes[SWEEP_STATISTICS] = {
    [SWEEP_N] = "_n",
    [SWEEP_MEAN] = "_mean",
    [SWEEP_SD] = "_sd",
    [SWEEP_CI95] = "_ci95",
};

void sweep_column_print(char *name, size_t bytes, const char *group,
                        enum shaper_direction direction, enum sweep_figure figure,
                        const char *suffix)
{
    snprintf(name, bytes, "%s%s%s_%s%s", group, *group ? "_" : "", shaper_direction_name(direction),
             sweep_figure_columns[figure].name, suffix);
}

void sweep_group_column_print(char *name, size_t bytes, const char *group,
                              enum sweep_group_figure figure, const char *suffix)
{
    snprintf(name, bytes, "%s%s%s%s", group, *group ? "_" : "", sweep_group_columns[figure].name,
             suffix);
}

void sweep_parameter_print(char *name, size_t bytes, const char *group, int direction,
                           enum sweep_parameter parameter)
{
    snprintf(name, bytes, "%s%s%s%s%s", group, *group ? "_" : "",
             direction < 0 ? "" : shaper_direction_name((enum shaper_direction)direction),
             direction < 0 ? "" : "_", sweep_parameter_columns[parameter].name);
}
