#include "sim/verify/verify_flow_ticks.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/verify/tick_opening.h"
#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_flow_ends.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_guarantee.h"
#include "sim/verify/verify_max_bytes.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_nesting.h"
#include "sim/verify/verify_per_flow_buckets.h"
#include "sim/verify/verify_recomputed.h"

struct flow_tick_columns {
    int time, tick, group, flow;
    int bucket[SHAPER_DIRECTIONS], bytes[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
    int max[SHAPER_DIRECTIONS];
};

/* Of a group: rows of flows that left it in the open tick, which are read before the others. */
struct early_rows {
    int64_t count;
    int64_t bytes[SHAPER_DIRECTIONS];
};

struct flow_tick_stream {
    struct verification *verification;
    struct csv_reader *reader;
    struct flow_tick_columns columns;
    struct flow_rows *rows;
    uint64_t recorded_flows; /* that have rows */
    struct early_rows early[GROUPS_MAX + 1];
    bool is_suspended[GROUPS_MAX + 1][SHAPER_DIRECTIONS]; /* by group, at its last tick's end */
    /* Read ahead: */
    bool has_row;
    struct verified_group *group;
    const struct verified_flow *flow;
    int64_t tick;
};

/* One row. */
struct flow_tick {
    const struct verified_flow *flow;
    struct flow_rows *rows;
    const struct verified_move *move;    /* with which it leaves the group; NULL: it stays */
    const struct shaper_limit *per_flow; /* NULL: none */
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int64_t level_bytes[SHAPER_DIRECTIONS]; /* 0 without a per-flow limit */
};

/* What the rows of a tick sum to. */
struct flow_sums {
    int64_t rows, backlogged_flows;
    int64_t bytes[SHAPER_DIRECTIONS], backlog_bytes[SHAPER_DIRECTIONS];
};

static void read_ahead(struct flow_tick_stream *stream)
{
    struct csv_reader *reader = stream->reader;

    stream->has_row = csv_reader_next(reader);
    if (!stream->has_row) {
        verify_read_well(stream->verification, reader);
        return;
    }
    stream->group =
        verify_group(stream->verification, csv_reader_text(reader, stream->columns.group));
    stream->flow =
        verify_flow(stream->verification, csv_reader_count(reader, stream->columns.flow));
    stream->tick = csv_reader_count(reader, stream->columns.tick);
    if (!verify_read_well(stream->verification, reader))
        stream->has_row = false;
}

static void find_columns(struct csv_reader *reader, struct flow_tick_columns *columns)
{
    columns->time = csv_table_find(&flow_ticks_table, FLOW_TICKS_TIME, SHAPER_READ, reader);
    columns->tick = csv_table_find(&flow_ticks_table, FLOW_TICKS_TICK, SHAPER_READ, reader);
    columns->group = csv_table_find(&flow_ticks_table, FLOW_TICKS_GROUP, SHAPER_READ, reader);
    columns->flow = csv_table_find(&flow_ticks_table, FLOW_TICKS_FLOW, SHAPER_READ, reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->bucket[d] = csv_table_find(&flow_ticks_table, FLOW_TICKS_READ_BUCKET, d, reader);
        columns->bytes[d] = csv_table_find(&flow_ticks_table, FLOW_TICKS_READ_BYTES, d, reader);
        columns->backlog[d] = csv_table_find(&flow_ticks_table, FLOW_TICKS_READ_BACKLOG, d, reader);
        columns->max[d] = csv_table_find(&flow_ticks_table, FLOW_TICKS_MAX_READ, d, reader);
    }
}

bool flow_tick_stream_open(struct verification *v, struct flow_tick_stream **out)
{
    struct flow_tick_stream *stream = verify_allocate(v, "flow_ticks.csv", 1, sizeof(*stream));

    *out = stream;
    if (!stream)
        return false;
    stream->verification = v;
    stream->rows =
        verify_allocate(v, "flow_ticks.csv", verify_flow_count(v), sizeof(*stream->rows));
    stream->reader = verify_open(v, run_file_names[RUN_FLOW_TICKS]);
    if (!stream->reader || !stream->rows)
        return false;
    find_columns(stream->reader, &stream->columns);
    read_ahead(stream);
    return verify_read_well(v, stream->reader);
}

/* --- one row --------------------------------------------------------------------------------- */

/* A flow that closed and came back has a new bucket; it comes back when bytes are offered, which do
 * not show where a flush has moved them. */
static bool may_have_come_back(const struct verification *v, const struct flow_tick *line)
{
    const struct verified_flow *flow = line->flow;

    if (!verify_close_may_return(flow->close))
        return false;
    if (v->run->application.flush != SHAPER_FLUSH_NONE)
        return true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (line->bytes[d] + line->backlog_bytes[d] > line->rows->backlog_bytes[d])
            return true;
    return false;
}

static void check_per_flow_buckets(struct flow_tick_stream *stream, const struct flow_tick *line)
{
    struct verified_per_flow_row row = {
        .reader = stream->reader,
        .flow = line->flow,
        .limit = line->per_flow,
        .tick = stream->tick,
        .tick_us = stream->group->tick_us,
        .last_tick = line->rows->count > 0 ? line->rows->last_tick : -1,
        .is_leaving = line->move != NULL,
        .may_have_come_back = may_have_come_back(stream->verification, line)};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        row.columns[d] = stream->columns.bucket[d];
        row.charged_before_bytes[d] = line->rows->charged_bytes[d];
        row.bytes[d] = line->bytes[d];
        row.level_bytes[d] = line->level_bytes[d];
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        per_flow_check(stream->verification, &row, d);
}

/* `row` is that of the group in ticks.csv. */
static void check_order(struct flow_tick_stream *stream, const struct flow_tick *line, uint64_t row)
{
    const struct verified_flow *flow = line->flow;
    const struct flow_rows *rows = line->rows;
    struct verification *v = stream->verification;
    const struct verified_group *group = stream->group;
    const struct flow_tick_columns *columns = &stream->columns;

    verify_equal(v, CHECK_FLOW_TICKS, stream->reader, columns->time,
                 csv_reader_time_us(stream->reader, columns->time), stream->tick * group->tick_us,
                 "microseconds: tick x the tick's length");
    verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                rows->group != group || rows->last_tick < stream->tick,
                "a flow has one row in a tick of a group");
    if (v->is_real)
        return;
    if (rows->group != group)
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    moves_came_in(v, flow, group, stream->tick),
                    "its first row is that of the tick in which the flow starts, or joins");
    else if (!verify_close_may_return(flow->close))
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    rows->last_group_row + 1 == row, "an open flow has a row in every tick");
}

static void check_flow_bytes(struct flow_tick_stream *stream, const struct flow_tick *line, int d)
{
    struct verification *v = stream->verification;
    struct flow_rows *rows = line->rows;
    int64_t within = line->bytes[d] + line->backlog_bytes[d];

    if (v->charges_delivered && rows->group) /* it may have been in a group without rows */
        verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                    within >= rows->backlog_bytes[d], "what waited is delivered or still waits");
    verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                line->backlog_bytes[d] <= line->flow->max_backlog_bytes[d],
                "at most the flow's largest backlog in flows.csv");
    rows->charged_bytes[d] += line->bytes[d];
    rows->backlog_bytes[d] = line->backlog_bytes[d];
    rows->most_backlog_bytes[d] = max_i64(rows->most_backlog_bytes[d], within);
}

static bool read_line(struct flow_tick_stream *stream, struct flow_tick *line)
{
    struct verification *v = stream->verification;
    struct csv_reader *reader = stream->reader;
    const struct flow_tick_columns *columns = &stream->columns;

    line->flow = stream->flow;
    if (!line->flow || !moves_was_in(v, line->flow, stream->group)) {
        verify_row_fails(v, CHECK_FLOW_TICKS, reader, columns->flow,
                         "flow %s is not one of this group in flows.csv",
                         csv_reader_text(reader, columns->flow));
        return false;
    }
    line->rows = &stream->rows[line->flow->index];
    line->per_flow = line->move ? line->move->per_flow : per_flow_limit(v, line->flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        line->bytes[d] = csv_reader_count(reader, columns->bytes[d]);
        line->backlog_bytes[d] = csv_reader_count(reader, columns->backlog[d]);
        line->level_bytes[d] = line->per_flow ? csv_reader_i64(reader, columns->bucket[d]) : 0;
        if (!line->per_flow)
            verify_true(v, CHECK_OWN_BUCKETS, reader, columns->bucket[d],
                        csv_reader_is_empty(reader, columns->bucket[d]),
                        "the flow has no per-flow limit");
    }
    return verify_read_well(v, reader);
}

/* Records the state from which the next row continues. */
static void end_row(struct flow_tick_stream *stream, const struct flow_tick *line, uint64_t row)
{
    struct flow_rows *rows = line->rows;
    bool is_lost = line->move && !line->move->to->limits;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_flow_bytes(stream, line, d);
        if (is_lost)
            rows->backlog_bytes[d] = 0;
    }
    if (rows->count++ == 0)
        stream->recorded_flows++;
    rows->last_row = csv_reader_row(stream->reader);
    rows->last_group_row = row;
    rows->last_tick = stream->tick;
    rows->group = line->move ? NULL : stream->group;
}

/* Passes the row, with the backlog of the row before, to the parts that follow flows through ticks.
 */
static void pass_on(struct flow_tick_stream *stream, const struct flow_tick *line)
{
    struct verification *v = stream->verification;
    const struct recomputed_flow_row row = {.group = stream->group,
                                            .flow = line->flow,
                                            .tick = stream->tick,
                                            .is_first = line->rows->count == 0,
                                            .move = line->move,
                                            .bytes = line->bytes,
                                            .backlog_bytes = line->backlog_bytes,
                                            .backlog_before_bytes = line->rows->backlog_bytes};

    if (line->per_flow && !v->is_real)
        check_per_flow_buckets(stream, line);
    per_flow_end_row(v, line->flow, line->level_bytes, line->move != NULL);
    recomputed_take_flow(v, &row);
    guarantee_check_flow(v, stream->group, line->flow, line->bytes, line->rows->backlog_bytes);
}

/* Empty where there is no such number: in a row of a flow that leaves or that has closed, and in a
 * group of a scheduler. */
static void check_max(struct flow_tick_stream *stream, const struct verified_tick *tick,
                      const struct flow_tick *line)
{
    struct verification *v = stream->verification;
    struct csv_reader *reader = stream->reader;
    const struct group_limits *limits = stream->group->limits;
    bool is_scheduled = limits && limits->has_group && limits->is_scheduled;
    bool may_close =
        line->flow->end_us < tick->end_us || verify_close_may_return(line->flow->close);

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int column = stream->columns.max[d];
        struct verified_max_row row = {.reader = reader,
                                       .column = column,
                                       .per_flow = line->per_flow,
                                       .level_bytes = line->level_bytes[d]};
        bool is_empty = csv_reader_is_empty(reader, column);
        verify_true(v, CHECK_FLOW_TICKS, reader, column,
                    is_empty ? line->move || is_scheduled || may_close : !line->move,
                    "empty where the flow has closed or left, or a scheduler limits it, else not");
        if (is_empty || line->move || is_scheduled)
            continue;
        row.max_bytes = csv_reader_count(reader, column);
        if (!v->is_real)
            max_bytes_check(v, tick, d, stream->is_suspended[tick->group->index][d], &row);
    }
}

/* Adds what counts in the group's row of ticks.csv, the `row`-th. */
static void add_line(struct flow_tick_stream *stream, const struct verified_tick *tick,
                     const struct verified_move *move, uint64_t row, struct flow_sums *sums)
{
    struct flow_tick line = {.move = move};
    int64_t backlog = 0;

    if (!read_line(stream, &line))
        return;
    check_order(stream, &line, row);
    pass_on(stream, &line);
    check_max(stream, tick, &line);
    end_row(stream, &line, row);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        sums->bytes[d] += line.bytes[d];
        sums->backlog_bytes[d] += line.backlog_bytes[d];
        backlog += line.backlog_bytes[d];
    }
    sums->rows++;
    sums->backlogged_flows += backlog > 0;
}

/* --- a tick's rows --------------------------------------------------------------------------- */

/* The move with which the row's flow leaves the row's group in the row's tick. */
static struct verified_move *move_of_row(struct flow_tick_stream *stream, int64_t end_us)
{
    struct verification *v = stream->verification;

    for (size_t i = 0; i < moves_count(v) && stream->group; i++) {
        struct verified_move *move = moves_at(v, i);
        if (!move->is_seen && move->flow == stream->flow && move->from == stream->group &&
            move->time_us < end_us && move->from->tick_us > 0 &&
            move->time_us / move->from->tick_us == stream->tick)
            return move;
    }
    return NULL;
}

/* Written when the flow left, thus before the rows of its group's tick. */
static void add_leaving(struct flow_tick_stream *stream, struct verified_move *move,
                        const struct verified_tick *tick)
{
    struct verified_group *group = stream->group;
    struct early_rows *early = &stream->early[group->index];
    uint64_t rows = tick_totals_of(stream->verification, group)->rows;
    struct flow_sums sums = {0};

    move->is_seen = true;
    tick_opening_early(stream->verification, group, stream->tick, stream->reader,
                       stream->columns.tick);
    add_line(stream, tick, move, rows + (tick->group != group), &sums);
    early->count += sums.rows;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        early->bytes[d] += sums.bytes[d];
}

static void check_sum(struct flow_tick_stream *stream, const struct verified_tick *tick, int column,
                      int64_t of_group, int64_t of_flows)
{
    struct verification *v = stream->verification;

    bool has_others = tick->group->has_children && (column == tick->bytes_column[SHAPER_READ] ||
                                                    column == tick->bytes_column[SHAPER_WRITE]);

    if (v->records_all && !moves_have_unrecorded(v) && !has_others)
        verify_equal(v, CHECK_FLOW_TICKS, tick->reader, column, of_group, of_flows,
                     "the sum of the tick's rows in flow_ticks.csv");
    else
        verify_true(v, CHECK_FLOW_TICKS, tick->reader, column, of_group >= of_flows,
                    "at least the sum of the recorded flows in flow_ticks.csv");
}

static void read_rows(struct flow_tick_stream *stream, const struct verified_tick *tick,
                      struct flow_sums *sums)
{
    struct early_rows *early = &stream->early[tick->group->index];
    uint64_t rows = tick_totals_of(stream->verification, tick->group)->rows;
    struct verified_move *move;

    for (; stream->has_row; read_ahead(stream)) {
        if ((move = move_of_row(stream, tick->end_us)))
            add_leaving(stream, move, tick);
        else if (stream->group == tick->group && stream->tick == tick->tick)
            add_line(stream, tick, NULL, rows, sums);
        else
            break;
    }
    sums->rows += early->count;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        sums->bytes[d] += early->bytes[d];
    *early = (struct early_rows){0};
}

void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick)
{
    struct verification *v = stream->verification;
    struct flow_sums sums = {0};
    int64_t lost = (int64_t)flow_totals_of(v, tick->group)->false_eofs;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        bool *is_suspended = &stream->is_suspended[tick->group->index][d];
        *is_suspended = max_bytes_suspends(v, tick, d, *is_suspended);
    }
    read_rows(stream, tick, &sums);
    if (v->is_broken)
        return;
    nesting_add_tick(v, tick, sums.bytes);
    guarantee_end_tick(v, tick);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_sum(stream, tick, tick->bytes_column[d], tick->bytes[d], sums.bytes[d]);
        if (lost == 0) /* bytes lost by a false end of file stay in the group's backlog */
            check_sum(stream, tick, tick->backlog_column[d], tick->backlog_bytes[d],
                      sums.backlog_bytes[d]);
    }
    if (lost == 0)
        check_sum(stream, tick, tick->backlogged_column, tick->backlogged_flows,
                  sums.backlogged_flows);
    if (v->records_all && !moves_have_unrecorded(v))
        verify_true(v, CHECK_FLOW_TICKS, tick->reader, -1, tick->members <= sums.rows,
                    "every member has a row in flow_ticks.csv");
}

/* --- the end --------------------------------------------------------------------------------- */

void flow_tick_stream_finish(struct flow_tick_stream *stream, bool is_complete)
{
    if (!stream)
        return;
    struct verification *v = stream->verification;
    if (stream->reader && verify_read_well(v, stream->reader) && is_complete) {
        check_holds(v->checks, CHECK_FILES);
        if (stream->has_row)
            verify_row_fails(v, CHECK_FLOW_TICKS, stream->reader, stream->columns.tick,
                             "tick %" PRId64 " of group '%.40s' has no row in ticks.csv, or it "
                             "is not in order",
                             stream->tick, csv_reader_text(stream->reader, stream->columns.group));
        verify_flow_ends(v, stream->rows, stream->recorded_flows);
    }
    csv_reader_free(stream->reader);
    free(stream->rows);
    free(stream);
}
