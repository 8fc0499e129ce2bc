/* flow_ticks.csv, read in step with ticks.csv: each tick's rows against the group's, each flow's
 * against flows.csv. */
#include "sim/verify_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/numbers.h"

struct flow_tick_columns {
    int time, tick, group, flow;
    int bucket[SHAPER_DIRECTIONS], bytes[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
};

struct flow_tick_stream {
    struct verification *verification;
    struct csv_reader *reader;
    struct flow_tick_columns columns;
    /* Read ahead: */
    bool has_row;
    struct verified_group *group;
    struct verified_flow *flow;
    int64_t tick;
};

/* One row. */
struct flow_tick {
    struct verified_flow *flow;
    const struct verified_move *move; /* with which it leaves the group; NULL: it stays */
    const struct shaper_limit *own;   /* NULL: none */
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int64_t level_bytes[SHAPER_DIRECTIONS]; /* 0 without a limit of its own */
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

bool flow_tick_stream_open(struct verification *v, struct flow_tick_stream **out)
{
    struct flow_tick_stream *stream = calloc(1, sizeof(*stream));

    *out = stream;
    if (!stream) {
        sim_fail(v->error, SIM_FAILED, "flow_ticks.csv: out of memory");
        return false;
    }
    stream->verification = v;
    stream->reader = verify_open(v, "flow_ticks.csv");
    if (!stream->reader)
        return false;
    struct flow_tick_columns *columns = &stream->columns;
    columns->time = csv_reader_column(stream->reader, "time_s");
    columns->tick = csv_reader_column(stream->reader, "tick");
    columns->group = csv_reader_column(stream->reader, "group");
    columns->flow = csv_reader_column(stream->reader, "flow");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->bucket[d] = verify_side_column(stream->reader, d, "bucket_bytes");
        columns->bytes[d] = csv_reader_column(stream->reader, verify_byte_columns[d]);
        columns->backlog[d] = verify_side_column(stream->reader, d, "backlog_bytes");
    }
    read_ahead(stream);
    return verify_read_well(v, stream->reader);
}

/* --- one row --------------------------------------------------------------------------------- */

/* A flow that closed and came back has a new bucket; it comes back for bytes that are offered. */
static bool may_have_come_back(const struct flow_tick *line)
{
    const struct verified_flow *flow = line->flow;

    if (!verify_close_may_return(flow->close))
        return false;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (line->bytes[d] + line->backlog_bytes[d] > flow->backlog_bytes[d])
            return true;
    return false;
}

static void check_own_buckets(struct flow_tick_stream *stream, const struct flow_tick *line)
{
    struct verified_own_row row = {.reader = stream->reader,
                                   .flow = line->flow,
                                   .own = line->own,
                                   .tick = stream->tick,
                                   .tick_us = stream->group->tick_us,
                                   .is_leaving = line->move != NULL,
                                   .may_have_come_back = may_have_come_back(line)};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        row.columns[d] = stream->columns.bucket[d];
        row.bytes[d] = line->bytes[d];
        row.level_bytes[d] = line->level_bytes[d];
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        verify_own_bucket(stream->verification, &row, d);
}

/* `row` is that of the group in ticks.csv. */
static void check_place(struct flow_tick_stream *stream, const struct verified_flow *flow,
                        uint64_t row)
{
    struct verification *v = stream->verification;
    const struct verified_group *group = stream->group;
    const struct flow_tick_columns *columns = &stream->columns;

    verify_equal(v, CHECK_FLOW_TICKS, stream->reader, columns->time,
                 csv_reader_time_us(stream->reader, columns->time), stream->tick * group->tick_us,
                 "microseconds: tick x the tick's length");
    verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                flow->row_group != group || flow->last_tick < stream->tick,
                "a flow has one row in a tick of a group");
    if (v->is_real)
        return;
    if (flow->row_group != group)
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    verify_flow_came_in(v, flow, group, stream->tick),
                    "its first row is that of the tick in which the flow starts, or joins");
    else if (!verify_close_may_return(flow->close))
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    flow->last_group_row + 1 == row, "an open flow has a row in every tick");
}

static void check_flow_bytes(struct flow_tick_stream *stream, const struct flow_tick *line, int d)
{
    struct verification *v = stream->verification;
    struct verified_flow *flow = line->flow;
    int64_t within = line->bytes[d] + line->backlog_bytes[d];

    if (v->charges_delivered && flow->row_group) /* it may have been where no row tells */
        verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                    within >= flow->backlog_bytes[d], "what waited is delivered or still waits");
    verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                line->backlog_bytes[d] <= flow->max_backlog_bytes[d],
                "at most the flow's largest backlog in flows.csv");
    flow->charged_bytes[d] += line->bytes[d];
    flow->backlog_bytes[d] = line->backlog_bytes[d];
    flow->most_backlog_bytes[d] = max_i64(flow->most_backlog_bytes[d], within);
}

static bool read_line(struct flow_tick_stream *stream, struct flow_tick *line)
{
    struct verification *v = stream->verification;
    struct csv_reader *reader = stream->reader;
    const struct flow_tick_columns *columns = &stream->columns;

    line->flow = stream->flow;
    if (!line->flow || !verify_flow_was_in(v, line->flow, stream->group)) {
        verify_row_fails(v, CHECK_FLOW_TICKS, reader, columns->flow,
                         "flow %s is not one of this group in flows.csv",
                         csv_reader_text(reader, columns->flow));
        return false;
    }
    line->own = line->move ? line->move->own : line->flow->own;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        line->bytes[d] = csv_reader_count(reader, columns->bytes[d]);
        line->backlog_bytes[d] = csv_reader_count(reader, columns->backlog[d]);
        line->level_bytes[d] = line->own ? csv_reader_i64(reader, columns->bucket[d]) : 0;
        if (!line->own)
            verify_true(v, CHECK_OWN_BUCKETS, reader, columns->bucket[d],
                        csv_reader_is_empty(reader, columns->bucket[d]),
                        "the flow has no limit of its own");
    }
    return verify_read_well(v, reader);
}

/* Where it goes on from, in the next row. */
static void end_row(struct flow_tick_stream *stream, const struct flow_tick *line, uint64_t row)
{
    struct verified_flow *flow = line->flow;
    bool is_lost = line->move && !line->move->to->limits;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_flow_bytes(stream, line, d);
        flow->own_level_bytes[d] = line->level_bytes[d];
        if (is_lost)
            flow->backlog_bytes[d] = 0;
    }
    if (flow->rows++ == 0)
        stream->verification->recorded_flows++;
    flow->last_row = csv_reader_row(stream->reader);
    flow->last_group_row = row;
    flow->last_tick = stream->tick;
    flow->row_group = line->move ? NULL : stream->group;
    flow->is_own_unknown = line->move != NULL;
    flow->own_set_us = -1;
}

/* Adds what counts in the group's row of ticks.csv, the `row`-th. */
static void take_line(struct flow_tick_stream *stream, struct verified_move *move, uint64_t row,
                      struct flow_sums *sums)
{
    struct verification *v = stream->verification;
    struct flow_tick line = {.move = move};
    int64_t backlog = 0;

    if (!read_line(stream, &line))
        return;
    check_place(stream, line.flow, row);
    if (line.own && !v->is_real)
        check_own_buckets(stream, &line);
    measures_take_flow(v, stream->group, line.flow, stream->tick, line.bytes, line.backlog_bytes,
                       move);
    verify_guarantee_take(v, stream->group, line.flow, line.bytes);
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

    for (size_t i = 0; i < v->move_count && stream->group; i++) {
        struct verified_move *move = &v->moves[i];
        if (!move->is_seen && move->flow == stream->flow && move->from == stream->group &&
            move->time_us < end_us && move->from->tick_us > 0 &&
            move->time_us / move->from->tick_us == stream->tick)
            return move;
    }
    return NULL;
}

/* Written when the flow left, and so before the rows of its group's tick. */
static void take_leaving(struct flow_tick_stream *stream, struct verified_move *move,
                         const struct verified_tick *tick)
{
    struct verified_group *group = stream->group;
    struct flow_sums sums = {0};

    move->is_seen = true;
    if (stream->tick > group->open_tick && stream->verification->run->skip_idle_ticks)
        verified_group_open_tick(stream->verification, group, stream->tick, stream->reader,
                                 stream->columns.tick);
    take_line(stream, move, group->rows + (tick->group != group), &sums);
    group->early_rows += sums.rows;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        group->early_bytes[d] += sums.bytes[d];
}

static void check_sum(struct flow_tick_stream *stream, const struct verified_tick *tick, int column,
                      int64_t of_group, int64_t of_flows)
{
    struct verification *v = stream->verification;

    bool has_others = tick->group->has_children && (column == tick->bytes_column[SHAPER_READ] ||
                                                    column == tick->bytes_column[SHAPER_WRITE]);

    if (v->records_all && !v->has_partial_group && !has_others)
        verify_equal(v, CHECK_FLOW_TICKS, tick->reader, column, of_group, of_flows,
                     "the sum of the tick's rows in flow_ticks.csv");
    else
        verify_true(v, CHECK_FLOW_TICKS, tick->reader, column, of_group >= of_flows,
                    "at least the sum of the recorded flows in flow_ticks.csv");
}

static void read_rows(struct flow_tick_stream *stream, const struct verified_tick *tick,
                      struct flow_sums *sums)
{
    struct verified_move *move;

    for (; stream->has_row; read_ahead(stream)) {
        if ((move = move_of_row(stream, tick->end_us)))
            take_leaving(stream, move, tick);
        else if (stream->group == tick->group && stream->tick == tick->tick)
            take_line(stream, NULL, tick->group->rows, sums);
        else
            break;
    }
    sums->rows += tick->group->early_rows;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        sums->bytes[d] += tick->group->early_bytes[d];
        tick->group->early_bytes[d] = 0;
    }
    tick->group->early_rows = 0;
}

void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick)
{
    struct verification *v = stream->verification;
    struct flow_sums sums = {0};
    int64_t lost = (int64_t)tick->group->false_eofs;

    read_rows(stream, tick, &sums);
    if (v->is_broken)
        return;
    verify_nesting(stream->verification, tick, sums.bytes);
    verify_guarantee_end_tick(stream->verification, tick);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_sum(stream, tick, tick->bytes_column[d], tick->bytes[d], sums.bytes[d]);
        if (lost == 0) /* what a false end of file lost stays in the group's backlog */
            check_sum(stream, tick, tick->backlog_column[d], tick->backlog_bytes[d],
                      sums.backlog_bytes[d]);
    }
    if (lost == 0)
        check_sum(stream, tick, tick->backlogged_column, tick->backlogged_flows,
                  sums.backlogged_flows);
    if (v->records_all && !v->has_partial_group)
        verify_true(v, CHECK_FLOW_TICKS, tick->reader, -1, tick->members <= sums.rows,
                    "every member has a row in flow_ticks.csv");
}

/* --- flows as a whole ------------------------------------------------------------------------ */

static void check_charged(struct verification *v, const struct verified_flow *flow, int d)
{
    int64_t least = flow->was_unlimited ? 0 : flow->least_charged_bytes[d];
    int64_t most = v->is_drained ? flow->least_charged_bytes[d] : flow->most_charged_bytes[d];

    if (v->is_tls)
        most = INT64_MAX;
    if (flow->charged_bytes[d] < least || flow->charged_bytes[d] > most)
        check_fails(v->checks, CHECK_FLOW_TICKS,
                    "flows.csv: row %" PRIu64 ", %s: %" PRId64 ", but %" PRId64
                    " were charged: the sum of its rows in flow_ticks.csv",
                    flow->row, verify_byte_columns[d], flow->delivered_bytes[d],
                    flow->charged_bytes[d]);
    check_holds(v->checks, CHECK_FLOW_TICKS);
}

static void check_backlogs(struct verification *v, const struct verified_flow *flow, int d)
{
    int64_t backlog = flow->offered_bytes[d] - flow->delivered_bytes[d];

    if (flow->backlog_bytes[d] != backlog && flow->close != VERIFIED_EOF &&
        flow->last_group->limits)
        check_fails(v->checks, CHECK_CONSERVATION,
                    "flow_ticks.csv: row %" PRIu64 ", %s_backlog_bytes: %" PRId64 ", but %" PRId64
                    " expected: offered - delivered in row %" PRIu64 " of flows.csv",
                    flow->last_row, verify_directions[d], flow->backlog_bytes[d], backlog,
                    flow->row);
    if (v->charges_delivered && flow->close != VERIFIED_EOF && !flow->was_unlimited &&
        flow->max_backlog_bytes[d] > flow->most_backlog_bytes[d])
        check_fails(v->checks, CHECK_RANGES,
                    "flows.csv: row %" PRIu64 ", max_%s_backlog_bytes: %" PRId64
                    ", but no tick of flow_ticks.csv has room for more than %" PRId64,
                    flow->row, verify_directions[d], flow->max_backlog_bytes[d],
                    flow->most_backlog_bytes[d]);
}

/* A flow's last row is of the tick in which it left. Where idle ticks have none, a flow that was
 * cut in a silence has none of the end. */
static bool ends_with_its_rows(const struct verification *v, const struct verified_flow *flow)
{
    int64_t end_tick = flow->end_us / flow->last_group->tick_us;
    bool may_be_idle = v->run->skip_idle_ticks && flow->close == VERIFIED_CUT;

    return flow->row_group == flow->last_group &&
           (may_be_idle ? flow->last_tick <= end_tick : flow->last_tick == end_tick);
}

static void check_flow(struct verification *v, const struct verified_flow *flow)
{
    int64_t tick_us = flow->last_group->tick_us;

    if (!v->is_real && tick_us > 0 && !ends_with_its_rows(v, flow))
        check_fails(
            v->checks, CHECK_FLOW_TICKS,
            "flow_ticks.csv: row %" PRIu64 ", tick: flow %" PRId64 " has its last row in "
            "tick %" PRId64 ", but ends in tick %" PRId64 " by row %" PRIu64 " of flows.csv",
            flow->last_row, flow->number, flow->last_tick, flow->end_us / tick_us, flow->row);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_charged(v, flow, d);
        check_backlogs(v, flow, d);
    }
}

/* Recorded flows have a row where they leave a group. */
static void check_moves(struct verification *v)
{
    for (size_t i = 0; i < v->move_count; i++) {
        const struct verified_move *move = &v->moves[i];
        if (move->is_seen || !move->from->limits)
            continue;
        move->from->has_unseen_move = true;
        if (move->flow->rows > 0 && !v->is_real)
            check_fails(v->checks, CHECK_FLOW_TICKS,
                        "flow_ticks.csv: flow %" PRId64 " has no row where it leaves group %s",
                        move->flow->number, move->from->name);
    }
}

/* As many flows as --flow-ticks asks for, or all that have ticks. */
static void check_count(struct verification *v)
{
    uint64_t limited = 0, wanted = (uint64_t)v->run->flow_ticks;

    for (size_t i = 0; i < v->group_count; i++)
        limited += v->groups[i].limits ? v->groups[i].flows : 0;
    if (wanted > limited)
        wanted = limited;
    if (v->is_drained && v->recorded_flows != wanted)
        check_fails(v->checks, CHECK_FLOW_TICKS,
                    "flow_ticks.csv: flow: rows of %" PRIu64 " flows, but %" PRIu64
                    " expected by --flow-ticks",
                    v->recorded_flows, wanted);
    check_holds(v->checks, CHECK_FLOW_TICKS);
}

void flow_tick_stream_finish(struct flow_tick_stream *stream, bool is_complete)
{
    if (!stream)
        return;
    struct verification *v = stream->verification;
    if (stream->reader && verify_read_well(v, stream->reader) && is_complete) {
        check_holds(v->checks, CHECK_FILES);
        if (stream->has_row)
            verify_row_fails(v, CHECK_FLOW_TICKS, stream->reader, stream->columns.tick,
                             "tick %" PRId64 " of group '%.40s' has no row in ticks.csv, or that "
                             "stands at another place",
                             stream->tick, csv_reader_text(stream->reader, stream->columns.group));
        for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
            if (flow->rows > 0)
                check_flow(v, flow);
        check_moves(v);
        check_count(v);
    }
    csv_reader_free(stream->reader);
    free(stream);
}
