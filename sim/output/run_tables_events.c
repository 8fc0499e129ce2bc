#include "sim/output/run_tables.h"

#include "sim/output/csv_table_rows.h"

static const struct csv_column events_columns[EVENTS_COLUMNS] = {
    [EVENTS_TIME] = {COLUMN(event_row, time_us, "time_s", CSV_TIME_US, "s", "when it happened")},
    [EVENTS_TICK] = {COLUMN(event_row, tick, "tick", CSV_I64, "",
                            "the number of the group's tick")},
    [EVENTS_GROUP] = {COLUMN(event_row, group, "group", CSV_TEXT, "",
                             "the group that it happened to, or whose flow")},
    [EVENTS_EVENT] = {COLUMN(event_row, event, "event", CSV_TEXT, "", "what happened")},
    [EVENTS_READ_BUCKET_BEFORE] =
        {COLUMN(event_row, before_bytes[SHAPER_READ], "read_bucket_before_bytes", CSV_I64, "B",
                "the bucket's level just before; empty where there is no bucket"),
         EMPTY_UNLESS(event_row, has_bucket), .write_column = EVENTS_WRITE_BUCKET_BEFORE},
    [EVENTS_READ_BUCKET_AFTER] = {COLUMN(event_row, after_bytes[SHAPER_READ],
                                         "read_bucket_after_bytes", CSV_I64, "B", "and just after"),
                                  EMPTY_UNLESS(event_row, has_bucket_after),
                                  .write_column = EVENTS_WRITE_BUCKET_AFTER},
    [EVENTS_WRITE_BUCKET_BEFORE] = {COLUMN(event_row, before_bytes[SHAPER_WRITE],
                                           "write_bucket_before_bytes", CSV_I64, "B", NULL),
                                    EMPTY_UNLESS(event_row, has_bucket)},
    [EVENTS_WRITE_BUCKET_AFTER] = {COLUMN(event_row, after_bytes[SHAPER_WRITE],
                                          "write_bucket_after_bytes", CSV_I64, "B", NULL),
                                   EMPTY_UNLESS(event_row, has_bucket_after)},
    [EVENTS_READ_RATE] = {COLUMN(event_row, rate_bytes_per_tick[SHAPER_READ],
                                 "read_rate_bytes_per_tick", CSV_I64, "B/tick",
                                 "the limit in force from then on"),
                          EMPTY_UNLESS(event_row, has_limit), .write_column = EVENTS_WRITE_RATE},
    [EVENTS_READ_BURST] = {COLUMN(event_row, burst_bytes[SHAPER_READ], "read_burst_bytes", CSV_I64,
                                  "B", "and its burst"),
                           EMPTY_UNLESS(event_row, has_limit), .write_column = EVENTS_WRITE_BURST},
    [EVENTS_WRITE_RATE] = {COLUMN(event_row, rate_bytes_per_tick[SHAPER_WRITE],
                                  "write_rate_bytes_per_tick", CSV_I64, "B/tick", NULL),
                           EMPTY_UNLESS(event_row, has_limit)},
    [EVENTS_WRITE_BURST] = {COLUMN(event_row, burst_bytes[SHAPER_WRITE], "write_burst_bytes",
                                   CSV_I64, "B", NULL),
                            EMPTY_UNLESS(event_row, has_limit)},
    [EVENTS_MIN_SHARE] = {COLUMN(
                              event_row, effective_min_share_bytes, "min_share_bytes", CSV_I64, "B",
                              "the group's min-share in force from then on, as libevent clips it"),
                          EMPTY_UNLESS(event_row, has_min_share)},
    [EVENTS_FLOW] = {COLUMN(event_row, flow, "flow", CSV_U64, "",
                            "the flow's number; empty where it happened to the group"),
                     .empty = CSV_EMPTY_IF_ZERO},
};

const struct csv_table events_table = {events_columns, EVENTS_COLUMNS};
