#include "sim/verify/tick_scan.h"

#include <stdlib.h>

struct tick_scan {
    struct verification *verification;
    struct csv_reader *reader;
    int tick, group, backlogged;
    int bytes[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
};

struct tick_scan *tick_scan_open(struct verification *v)
{
    struct tick_scan *scan = verify_allocate(v, "ticks.csv", 1, sizeof(*scan));

    if (scan)
        scan->reader = verify_open(v, run_file_names[RUN_TICKS]);
    if (!scan || !scan->reader) {
        free(scan);
        return NULL;
    }
    scan->verification = v;
    scan->tick = csv_table_find(&ticks_table, TICKS_TICK, SHAPER_READ, scan->reader);
    scan->group = csv_table_find(&ticks_table, TICKS_GROUP, SHAPER_READ, scan->reader);
    scan->backlogged =
        csv_table_find(&ticks_table, TICKS_BACKLOGGED_FLOWS, SHAPER_READ, scan->reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        scan->bytes[d] = csv_table_find(&ticks_table, TICKS_READ_BYTES, d, scan->reader);
        scan->backlog[d] = csv_table_find(&ticks_table, TICKS_READ_BACKLOG, d, scan->reader);
    }
    return scan;
}

bool tick_scan_next(struct tick_scan *scan, struct verified_tick *tick)
{
    if (!csv_reader_next(scan->reader))
        return false;
    tick->reader = scan->reader;
    tick->group = verify_group(scan->verification, csv_reader_text(scan->reader, scan->group));
    tick->tick = csv_reader_count(scan->reader, scan->tick);
    tick->backlogged_flows = csv_reader_count(scan->reader, scan->backlogged);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        tick->bytes[d] = csv_reader_count(scan->reader, scan->bytes[d]);
        tick->backlog_bytes[d] = csv_reader_count(scan->reader, scan->backlog[d]);
    }
    return tick->group != NULL && !csv_reader_fault(scan->reader);
}

void tick_scan_free(struct tick_scan *scan)
{
    if (!scan)
        return;
    csv_reader_free(scan->reader);
    free(scan);
}
