/* The rows of fairness.csv and burst.csv against what verify_measures.c measures once more. */
#include "sim/verify_measures_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#define FRACTION 1e-9 /* jain has nine decimals */

/* Windows that were measured and whose row has not come: another group's may come first, after
 * ticks without rows. */
#define WINDOWS_MAX 100000

void measured_rows_find_columns(struct measures *measures)
{
    struct csv_reader *fairness = measures->fairness, *burst = measures->burst;

    measures->windows.time = csv_reader_column(fairness, "time_s");
    measures->windows.tick = csv_reader_column(fairness, "tick");
    measures->windows.group = csv_reader_column(fairness, "group");
    measures->windows.direction = csv_reader_column(fairness, "direction");
    measures->windows.window = csv_reader_column(fairness, "window_ticks");
    measures->windows.flows = csv_reader_column(fairness, "flows");
    measures->windows.limited = csv_reader_column(fairness, "limited_flows");
    measures->windows.bytes = csv_reader_column(fairness, "bytes");
    measures->windows.jain = csv_reader_column(fairness, "jain");
    measures->bursts.group = csv_reader_column(burst, "group");
    measures->bursts.flow = csv_reader_column(burst, "flow");
    measures->bursts.direction = csv_reader_column(burst, "direction");
    measures->bursts.stream = csv_reader_column(burst, "stream");
    measures->bursts.measure = csv_reader_column(burst, "measure");
    measures->bursts.x = csv_reader_column(burst, "x");
    measures->bursts.bytes = csv_reader_column(burst, "bytes");
}

/* --- fairness.csv ---------------------------------------------------------------------------- */

static void expect_text(struct measures *measures, enum check check,
                        const struct csv_reader *reader, int column, const char *expected,
                        const char *why)
{
    verify_true(measures->verification, check, reader, column,
                strcmp(csv_reader_text(reader, column), expected) == 0, why);
}

static bool is_row_of(const struct measures *measures, const struct fairness_row *row)
{
    return strcmp(csv_reader_text(measures->fairness, measures->windows.group), row->group) == 0 &&
           strcmp(csv_reader_text(measures->fairness, measures->windows.direction),
                  verify_directions[row->direction]) == 0;
}

static void compare_window(struct measures *measures, const struct fairness_row *row)
{
    static const char why[] = "measured once more on flow_ticks.csv";
    struct verification *v = measures->verification;
    struct csv_reader *reader = measures->fairness;
    uint64_t failures = v->checks->results[CHECK_FAIRNESS].failures;
    const struct {
        int column;
        int64_t expected;
    } fields[] = {{measures->windows.tick, row->tick},
                  {measures->windows.window, row->window_ticks},
                  {measures->windows.flows, (int64_t)row->flows},
                  {measures->windows.limited, (int64_t)row->limited_flows},
                  {measures->windows.bytes, (int64_t)row->bytes}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        verify_equal(v, CHECK_FAIRNESS, reader, fields[i].column,
                     csv_reader_count(reader, fields[i].column), fields[i].expected, why);
    verify_equal(v, CHECK_FAIRNESS, reader, measures->windows.time,
                 csv_reader_time_us(reader, measures->windows.time), row->time_us, why);
    double jain = strtod(csv_reader_text(reader, measures->windows.jain), NULL);
    if (!(fabs(jain - row->jain) <= FRACTION))
        verify_row_fails(v, CHECK_FAIRNESS, reader, measures->windows.jain,
                         "%.9f, but %.9f expected: %s", jain, row->jain, why);
    measures->is_lost = v->checks->results[CHECK_FAIRNESS].failures > failures;
}

static void match_windows(struct measures *measures)
{
    struct expected_window *window, *next;
    bool has_match = true;

    while (has_match && measures->has_window_row && !measures->is_lost) {
        has_match = false;
        DL_FOREACH_SAFE (measures->expected, window, next) {
            if (!is_row_of(measures, &window->row))
                continue;
            compare_window(measures, &window->row);
            DL_DELETE(measures->expected, window);
            free(window);
            measures->expected_count--;
            measures->has_window_row = csv_reader_next(measures->fairness);
            has_match = true;
            break;
        }
    }
}

void measured_rows_take_window(void *arg, const struct fairness_row *row)
{
    struct measures *measures = arg;
    struct verification *v = measures->verification;

    if (!measures->has_fairness || measures->is_lost)
        return;
    struct expected_window *window = calloc(1, sizeof(*window));
    if (!window) {
        sim_fail(v->error, SIM_FAILED, "fairness.csv: out of memory");
        return;
    }
    window->row = *row;
    DL_APPEND(measures->expected, window);
    if (++measures->expected_count > WINDOWS_MAX) {
        verify_row_fails(v, CHECK_FAIRNESS, measures->fairness, measures->windows.group,
                         "no such window was measured on flow_ticks.csv");
        measures->is_lost = true;
    }
    match_windows(measures);
}

static void finish_windows(struct measures *measures)
{
    struct verification *v = measures->verification;
    const struct expected_window *window = measures->expected;

    if (!measures->has_fairness || measures->is_lost || !verify_read_well(v, measures->fairness))
        return;
    if (measures->has_window_row)
        verify_row_fails(v, CHECK_FAIRNESS, measures->fairness, measures->windows.tick,
                         "no such window was measured on flow_ticks.csv");
    else if (window)
        check_fails(v->checks, CHECK_FAIRNESS,
                    "fairness.csv: no row for group %s, %s, %" PRId64 " ticks from tick %" PRId64,
                    window->row.group, verify_directions[window->row.direction],
                    window->row.window_ticks, window->row.tick);
}

/* --- burst.csv ------------------------------------------------------------------------------- */

/* Where a flow left without a row, what its group was offered is not known tick by tick. */
static bool is_group_unknown(const struct verified_group *group, bool has_flow)
{
    return group && group->has_unseen_move && !has_flow;
}

/* The next row of which something is known. */
static bool next_burst(struct measures *measures)
{
    struct csv_reader *reader = measures->burst;
    bool has_row;

    do
        has_row = csv_reader_next(reader);
    while (has_row &&
           is_group_unknown(verify_group(measures->verification,
                                         csv_reader_text(reader, measures->bursts.group)),
                            !csv_reader_is_empty(reader, measures->bursts.flow)));
    return has_row;
}

/* Where a flow broke, what it was offered is not known tick by tick. */
static bool is_known(struct verification *v, const struct burst_row *row)
{
    const struct verified_flow *flow = verify_flow(v, (int64_t)row->flow);

    return !flow || flow->close != VERIFIED_EOF;
}

void measured_rows_take_burst(void *arg, const struct burst_row *row)
{
    static const char *const streams[BURST_STREAMS] = {"offered", "delivered"};
    static const char why[] = "measured once more on ticks.csv and flow_ticks.csv";
    struct measures *measures = arg;
    struct verification *v = measures->verification;
    struct csv_reader *reader = measures->burst;

    if (!measures->has_bytes || v->is_broken ||
        is_group_unknown(verify_group(v, row->group), row->flow > 0))
        return;
    if (!next_burst(measures)) {
        if (verify_read_well(v, reader))
            check_fails(v->checks, CHECK_BURST, "burst.csv: no row for group %s, %s, %s, %s",
                        row->group, verify_directions[row->direction], streams[row->stream],
                        row->measure);
        v->is_broken = true;
        return;
    }
    expect_text(measures, CHECK_BURST, reader, measures->bursts.group, row->group, why);
    verify_true(v, CHECK_BURST, reader, measures->bursts.flow,
                csv_reader_is_empty(reader, measures->bursts.flow)
                    ? row->flow == 0
                    : csv_reader_count(reader, measures->bursts.flow) == (int64_t)row->flow,
                "the group first, then its flows as they opened");
    expect_text(measures, CHECK_BURST, reader, measures->bursts.direction,
                verify_directions[row->direction], why);
    expect_text(measures, CHECK_BURST, reader, measures->bursts.stream, streams[row->stream], why);
    expect_text(measures, CHECK_BURST, reader, measures->bursts.measure, row->measure, why);
    if (!is_known(v, row))
        return;
    verify_equal(v, CHECK_BURST, reader, measures->bursts.x,
                 csv_reader_count(reader, measures->bursts.x), (int64_t)row->x, why);
    verify_equal(v, CHECK_BURST, reader, measures->bursts.bytes,
                 csv_reader_count(reader, measures->bursts.bytes), (int64_t)row->bytes, why);
}

/* --- the end --------------------------------------------------------------------------------- */

void measured_rows_finish(struct measures *measures)
{
    struct verification *v = measures->verification;

    finish_windows(measures);
    if (measures->has_bytes && !v->is_broken && next_burst(measures))
        verify_row_fails(v, CHECK_BURST, measures->burst, measures->bursts.group,
                         "nothing more was measured");
    verify_read_well(v, measures->burst);
}

void measured_rows_free(struct measures *measures)
{
    struct expected_window *window, *next;

    DL_FOREACH_SAFE (measures->expected, window, next) {
        DL_DELETE(measures->expected, window);
        free(window);
    }
    csv_reader_free(measures->fairness);
    csv_reader_free(measures->burst);
}
