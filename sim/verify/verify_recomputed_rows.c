#include "sim/verify/verify_recomputed_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "sim/verify/verify_moves.h"

#define FRACTION 1e-9 /* jain has nine decimals */

/* Windows that were measured and whose row has not come: another group's may come first, after
 * ticks without rows. */
#define WINDOWS_MAX 100000

static void find_columns(struct recomputed_rows *rows)
{
    struct csv_reader *fairness = rows->fairness, *burst = rows->burst;

    rows->windows.time = csv_table_find(&fairness_table, FAIRNESS_TIME, SHAPER_READ, fairness);
    rows->windows.tick = csv_table_find(&fairness_table, FAIRNESS_TICK, SHAPER_READ, fairness);
    rows->windows.group = csv_table_find(&fairness_table, FAIRNESS_GROUP, SHAPER_READ, fairness);
    rows->windows.direction =
        csv_table_find(&fairness_table, FAIRNESS_DIRECTION, SHAPER_READ, fairness);
    rows->windows.window =
        csv_table_find(&fairness_table, FAIRNESS_WINDOW_TICKS, SHAPER_READ, fairness);
    rows->windows.flows = csv_table_find(&fairness_table, FAIRNESS_FLOWS, SHAPER_READ, fairness);
    rows->windows.limited =
        csv_table_find(&fairness_table, FAIRNESS_LIMITED_FLOWS, SHAPER_READ, fairness);
    rows->windows.bytes = csv_table_find(&fairness_table, FAIRNESS_BYTES, SHAPER_READ, fairness);
    rows->windows.jain = csv_table_find(&fairness_table, FAIRNESS_JAIN, SHAPER_READ, fairness);
    rows->windows.window_time =
        csv_table_find(&fairness_table, FAIRNESS_WINDOW, SHAPER_READ, fairness);
    rows->bursts.group = csv_table_find(&burst_table, BURST_GROUP, SHAPER_READ, burst);
    rows->bursts.flow = csv_table_find(&burst_table, BURST_FLOW, SHAPER_READ, burst);
    rows->bursts.direction = csv_table_find(&burst_table, BURST_DIRECTION, SHAPER_READ, burst);
    rows->bursts.stream = csv_table_find(&burst_table, BURST_STREAM, SHAPER_READ, burst);
    rows->bursts.measure = csv_table_find(&burst_table, BURST_MEASURE, SHAPER_READ, burst);
    rows->bursts.x = csv_table_find(&burst_table, BURST_X, SHAPER_READ, burst);
    rows->bursts.bytes = csv_table_find(&burst_table, BURST_BYTES, SHAPER_READ, burst);
}

bool recomputed_rows_open(struct recomputed_rows *rows, struct verification *verification,
                          bool has_bursts, bool has_windows)
{
    rows->verification = verification;
    rows->has_bursts = has_bursts;
    rows->has_windows = has_windows;
    rows->fairness = verify_open(verification, run_file_names[RUN_FAIRNESS]);
    rows->burst = rows->fairness ? verify_open(verification, run_file_names[RUN_BURST]) : NULL;
    if (!rows->burst)
        return false;
    find_columns(rows);
    if (has_windows)
        rows->has_window_row = csv_reader_next(rows->fairness);
    return true;
}

bool recomputed_rows_are_good(const struct recomputed_rows *rows)
{
    return verify_read_well(rows->verification, rows->fairness) &&
           verify_read_well(rows->verification, rows->burst);
}

/* --- fairness.csv ---------------------------------------------------------------------------- */

static void expect_text(struct recomputed_rows *rows, enum check check,
                        const struct csv_reader *reader, int column, const char *expected,
                        const char *why)
{
    verify_true(rows->verification, check, reader, column,
                strcmp(csv_reader_text(reader, column), expected) == 0, why);
}

static bool is_row_of(const struct recomputed_rows *rows, const struct fairness_row *row)
{
    return strcmp(csv_reader_text(rows->fairness, rows->windows.group), row->group) == 0 &&
           strcmp(csv_reader_text(rows->fairness, rows->windows.direction),
                  verify_direction(row->direction)) == 0;
}

static void compare_window(struct recomputed_rows *rows, const struct fairness_row *row)
{
    static const char why[] = "recomputed from flow_ticks.csv";
    struct verification *v = rows->verification;
    struct csv_reader *reader = rows->fairness;
    uint64_t failures = v->checks->results[CHECK_FAIRNESS].failures;
    const struct {
        int column;
        int64_t expected;
    } fields[] = {{rows->windows.tick, row->tick},
                  {rows->windows.window, row->window_ticks},
                  {rows->windows.flows, (int64_t)row->flows},
                  {rows->windows.limited, (int64_t)row->limited_flows},
                  {rows->windows.bytes, (int64_t)row->bytes}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        verify_equal(v, CHECK_FAIRNESS, reader, fields[i].column,
                     csv_reader_count(reader, fields[i].column), fields[i].expected, why);
    verify_equal(v, CHECK_FAIRNESS, reader, rows->windows.time,
                 csv_reader_time_us(reader, rows->windows.time), row->time_us, why);
    verify_equal(v, CHECK_FAIRNESS, reader, rows->windows.window_time,
                 csv_reader_time_us(reader, rows->windows.window_time), row->window_us, why);
    double jain = strtod(csv_reader_text(reader, rows->windows.jain), NULL);
    if (!(fabs(jain - row->jain) <= FRACTION))
        verify_row_fails(v, CHECK_FAIRNESS, reader, rows->windows.jain,
                         "%.9f, but %.9f expected: %s", jain, row->jain, why);
    rows->is_lost = v->checks->results[CHECK_FAIRNESS].failures > failures;
}

static void match_windows(struct recomputed_rows *rows)
{
    struct expected_window *window, *next;
    bool has_match = true;

    while (has_match && rows->has_window_row && !rows->is_lost) {
        has_match = false;
        DL_FOREACH_SAFE (rows->expected, window, next) {
            if (!is_row_of(rows, &window->row))
                continue;
            compare_window(rows, &window->row);
            DL_DELETE(rows->expected, window);
            free(window);
            rows->expected_count--;
            rows->has_window_row = csv_reader_next(rows->fairness);
            has_match = true;
            break;
        }
    }
}

void recomputed_rows_take_window(void *arg, const struct fairness_row *row)
{
    struct recomputed_rows *rows = arg;
    struct verification *v = rows->verification;

    if (!rows->has_windows || rows->is_lost)
        return;
    struct expected_window *window = calloc(1, sizeof(*window));
    if (!window) {
        sim_fail(v->error, SIM_FAILED, "fairness.csv: out of memory");
        return;
    }
    window->row = *row;
    DL_APPEND(rows->expected, window);
    if (++rows->expected_count > WINDOWS_MAX) {
        verify_row_fails(v, CHECK_FAIRNESS, rows->fairness, rows->windows.group,
                         "no such window was measured on flow_ticks.csv");
        rows->is_lost = true;
    }
    match_windows(rows);
}

static void finish_windows(struct recomputed_rows *rows)
{
    struct verification *v = rows->verification;
    const struct expected_window *window = rows->expected;

    if (!rows->has_windows || rows->is_lost || !verify_read_well(v, rows->fairness))
        return;
    if (rows->has_window_row)
        verify_row_fails(v, CHECK_FAIRNESS, rows->fairness, rows->windows.tick,
                         "no such window was measured on flow_ticks.csv");
    else if (window)
        check_fails(v->checks, CHECK_FAIRNESS,
                    "fairness.csv: no row for group %s, %s, %" PRId64 " ticks from tick %" PRId64,
                    window->row.group, verify_direction(window->row.direction),
                    window->row.window_ticks, window->row.tick);
}

/* --- burst.csv ------------------------------------------------------------------------------- */

/* Where a flow left without a row, what its group was offered is not known tick by tick. */
static bool is_group_unknown(const struct recomputed_rows *rows, const char *name, bool has_flow)
{
    const struct verified_group *group = verify_group(rows->verification, name);

    return group && moves_have_unseen(rows->verification, group) && !has_flow;
}

/* The next row of which something is known. */
static bool next_burst(struct recomputed_rows *rows)
{
    struct csv_reader *reader = rows->burst;
    bool has_row;

    do
        has_row = csv_reader_next(reader);
    while (has_row && is_group_unknown(rows, csv_reader_text(reader, rows->bursts.group),
                                       !csv_reader_is_empty(reader, rows->bursts.flow)));
    return has_row;
}

/* Where a flow broke, what it was offered is not known tick by tick. */
static bool is_known(struct verification *v, const struct burst_row *row)
{
    const struct verified_flow *flow = verify_flow(v, (int64_t)row->flow);

    return !flow || flow->close != VERIFIED_EOF;
}

void recomputed_rows_take_burst(void *arg, const struct burst_row *row)
{
    static const char why[] = "recomputed from ticks.csv and flow_ticks.csv";
    struct recomputed_rows *rows = arg;
    struct verification *v = rows->verification;
    struct csv_reader *reader = rows->burst;

    if (!rows->has_bursts || v->is_broken || is_group_unknown(rows, row->group, row->flow > 0))
        return;
    if (!next_burst(rows)) {
        if (verify_read_well(v, reader))
            check_fails(v->checks, CHECK_BURST, "burst.csv: no row for group %s, %s, %s, %s",
                        row->group, verify_direction(row->direction),
                        burst_stream_name(row->stream), row->measure);
        v->is_broken = true;
        return;
    }
    expect_text(rows, CHECK_BURST, reader, rows->bursts.group, row->group, why);
    verify_true(v, CHECK_BURST, reader, rows->bursts.flow,
                csv_reader_is_empty(reader, rows->bursts.flow)
                    ? row->flow == 0
                    : csv_reader_count(reader, rows->bursts.flow) == (int64_t)row->flow,
                "the group first, then its flows as they opened");
    expect_text(rows, CHECK_BURST, reader, rows->bursts.direction, verify_direction(row->direction),
                why);
    expect_text(rows, CHECK_BURST, reader, rows->bursts.stream, burst_stream_name(row->stream),
                why);
    expect_text(rows, CHECK_BURST, reader, rows->bursts.measure, row->measure, why);
    if (!is_known(v, row))
        return;
    verify_equal(v, CHECK_BURST, reader, rows->bursts.x, csv_reader_count(reader, rows->bursts.x),
                 (int64_t)row->x, why);
    verify_equal(v, CHECK_BURST, reader, rows->bursts.bytes,
                 csv_reader_count(reader, rows->bursts.bytes), (int64_t)row->bytes, why);
}

/* --- the end --------------------------------------------------------------------------------- */

void recomputed_rows_finish(struct recomputed_rows *rows)
{
    struct verification *v = rows->verification;

    finish_windows(rows);
    if (rows->has_bursts && !v->is_broken && next_burst(rows))
        verify_row_fails(v, CHECK_BURST, rows->burst, rows->bursts.group,
                         "nothing more was measured");
    verify_read_well(v, rows->burst);
}

void recomputed_rows_free(struct recomputed_rows *rows)
{
    struct expected_window *window, *next;

    DL_FOREACH_SAFE (rows->expected, window, next) {
        DL_DELETE(rows->expected, window);
        free(window);
    }
    csv_reader_free(rows->fairness);
    csv_reader_free(rows->burst);
}
