/* The rows of fairness.csv and burst.csv against what verify_recomputed.c measures once more. */
#include "sim/verify/verify_recomputed_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#define FRACTION 1e-9 /* jain has nine decimals */

/* Windows that were measured and whose row has not come: another group's may come first, after
 * ticks without rows. */
#define WINDOWS_MAX 100000

void recomputed_rows_find_columns(struct recomputed_metrics *recomputed)
{
    struct csv_reader *fairness = recomputed->fairness, *burst = recomputed->burst;

    recomputed->windows.time = csv_reader_column(fairness, "time_s");
    recomputed->windows.tick = csv_reader_column(fairness, "tick");
    recomputed->windows.group = csv_reader_column(fairness, "group");
    recomputed->windows.direction = csv_reader_column(fairness, "direction");
    recomputed->windows.window = csv_reader_column(fairness, "window_ticks");
    recomputed->windows.flows = csv_reader_column(fairness, "flows");
    recomputed->windows.limited = csv_reader_column(fairness, "limited_flows");
    recomputed->windows.bytes = csv_reader_column(fairness, "bytes");
    recomputed->windows.jain = csv_reader_column(fairness, "jain");
    recomputed->bursts.group = csv_reader_column(burst, "group");
    recomputed->bursts.flow = csv_reader_column(burst, "flow");
    recomputed->bursts.direction = csv_reader_column(burst, "direction");
    recomputed->bursts.stream = csv_reader_column(burst, "stream");
    recomputed->bursts.measure = csv_reader_column(burst, "measure");
    recomputed->bursts.x = csv_reader_column(burst, "x");
    recomputed->bursts.bytes = csv_reader_column(burst, "bytes");
}

/* --- fairness.csv ---------------------------------------------------------------------------- */

static void expect_text(struct recomputed_metrics *recomputed, enum check check,
                        const struct csv_reader *reader, int column, const char *expected,
                        const char *why)
{
    verify_true(recomputed->verification, check, reader, column,
                strcmp(csv_reader_text(reader, column), expected) == 0, why);
}

static bool is_row_of(const struct recomputed_metrics *recomputed, const struct fairness_row *row)
{
    return strcmp(csv_reader_text(recomputed->fairness, recomputed->windows.group), row->group) ==
               0 &&
           strcmp(csv_reader_text(recomputed->fairness, recomputed->windows.direction),
                  verify_directions[row->direction]) == 0;
}

static void compare_window(struct recomputed_metrics *recomputed, const struct fairness_row *row)
{
    static const char why[] = "measured once more on flow_ticks.csv";
    struct verification *v = recomputed->verification;
    struct csv_reader *reader = recomputed->fairness;
    uint64_t failures = v->checks->results[CHECK_FAIRNESS].failures;
    const struct {
        int column;
        int64_t expected;
    } fields[] = {{recomputed->windows.tick, row->tick},
                  {recomputed->windows.window, row->window_ticks},
                  {recomputed->windows.flows, (int64_t)row->flows},
                  {recomputed->windows.limited, (int64_t)row->limited_flows},
                  {recomputed->windows.bytes, (int64_t)row->bytes}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        verify_equal(v, CHECK_FAIRNESS, reader, fields[i].column,
                     csv_reader_count(reader, fields[i].column), fields[i].expected, why);
    verify_equal(v, CHECK_FAIRNESS, reader, recomputed->windows.time,
                 csv_reader_time_us(reader, recomputed->windows.time), row->time_us, why);
    double jain = strtod(csv_reader_text(reader, recomputed->windows.jain), NULL);
    if (!(fabs(jain - row->jain) <= FRACTION))
        verify_row_fails(v, CHECK_FAIRNESS, reader, recomputed->windows.jain,
                         "%.9f, but %.9f expected: %s", jain, row->jain, why);
    recomputed->is_lost = v->checks->results[CHECK_FAIRNESS].failures > failures;
}

static void match_windows(struct recomputed_metrics *recomputed)
{
    struct expected_window *window, *next;
    bool has_match = true;

    while (has_match && recomputed->has_window_row && !recomputed->is_lost) {
        has_match = false;
        DL_FOREACH_SAFE (recomputed->expected, window, next) {
            if (!is_row_of(recomputed, &window->row))
                continue;
            compare_window(recomputed, &window->row);
            DL_DELETE(recomputed->expected, window);
            free(window);
            recomputed->expected_count--;
            recomputed->has_window_row = csv_reader_next(recomputed->fairness);
            has_match = true;
            break;
        }
    }
}

void recomputed_rows_take_window(void *arg, const struct fairness_row *row)
{
    struct recomputed_metrics *recomputed = arg;
    struct verification *v = recomputed->verification;

    if (!recomputed->has_fairness || recomputed->is_lost)
        return;
    struct expected_window *window = calloc(1, sizeof(*window));
    if (!window) {
        sim_fail(v->error, SIM_FAILED, "fairness.csv: out of memory");
        return;
    }
    window->row = *row;
    DL_APPEND(recomputed->expected, window);
    if (++recomputed->expected_count > WINDOWS_MAX) {
        verify_row_fails(v, CHECK_FAIRNESS, recomputed->fairness, recomputed->windows.group,
                         "no such window was measured on flow_ticks.csv");
        recomputed->is_lost = true;
    }
    match_windows(recomputed);
}

static void finish_windows(struct recomputed_metrics *recomputed)
{
    struct verification *v = recomputed->verification;
    const struct expected_window *window = recomputed->expected;

    if (!recomputed->has_fairness || recomputed->is_lost ||
        !verify_read_well(v, recomputed->fairness))
        return;
    if (recomputed->has_window_row)
        verify_row_fails(v, CHECK_FAIRNESS, recomputed->fairness, recomputed->windows.tick,
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
static bool next_burst(struct recomputed_metrics *recomputed)
{
    struct csv_reader *reader = recomputed->burst;
    bool has_row;

    do
        has_row = csv_reader_next(reader);
    while (has_row &&
           is_group_unknown(verify_group(recomputed->verification,
                                         csv_reader_text(reader, recomputed->bursts.group)),
                            !csv_reader_is_empty(reader, recomputed->bursts.flow)));
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
    static const char *const streams[BURST_STREAMS] = {"offered", "delivered"};
    static const char why[] = "measured once more on ticks.csv and flow_ticks.csv";
    struct recomputed_metrics *recomputed = arg;
    struct verification *v = recomputed->verification;
    struct csv_reader *reader = recomputed->burst;

    if (!recomputed->has_bytes || v->is_broken ||
        is_group_unknown(verify_group(v, row->group), row->flow > 0))
        return;
    if (!next_burst(recomputed)) {
        if (verify_read_well(v, reader))
            check_fails(v->checks, CHECK_BURST, "burst.csv: no row for group %s, %s, %s, %s",
                        row->group, verify_directions[row->direction], streams[row->stream],
                        row->measure);
        v->is_broken = true;
        return;
    }
    expect_text(recomputed, CHECK_BURST, reader, recomputed->bursts.group, row->group, why);
    verify_true(v, CHECK_BURST, reader, recomputed->bursts.flow,
                csv_reader_is_empty(reader, recomputed->bursts.flow)
                    ? row->flow == 0
                    : csv_reader_count(reader, recomputed->bursts.flow) == (int64_t)row->flow,
                "the group first, then its flows as they opened");
    expect_text(recomputed, CHECK_BURST, reader, recomputed->bursts.direction,
                verify_directions[row->direction], why);
    expect_text(recomputed, CHECK_BURST, reader, recomputed->bursts.stream, streams[row->stream],
                why);
    expect_text(recomputed, CHECK_BURST, reader, recomputed->bursts.measure, row->measure, why);
    if (!is_known(v, row))
        return;
    verify_equal(v, CHECK_BURST, reader, recomputed->bursts.x,
                 csv_reader_count(reader, recomputed->bursts.x), (int64_t)row->x, why);
    verify_equal(v, CHECK_BURST, reader, recomputed->bursts.bytes,
                 csv_reader_count(reader, recomputed->bursts.bytes), (int64_t)row->bytes, why);
}

/* --- the end --------------------------------------------------------------------------------- */

void recomputed_rows_finish(struct recomputed_metrics *recomputed)
{
    struct verification *v = recomputed->verification;

    finish_windows(recomputed);
    if (recomputed->has_bytes && !v->is_broken && next_burst(recomputed))
        verify_row_fails(v, CHECK_BURST, recomputed->burst, recomputed->bursts.group,
                         "nothing more was measured");
    verify_read_well(v, recomputed->burst);
}

void recomputed_rows_free(struct recomputed_metrics *recomputed)
{
    struct expected_window *window, *next;

    DL_FOREACH_SAFE (recomputed->expected, window, next) {
        DL_DELETE(recomputed->expected, window);
        free(window);
    }
    csv_reader_free(recomputed->fairness);
    csv_reader_free(recomputed->burst);
}
