#include "sim/verify/verify_ticks.h"

#include <inttypes.h>

#include "sim/verify/tick_opening.h"
#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_events.h"
#include "sim/verify/verify_flow_ticks.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_guarantee.h"
#include "sim/verify/verify_members.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_nesting.h"
#include "sim/verify/verify_recomputed.h"

struct tick_columns {
    int time, tick, group, members, backlogged;
    int start[SHAPER_DIRECTIONS], end[SHAPER_DIRECTIONS], bytes[SHAPER_DIRECTIONS];
    int total[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
};

struct tick_pass {
    struct verification *verification;
    struct csv_reader *reader;
    struct tick_columns columns;
    struct event_stream *events;
    struct flow_tick_stream *flow_ticks;
    int64_t last_end_us; /* of the row before, and which group it was of */
    const struct verified_group *last_group;
};

static void find_columns(struct csv_reader *reader, struct tick_columns *columns)
{
    columns->time = csv_table_find(&ticks_table, TICKS_TIME, SHAPER_READ, reader);
    columns->tick = csv_table_find(&ticks_table, TICKS_TICK, SHAPER_READ, reader);
    columns->group = csv_table_find(&ticks_table, TICKS_GROUP, SHAPER_READ, reader);
    columns->members = csv_table_find(&ticks_table, TICKS_MEMBERS, SHAPER_READ, reader);
    columns->backlogged = csv_table_find(&ticks_table, TICKS_BACKLOGGED_FLOWS, SHAPER_READ, reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->start[d] = csv_table_find(&ticks_table, TICKS_READ_BUCKET_START, d, reader);
        columns->end[d] = csv_table_find(&ticks_table, TICKS_READ_BUCKET_END, d, reader);
        columns->bytes[d] = csv_table_find(&ticks_table, TICKS_READ_BYTES, d, reader);
        columns->total[d] = csv_table_find(&ticks_table, TICKS_TOTAL_READ, d, reader);
        columns->backlog[d] = csv_table_find(&ticks_table, TICKS_READ_BACKLOG, d, reader);
    }
}

/* --- one row --------------------------------------------------------------------------------- */

/* Rows are in the order in which ticks end, at equal times in the order of the groups; the last row
 * of each group ends with the run. */
static void check_order(struct tick_pass *pass, const struct verified_tick *tick, int64_t end_us)
{
    if (!pass->verification->is_real)
        verify_true(pass->verification, CHECK_TICKS, pass->reader, pass->columns.tick,
                    end_us > pass->last_end_us ||
                        (end_us == pass->last_end_us && tick->group > pass->last_group),
                    "rows come in the order in which ticks end");
    pass->last_end_us = end_us;
    pass->last_group = tick->group;
}

static void check_backlog(struct tick_pass *pass, const struct verified_tick *tick)
{
    struct verification *v = pass->verification;
    const struct verified_group *group = tick->group;
    int64_t backlog = tick->backlog_bytes[SHAPER_READ] + tick->backlog_bytes[SHAPER_WRITE];
    int64_t false_eofs = (int64_t)flow_totals_of(v, group)->false_eofs;

    verify_true(v, CHECK_MEMBERS, pass->reader, pass->columns.backlogged,
                tick->backlogged_flows <= tick->members + false_eofs &&
                    tick->backlogged_flows <= backlog &&
                    (tick->backlogged_flows > 0) == (backlog > 0),
                "members that hold at least one byte each of the backlog");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t before = tick_totals_of(v, group)->backlog_bytes[d];
        int64_t within = tick->backlog_bytes[d] + tick->bytes[d];
        if (v->charges_delivered && !moves_leave_in(v, group, tick->tick))
            verify_true(v, CHECK_CONSERVATION, pass->reader, pass->columns.backlog[d],
                        within >= before, "what waited is delivered or still waits");
    }
}

static void check_buckets(struct tick_pass *pass, struct verified_tick *tick)
{
    struct verification *v = pass->verification;
    const struct tick_columns *columns = &pass->columns;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket_row row = {.reader = pass->reader,
                                          .start_column = columns->start[d],
                                          .end_column = columns->end[d],
                                          .bytes_column = columns->bytes[d],
                                          .total_column = columns->total[d],
                                          .bytes = tick->bytes[d]};
        row.total_bytes = csv_reader_count(pass->reader, columns->total[d]);
        if (tick->group->limits->has_group) {
            row.start_bytes = csv_reader_i64(pass->reader, columns->start[d]);
            row.end_bytes = csv_reader_i64(pass->reader, columns->end[d]);
            tick->start_bytes[d] = row.start_bytes;
            tick->end_bytes[d] = row.end_bytes;
        } else {
            verify_true(v, CHECK_BUCKETS, pass->reader, columns->start[d],
                        csv_reader_is_empty(pass->reader, columns->start[d]),
                        "the group has no bucket");
            verify_true(v, CHECK_BUCKETS, pass->reader, columns->end[d],
                        csv_reader_is_empty(pass->reader, columns->end[d]),
                        "the group has no bucket");
        }
        if (!csv_reader_fault(pass->reader))
            buckets_check_row(v, tick->group, d, &row);
    }
}

static bool read_tick(struct tick_pass *pass, struct verified_tick *tick)
{
    struct verification *v = pass->verification;
    struct csv_reader *reader = pass->reader;
    const struct tick_columns *columns = &pass->columns;
    int64_t time_us = csv_reader_time_us(reader, columns->time);

    *tick =
        (struct verified_tick){.reader = reader,
                               .group = verify_group(v, csv_reader_text(reader, columns->group)),
                               .tick = csv_reader_count(reader, columns->tick),
                               .members = csv_reader_count(reader, columns->members),
                               .backlogged_flows = csv_reader_count(reader, columns->backlogged),
                               .backlogged_column = columns->backlogged};
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        tick->bytes[d] = csv_reader_count(reader, columns->bytes[d]);
        tick->backlog_bytes[d] = csv_reader_count(reader, columns->backlog[d]);
        tick->bytes_column[d] = columns->bytes[d];
        tick->backlog_column[d] = columns->backlog[d];
    }
    if (!verify_read_well(v, reader))
        return false;
    if (!tick->group || !tick->group->limits) {
        verify_row_fails(v, CHECK_TICKS, reader, columns->group,
                         "'%.40s' is no group with ticks in this run",
                         csv_reader_text(reader, columns->group));
        return false;
    }
    int64_t start_us;
    if (__builtin_mul_overflow(tick->tick, tick->group->tick_us, &start_us) ||
        start_us > v->end_us) {
        verify_row_fails(v, CHECK_TICKS, reader, columns->tick, "it begins after the run's end");
        return false;
    }
    verify_equal(v, CHECK_TICKS, reader, columns->time, time_us, start_us,
                 "microseconds: tick x the tick's length");
    return true;
}

static bool read_row(struct tick_pass *pass)
{
    struct verification *v = pass->verification;
    struct verified_tick tick;

    if (!read_tick(pass, &tick))
        return false;
    struct verified_group *group = tick.group;
    tick.end_us = (tick.tick + 1) * group->tick_us;
    if (tick.end_us > v->end_us)
        tick.end_us = v->end_us + 1;
    event_stream_advance(pass->events, tick.end_us);
    if (v->is_broken)
        return false;
    int64_t left_out = tick.tick - buckets_tick(v, group);
    tick_opening(v, group, tick.tick, pass->reader, pass->columns.tick);
    if (left_out < 0 || (left_out > 0 && !v->run->skip_idle_ticks))
        return false;
    check_order(pass, &tick, tick.end_us);
    tick_totals_count(v, group);
    check_buckets(pass, &tick);
    if (!v->is_real)
        members_check(v, &tick, pass->columns.members);
    check_backlog(pass, &tick);
    tick_totals_add(v, &tick);
    flow_tick_stream_take(pass->flow_ticks, &tick);
    recomputed_close_tick(v, &tick);
    buckets_close_tick(v, group, tick.backlog_bytes);
    return verify_read_well(v, pass->reader) && !v->is_broken;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Sums over one group, or over all that flows moved between. */
struct end_sums {
    const char *name;
    bool has_unlimited; /* one of them has no ticks */
    int64_t backlog_bytes[SHAPER_DIRECTIONS], charged_bytes[SHAPER_DIRECTIONS];
    int64_t waiting_bytes[SHAPER_DIRECTIONS]; /* of flows.csv, not delivered */
    int64_t least_charged_bytes[SHAPER_DIRECTIONS], most_charged_bytes[SHAPER_DIRECTIONS];
};

/* Bytes charged to the groups in a group. */
static int64_t bytes_below(const struct verification *v, const struct verified_group *group, int d)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].parent == group)
            bytes += tick_totals_of(v, &v->groups[i])->charged_bytes[d];
    return bytes;
}

static void add_sums(const struct verification *v, struct end_sums *sums,
                     const struct verified_group *group)
{
    const struct tick_totals *ticks = tick_totals_of(v, group);
    const struct flow_totals *flows = flow_totals_of(v, group);
    const struct charge_bounds *charges = charges_of_group(v, group);

    sums->has_unlimited = sums->has_unlimited || !group->limits;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t below = bytes_below(v, group, d);
        sums->backlog_bytes[d] += ticks->backlog_bytes[d];
        sums->charged_bytes[d] += ticks->charged_bytes[d];
        sums->waiting_bytes[d] += flows->offered_bytes[d] - flows->delivered_bytes[d];
        sums->least_charged_bytes[d] += charges->least_bytes[d] + below;
        if (__builtin_add_overflow(sums->most_charged_bytes[d], charges->most_bytes[d],
                                   &sums->most_charged_bytes[d]) ||
            __builtin_add_overflow(sums->most_charged_bytes[d], below,
                                   &sums->most_charged_bytes[d]))
            sums->most_charged_bytes[d] = INT64_MAX;
    }
}

static void check_sums(struct verification *v, const struct end_sums *sums, int d)
{
    int64_t charged = sums->charged_bytes[d];
    int64_t least = sums->has_unlimited ? 0 : sums->least_charged_bytes[d];
    int64_t most =
        v->is_drained && !v->is_tls ? sums->least_charged_bytes[d] : sums->most_charged_bytes[d];

    if (sums->has_unlimited ? sums->backlog_bytes[d] > sums->waiting_bytes[d]
                            : sums->backlog_bytes[d] != sums->waiting_bytes[d])
        check_fails(v->checks, CHECK_CONSERVATION,
                    "ticks.csv: last row of group %s, %s_backlog_bytes: %" PRId64 ", but %" PRId64
                    " expected: what flows.csv offers and does not deliver",
                    sums->name, verify_direction(d), sums->backlog_bytes[d],
                    sums->waiting_bytes[d]);
    if (charged < least || charged > most)
        check_fails(v->checks, CHECK_CONSERVATION,
                    "ticks.csv: %s of group %s: %" PRId64
                    " in sum, but its flows should be charged %" PRId64 " to %" PRId64,
                    verify_byte_column(d), sums->name, charged, least, most);
    check_holds(v->checks, CHECK_CONSERVATION);
}

static void finish_groups(struct verification *v)
{
    struct end_sums moved = {.name = "(all that flows moved between)"};

    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        bool is_moved = moves_touch(v, group);
        struct end_sums sums = {.name = group->name};
        buckets_finish(v, group);
        add_sums(v, is_moved ? &moved : &sums, group);
        for (int d = 0; d < SHAPER_DIRECTIONS && !is_moved && group->limits; d++)
            check_sums(v, &sums, d);
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && moves_count(v) > 0; d++)
        check_sums(v, &moved, d);
    for (size_t i = 0; i < v->group_count; i++) {
        nesting_finish(v, &v->groups[i]);
        guarantee_finish(v, &v->groups[i]);
    }
    guarantee_close(v);
}

static void skip_for_real_clock(struct verification *v)
{
    static const char why[] = "the run was on the real clock, where ticks come late";

    check_is_skipped(v->checks, CHECK_BUCKETS, why);
    check_is_skipped(v->checks, CHECK_BUCKET_BOUNDS, why);
    check_is_skipped(v->checks, CHECK_WINDOWS, why);
    check_is_skipped(v->checks, CHECK_FROM_START, why);
    check_is_skipped(v->checks, CHECK_MEMBERS, why);
    check_is_skipped(v->checks, CHECK_OWN_BUCKETS, why);
}

bool verify_ticks(struct verification *v)
{
    struct tick_pass pass = {.verification = v, .last_end_us = -1};
    bool good;

    pass.reader = verify_open(v, run_file_names[RUN_TICKS]);
    if (!pass.reader)
        return false;
    if (v->is_real)
        skip_for_real_clock(v);
    find_columns(pass.reader, &pass.columns);
    good = event_stream_open(v, &pass.events) && flow_tick_stream_open(v, &pass.flow_ticks) &&
           recomputed_open(v);
    while (good && csv_reader_next(pass.reader))
        good = read_row(&pass);
    good = verify_read_well(v, pass.reader) && good;
    if (good) {
        check_holds(v->checks, CHECK_FILES);
        event_stream_advance(pass.events, INT64_MAX);
    }
    good = good && !v->is_broken;
    if (good)
        finish_groups(v);
    event_stream_finish(pass.events, good);
    flow_tick_stream_finish(pass.flow_ticks, good);
    recomputed_finish(v, good);
    csv_reader_free(pass.reader);
    return good;
}
