#include "sim/output/run_tables.h"

#include "sim/output/csv_table_rows.h"

static const struct csv_column ticks_columns[TICKS_COLUMNS] = {
    [TICKS_TIME] = {COLUMN(tick_row, time_us, "time_s", CSV_TIME_US, "s", "the tick's start")},
    [TICKS_TICK] = {COLUMN(tick_row, tick, "tick", CSV_I64, "", "the tick's number, from 0")},
    [TICKS_GROUP] = {COLUMN(tick_row, group, "group", CSV_TEXT, "",
                            "the group's name; - for the flows without limits")},
    [TICKS_MEMBERS] = {COLUMN(tick_row, members, "members", CSV_U64, "flows",
                              "the group's members at the tick's end")},
    [TICKS_BACKLOGGED_FLOWS] = {COLUMN(tick_row, backlogged_flows, "backlogged_flows", CSV_U64,
                                       "flows", "those with a backlog at the tick's end")},
    [TICKS_READ_BUCKET_START] = {COLUMN(tick_row, start_bytes[SHAPER_READ],
                                        "read_bucket_start_bytes", CSV_I64, "B",
                                        "the level just after the refill; empty without limits"),
                                 EMPTY_UNLESS(tick_row, has_bucket),
                                 .write_column = TICKS_WRITE_BUCKET_START},
    [TICKS_READ_BUCKET_END] = {COLUMN(tick_row, end_bytes[SHAPER_READ], "read_bucket_end_bytes",
                                      CSV_I64, "B", "the level just before the next refill"),
                               EMPTY_UNLESS(tick_row, has_bucket),
                               .write_column = TICKS_WRITE_BUCKET_END},
    [TICKS_WRITE_BUCKET_START] = {COLUMN(tick_row, start_bytes[SHAPER_WRITE],
                                         "write_bucket_start_bytes", CSV_I64, "B", NULL),
                                  EMPTY_UNLESS(tick_row, has_bucket)},
    [TICKS_WRITE_BUCKET_END] = {COLUMN(tick_row, end_bytes[SHAPER_WRITE], "write_bucket_end_bytes",
                                       CSV_I64, "B", NULL),
                                EMPTY_UNLESS(tick_row, has_bucket)},
    [TICKS_READ_BYTES] = {COLUMN(
                              tick_row, bytes[SHAPER_READ], "read_bytes", CSV_U64, "B",
                              "what was charged in the tick; without limits, what was delivered"),
                          .write_column = TICKS_WRITTEN_BYTES},
    [TICKS_WRITTEN_BYTES] = {COLUMN(tick_row, bytes[SHAPER_WRITE], "written_bytes", CSV_U64, "B",
                                    NULL)},
    [TICKS_TOTAL_READ] = {COLUMN(tick_row, total_bytes[SHAPER_READ], "total_read_bytes", CSV_U64,
                                 "B", "libevent's own count at the tick's end"),
                          .write_column = TICKS_TOTAL_WRITTEN},
    [TICKS_TOTAL_WRITTEN] = {COLUMN(tick_row, total_bytes[SHAPER_WRITE], "total_written_bytes",
                                    CSV_U64, "B", NULL)},
    [TICKS_READ_BACKLOG] = {COLUMN(tick_row, backlog_bytes[SHAPER_READ], "read_backlog_bytes",
                                   CSV_U64, "B", "offered and not yet delivered at the tick's end"),
                            .write_column = TICKS_WRITE_BACKLOG},
    [TICKS_WRITE_BACKLOG] = {COLUMN(tick_row, backlog_bytes[SHAPER_WRITE], "write_backlog_bytes",
                                    CSV_U64, "B", NULL)},
};

const struct csv_table ticks_table = {ticks_columns, TICKS_COLUMNS};

static const struct csv_column flow_ticks_columns[FLOW_TICKS_COLUMNS] = {
    [FLOW_TICKS_TIME] = {COLUMN(flow_tick_row, time_us, "time_s", CSV_TIME_US, "s",
                                "the tick's start")},
    [FLOW_TICKS_TICK] = {COLUMN(flow_tick_row, tick, "tick", CSV_I64, "",
                                "the number of the group's tick, from 0")},
    [FLOW_TICKS_GROUP] = {COLUMN(flow_tick_row, group, "group", CSV_TEXT, "",
                                 "the group that the flow is in")},
    [FLOW_TICKS_FLOW] = {COLUMN(flow_tick_row, flow, "flow", CSV_U64, "",
                                "its number, as in flows.csv")},
    [FLOW_TICKS_READ_BUCKET] =
        {COLUMN(
             flow_tick_row, bucket_bytes[SHAPER_READ], "read_bucket_bytes", CSV_I64, "B",
             "the level of the per-flow bucket at the tick's end; empty without a per-flow limit"),
         EMPTY_UNLESS(flow_tick_row, has_bucket), .write_column = FLOW_TICKS_WRITE_BUCKET},
    [FLOW_TICKS_WRITE_BUCKET] = {COLUMN(flow_tick_row, bucket_bytes[SHAPER_WRITE],
                                        "write_bucket_bytes", CSV_I64, "B", NULL),
                                 EMPTY_UNLESS(flow_tick_row, has_bucket)},
    [FLOW_TICKS_READ_BYTES] =
        {COLUMN(flow_tick_row, bytes[SHAPER_READ], "read_bytes", CSV_U64, "B",
                "what was charged for the flow in the tick; without limits, what was delivered"),
         .write_column = FLOW_TICKS_WRITTEN_BYTES},
    [FLOW_TICKS_WRITTEN_BYTES] = {COLUMN(flow_tick_row, bytes[SHAPER_WRITE], "written_bytes",
                                         CSV_U64, "B", NULL)},
    [FLOW_TICKS_READ_BACKLOG] = {COLUMN(flow_tick_row, backlog_bytes[SHAPER_READ],
                                        "read_backlog_bytes", CSV_U64, "B",
                                        "offered and not yet delivered at the tick's end"),
                                 .write_column = FLOW_TICKS_WRITE_BACKLOG},
    [FLOW_TICKS_WRITE_BACKLOG] = {COLUMN(flow_tick_row, backlog_bytes[SHAPER_WRITE],
                                         "write_backlog_bytes", CSV_U64, "B", NULL)},
    [FLOW_TICKS_MAX_READ] =
        {COLUMN(flow_tick_row, max_bytes[SHAPER_READ], "max_read_bytes", CSV_U64, "B",
                "the most that libevent would let the shaped end read (write) at once at the "
                "tick's end: bufferevent_get_max_to_read(), _write(); 0 while its group is "
                "suspended; empty where the flow has closed or left the group, and in a group "
                "with a scheduler of shapesim's"),
         EMPTY_UNLESS(flow_tick_row, has_max), .write_column = FLOW_TICKS_MAX_WRITE},
    [FLOW_TICKS_MAX_WRITE] = {COLUMN(flow_tick_row, max_bytes[SHAPER_WRITE], "max_write_bytes",
                                     CSV_U64, "B", NULL),
                              EMPTY_UNLESS(flow_tick_row, has_max)},
};

const struct csv_table flow_ticks_table = {flow_ticks_columns, FLOW_TICKS_COLUMNS};
