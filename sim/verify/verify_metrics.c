/* What fairness.csv and burst.csv have in common: they may be missing, and ticks.csv is read once
 * more for them. */
#include "sim/verify/verification.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tick_scan {
    struct verification *verification;
    struct csv_reader *reader;
    int tick, group, backlogged;
    int bytes[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
};

bool verify_has_file(const struct verification *v, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", v->config->directory, name) < 0)
        return false;
    bool is_there = access(path, F_OK) == 0;
    free(path);
    return is_there;
}

bool verify_flow_rows_end(struct verification *verification, enum check check,
                          struct csv_reader *reader, int flow_column, bool good)
{
    if (good && csv_reader_next(reader))
        verify_row_fails(verification, check, reader, flow_column, "flows.csv has no more flows");
    good = verify_read_well(verification, reader) && good;
    if (good)
        check_holds(verification->checks, CHECK_FILES);
    csv_reader_free(reader);
    return good;
}

struct csv_reader *verify_open(struct verification *v, const char *name)
{
    struct csv_reader *reader;
    char error[SIM_ERROR_BYTES];

    if (csv_reader_open(v->config->directory, name, &reader, error) == SIM_OK)
        return reader;
    if (errno == ENOMEM)
        sim_fail(v->error, SIM_FAILED, "%s", error);
    else
        check_fails(v->checks, CHECK_FILES, "%s", error);
    return NULL;
}

int verify_read_direction(struct verification *v, enum check check, struct csv_reader *reader,
                          int column)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (strcmp(csv_reader_text(reader, column), verify_directions[d]) == 0)
            return d;
    verify_row_fails(v, check, reader, column, "'%.40s' is neither read nor write",
                     csv_reader_text(reader, column));
    return -1;
}

struct tick_scan *tick_scan_open(struct verification *v)
{
    struct tick_scan *scan = calloc(1, sizeof(*scan));

    if (scan)
        scan->reader = verify_open(v, "ticks.csv");
    else
        sim_fail(v->error, SIM_FAILED, "ticks.csv: out of memory");
    if (!scan || !scan->reader) {
        free(scan);
        return NULL;
    }
    scan->verification = v;
    scan->tick = csv_reader_column(scan->reader, "tick");
    scan->group = csv_reader_column(scan->reader, "group");
    scan->backlogged = csv_reader_column(scan->reader, "backlogged_flows");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        scan->bytes[d] = csv_reader_column(scan->reader, verify_byte_columns[d]);
        scan->backlog[d] = verify_side_column(scan->reader, d, "backlog_bytes");
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
