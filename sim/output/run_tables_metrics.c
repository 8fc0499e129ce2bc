#include "sim/output/run_tables.h"

#include "sim/metrics/burst.h"
#include "sim/output/csv_table_rows.h"

static const struct csv_column fairness_columns[FAIRNESS_COLUMNS] = {
    [FAIRNESS_TIME] = {COLUMN(fairness_row, time_us, "time_s", CSV_TIME_US, "s",
                              "where the window starts")},
    [FAIRNESS_TICK] = {COLUMN(fairness_row, tick, "tick", CSV_I64, "",
                              "the number of its first tick")},
    [FAIRNESS_GROUP] = {COLUMN(fairness_row, group, "group", CSV_TEXT, "", "the group's name")},
    [FAIRNESS_DIRECTION] = {COLUMN(fairness_row, direction, "direction", CSV_DIRECTION, "",
                                   "read or write")},
    [FAIRNESS_WINDOW_TICKS] = {COLUMN(fairness_row, window_ticks, "window_ticks", CSV_I64, "ticks",
                                      "how long the window is, in the group's ticks")},
    [FAIRNESS_FLOWS] = {COLUMN(fairness_row, flows, "flows", CSV_U64, "flows", "how many count")},
    [FAIRNESS_LIMITED_FLOWS] = {COLUMN(fairness_row, limited_flows, "limited_flows", CSV_U64,
                                       "flows", "those limited by their own demand")},
    [FAIRNESS_BYTES] = {COLUMN(fairness_row, bytes, "bytes", CSV_U64, "B", "what all of them got")},
    [FAIRNESS_JAIN] = {COLUMN(fairness_row, jain, "jain", CSV_RATIO, "",
                              "Jain's index, from 0 to 1")},
    [FAIRNESS_WINDOW] = {COLUMN(fairness_row, window_us, "window_s", CSV_TIME_US, "s",
                                "how long the window is")},
};

const struct csv_table fairness_table = {fairness_columns, FAIRNESS_COLUMNS};

static const struct csv_column burst_columns[BURST_COLUMNS] = {
    [BURST_GROUP] = {COLUMN(burst_row, group, "group", CSV_TEXT, "", "the group's name")},
    [BURST_FLOW] = {COLUMN(burst_row, flow, "flow", CSV_U64, "",
                           "the flow's number; empty for the whole group"),
                    .empty = CSV_EMPTY_IF_ZERO},
    [BURST_DIRECTION] = {COLUMN(burst_row, direction, "direction", CSV_DIRECTION, "",
                                "read or write")},
    [BURST_STREAM] = {COLUMN(burst_row, stream, "stream", CSV_STREAM, "", "offered or delivered")},
    [BURST_MEASURE] = {COLUMN(burst_row, measure, "measure", CSV_TEXT, "", BURST_MEASURES_TEXT)},
    [BURST_X] = {COLUMN(burst_row, x, "x", CSV_U64, "",
                        "of sigma the rate in bytes per tick, else a number of ticks")},
    [BURST_BYTES] = {COLUMN(burst_row, bytes, "bytes", CSV_U64, "B", "the measure's value there")},
};

const struct csv_table burst_table = {burst_columns, BURST_COLUMNS};

static const struct csv_column delays_columns[DELAYS_COLUMNS] = {
    [DELAYS_GROUP] = {COLUMN(delay_row, group, "group", CSV_TEXT, "", "the group's name")},
    [DELAYS_DIRECTION] = {COLUMN(delay_row, direction, "direction", CSV_DIRECTION, "",
                                 "read or write")},
    [DELAYS_DELAY] = {COLUMN(delay_row, delay_us, "delay_s", CSV_TIME_US, "s",
                             "from a packet's arrival to the delivery of its last byte")},
    [DELAYS_PACKETS] = {COLUMN(delay_row, packets, "packets", CSV_U64, "packets",
                               "how many had that delay")},
};

const struct csv_table delays_table = {delays_columns, DELAYS_COLUMNS};

static const struct csv_column delays_time_columns[DELAYS_TIME_COLUMNS] = {
    [DELAYS_TIME_GROUP] = {COLUMN(delay_second_row, group, "group", CSV_TEXT, "",
                                  "the group's name")},
    [DELAYS_TIME_DIRECTION] = {COLUMN(delay_second_row, direction, "direction", CSV_DIRECTION, "",
                                      "read or write")},
    [DELAYS_TIME_SECOND] = {COLUMN(delay_second_row, second, "second", CSV_I64, "s",
                                   "where the second starts")},
    [DELAYS_TIME_PACKETS] = {COLUMN(delay_second_row, packets, "packets", CSV_U64, "packets",
                                    "how many were delivered whole in it")},
    [DELAYS_TIME_P50] = {COLUMN(delay_second_row, delay_us[0], "delay_p50_s", CSV_TIME_US, "s",
                                "the median of their delays")},
    [DELAYS_TIME_P99] = {COLUMN(delay_second_row, delay_us[1], "delay_p99_s", CSV_TIME_US, "s",
                                "their 99th percentile")},
    [DELAYS_TIME_MAX] = {COLUMN(delay_second_row, delay_us[2], "delay_max_s", CSV_TIME_US, "s",
                                "the longest")},
};

const struct csv_table delays_time_table = {delays_time_columns, DELAYS_TIME_COLUMNS};
