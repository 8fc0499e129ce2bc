#include "sim/output/advise_table.h"

#include "sim/output/csv_table_rows.h"

static const struct csv_column columns[] = {
    {COLUMN(advise_row, rate_bytes_per_s, "rate_bytes_per_s", CSV_RATIO, "B/s", "the rate")},
    {COLUMN(advise_row, rate_bytes_per_tick, "rate_bytes_per_tick", CSV_I64, "B",
            "the same in a tick")},
    {COLUMN(advise_row, burst_bytes, "burst_bytes", CSV_I64, "B", "the bucket's depth")},
    {COLUMN(advise_row, tick_us, "tick_s", CSV_TIME_US, "s", "the tick's length")},
    {COLUMN(advise_row, min_share_bytes, "min_share_bytes", CSV_I64, "B",
            "the min-share, as it is given to libevent")},
    {COLUMN(advise_row, holds, "holds", CSV_U64, "", "1: the setting meets all demands; else 0")},
    {COLUMN(advise_row, is_advised, "advised", CSV_U64, "", "1: of the advised setting; else 0")},
    {COLUMN(advise_row, shortfall, "shortfall", CSV_RATIO, "",
            "by how many parts of its bound the worst demand is missed; empty: no number says"),
     EMPTY_UNLESS(advise_row, has_shortfall)},
    {COLUMN(advise_row, grants_per_mb, "grants_per_mb", CSV_RATIO, "",
            "grants for each MB that was delivered; empty: nothing was"),
     EMPTY_UNLESS(advise_row, has_grants)},
    {COLUMN(advise_row, response_p99_us, "response_p99_s", CSV_TIME_US, "s",
            "the group's 99th percentile of response times, of the worst seed; empty: there are no "
            "exchanges, or it is infinite"),
     .empty = CSV_EMPTY_IF_NEGATIVE},
    {COLUMN(advise_row, delay_p99_us, "delay_p99_s", CSV_TIME_US, "s",
            "likewise of the delays of packets, of the worse direction that has the limit"),
     .empty = CSV_EMPTY_IF_NEGATIVE},
};

const struct csv_table advise_csv_table = {columns, sizeof(columns) / sizeof(columns[0])};
