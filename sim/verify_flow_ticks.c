/* flow_ticks.csv, read in step with ticks.csv: each tick's rows against the group's, each flow's
 * against flows.csv. */
#include "sim/verify_internal.h"

#include <inttypes.h>
#include <stdlib.h>

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
    const struct verified_group *group;
    int64_t tick;
};

/* One row. */
struct flow_tick {
    struct verified_flow *flow;
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
    stream->tick = csv_reader_count(reader, stream->columns.tick);
    if (!verify_read_well(stream->verification, reader))
        stream->has_row = false;
}

bool flow_tick_stream_open(struct verification *v, struct flow_tick_stream **out)
{
    struct flow_tick_stream *stream = calloc(1, sizeof(*stream));
    char error[SIM_ERROR_BYTES];

    *out = stream;
    if (!stream) {
        sim_fail(v->error, SIM_FAILED, "flow_ticks.csv: out of memory");
        return false;
    }
    stream->verification = v;
    if (csv_reader_open(v->config->directory, "flow_ticks.csv", &stream->reader, error) != SIM_OK) {
        check_fails(v->checks, CHECK_FILES, "%s", error);
        return false;
    }
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

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* min(burst, level + rate x ticks) without overflow. */
static int64_t filled(const struct shaper_limit *own, int d, int64_t level_bytes, int64_t ticks)
{
    int64_t bytes;

    if (__builtin_mul_overflow(own->rate_bytes_per_tick[d], ticks, &bytes) ||
        __builtin_add_overflow(bytes, level_bytes, &bytes))
        return own->burst_bytes[d];
    return min_i64(own->burst_bytes[d], bytes);
}

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

/* Refills come at whole ticks of the own limit; where one falls inside a tick of the group, it can
 * have come before or after the tick's bytes. */
static void check_own_bucket(struct flow_tick_stream *stream, const struct verified_tick *tick,
                             const struct flow_tick *line, int d)
{
    struct verification *v = stream->verification;
    struct verified_flow *flow = line->flow;
    const struct shaper_limit *own = &tick->group->limits->own;
    int64_t own_tick_us = own->tick_ms * 1000;
    int64_t start_us = tick->tick * tick->group->tick_us;
    int64_t at_us = min_i64(start_us + tick->group->tick_us - 1, flow->end_us);
    int64_t from_us = flow->rows ? start_us - 1 : flow->start_us;
    int64_t before = flow->rows ? flow->own_level_bytes[d] : own->rate_bytes_per_tick[d];
    int64_t ticks = at_us / own_tick_us - from_us / own_tick_us;
    int64_t level = line->level_bytes[d];

    if (flow->rows) /* rows of idle ticks can be missing in between */
        ticks =
            at_us / own_tick_us - ((flow->last_tick + 1) * tick->group->tick_us - 1) / own_tick_us;
    int64_t least = filled(own, d, before, ticks) - line->bytes[d];
    int64_t most = filled(own, d, before - line->bytes[d], ticks);
    bool is_exact = at_us / own_tick_us == max_i64(start_us, flow->start_us) / own_tick_us;
    if (level != least && may_have_come_back(line)) {
        least = own->rate_bytes_per_tick[d] - line->bytes[d];
        most = filled(own, d, own->rate_bytes_per_tick[d], ticks);
        is_exact = false;
    }
    if (is_exact)
        verify_equal(v, CHECK_OWN_BUCKETS, stream->reader, stream->columns.bucket[d], level, least,
                     "min(burst, before + rate x ticks) - bytes");
    else
        verify_true(v, CHECK_OWN_BUCKETS, stream->reader, stream->columns.bucket[d],
                    level >= least && level <= most,
                    "min(burst, before + rate x ticks) - bytes, in any order");
    verify_true(v, CHECK_OWN_BUCKETS, stream->reader, stream->columns.bucket[d],
                level <= own->burst_bytes[d] &&
                    level >= (v->is_tls ? 1 - TLS_RECORD_BYTES - TLS_HANDSHAKE_BYTES : 0),
                "an own bucket holds its burst at most, and is not overdrawn (but by TLS)");
}

static void check_place(struct flow_tick_stream *stream, const struct verified_tick *tick,
                        const struct verified_flow *flow)
{
    struct verification *v = stream->verification;
    const struct flow_tick_columns *columns = &stream->columns;

    verify_equal(v, CHECK_FLOW_TICKS, stream->reader, columns->time,
                 csv_reader_time_us(stream->reader, columns->time),
                 tick->tick * tick->group->tick_us, "microseconds: tick x the tick's length");
    verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                flow->rows == 0 || flow->last_tick < tick->tick, "a flow has one row in a tick");
    if (v->is_real)
        return;
    if (flow->rows == 0)
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    flow->start_us / tick->group->tick_us == tick->tick,
                    "its first row is that of the tick in which the flow starts");
    else if (!verify_close_may_return(flow->close))
        verify_true(v, CHECK_FLOW_TICKS, stream->reader, columns->flow,
                    flow->last_group_row + 1 == tick->group->rows,
                    "an open flow has a row in every tick");
}

static void check_flow_bytes(struct flow_tick_stream *stream, const struct flow_tick *line, int d)
{
    struct verification *v = stream->verification;
    struct verified_flow *flow = line->flow;
    int64_t within = line->bytes[d] + line->backlog_bytes[d];

    if (v->charges_delivered)
        verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                    within >= flow->backlog_bytes[d], "what waited is delivered or still waits");
    verify_true(v, CHECK_CONSERVATION, stream->reader, stream->columns.backlog[d],
                line->backlog_bytes[d] <= flow->max_backlog_bytes[d],
                "at most the flow's largest backlog in flows.csv");
    flow->charged_bytes[d] += line->bytes[d];
    flow->backlog_bytes[d] = line->backlog_bytes[d];
    flow->most_backlog_bytes[d] = max_i64(flow->most_backlog_bytes[d], within);
}

static bool read_line(struct flow_tick_stream *stream, const struct verified_tick *tick,
                      struct flow_tick *line)
{
    struct verification *v = stream->verification;
    struct csv_reader *reader = stream->reader;
    const struct flow_tick_columns *columns = &stream->columns;
    bool has_own = tick->group->limits->has_own;

    line->flow = verify_flow(v, csv_reader_count(reader, columns->flow));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        line->bytes[d] = csv_reader_count(reader, columns->bytes[d]);
        line->backlog_bytes[d] = csv_reader_count(reader, columns->backlog[d]);
        line->level_bytes[d] = has_own ? csv_reader_i64(reader, columns->bucket[d]) : 0;
        if (!has_own)
            verify_true(v, CHECK_OWN_BUCKETS, reader, columns->bucket[d],
                        csv_reader_is_empty(reader, columns->bucket[d]),
                        "flows of this group have no limit of their own");
    }
    if (!verify_read_well(v, reader))
        return false;
    if (line->flow && line->flow->group == tick->group)
        return true;
    verify_row_fails(v, CHECK_FLOW_TICKS, reader, columns->flow,
                     "flow %s is not one of this group in flows.csv",
                     csv_reader_text(reader, columns->flow));
    return false;
}

static void take_line(struct flow_tick_stream *stream, const struct verified_tick *tick,
                      struct flow_sums *sums)
{
    struct flow_tick line;
    int64_t backlog = 0;

    if (!read_line(stream, tick, &line))
        return;
    struct verified_flow *flow = line.flow;
    check_place(stream, tick, flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (tick->group->limits->has_own && !stream->verification->is_real)
            check_own_bucket(stream, tick, &line, d);
    verify_guarantee_take(stream->verification, tick->group, flow, line.bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_flow_bytes(stream, &line, d);
        flow->own_level_bytes[d] = line.level_bytes[d];
        sums->bytes[d] += line.bytes[d];
        sums->backlog_bytes[d] += line.backlog_bytes[d];
        backlog += line.backlog_bytes[d];
    }
    sums->rows++;
    sums->backlogged_flows += backlog > 0;
    if (flow->rows++ == 0)
        stream->verification->recorded_flows++;
    flow->last_row = csv_reader_row(stream->reader);
    flow->last_group_row = tick->group->rows;
    flow->last_tick = tick->tick;
}

/* --- a tick's rows --------------------------------------------------------------------------- */

static void check_sum(struct flow_tick_stream *stream, const struct verified_tick *tick, int column,
                      int64_t of_group, int64_t of_flows)
{
    struct verification *v = stream->verification;

    bool has_others = tick->group->has_children && (column == tick->bytes_column[SHAPER_READ] ||
                                                    column == tick->bytes_column[SHAPER_WRITE]);

    if (v->records_all && !has_others)
        verify_equal(v, CHECK_FLOW_TICKS, tick->reader, column, of_group, of_flows,
                     "the sum of the tick's rows in flow_ticks.csv");
    else
        verify_true(v, CHECK_FLOW_TICKS, tick->reader, column, of_group >= of_flows,
                    "at least the sum of the recorded flows in flow_ticks.csv");
}

void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick)
{
    struct flow_sums sums = {0};
    int64_t lost = (int64_t)tick->group->false_eofs;

    while (stream->has_row && stream->group == tick->group && stream->tick == tick->tick) {
        take_line(stream, tick, &sums);
        read_ahead(stream);
    }
    if (stream->verification->is_broken)
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
    if (stream->verification->records_all)
        verify_true(stream->verification, CHECK_FLOW_TICKS, tick->reader, -1,
                    tick->members <= sums.rows, "every member has a row in flow_ticks.csv");
}

/* --- flows as a whole ------------------------------------------------------------------------ */

static void check_flow(struct verification *v, const struct verified_flow *flow)
{
    int64_t end_tick = flow->end_us / flow->group->tick_us;

    if (!v->is_real && flow->last_tick != end_tick)
        check_fails(v->checks, CHECK_FLOW_TICKS,
                    "flow_ticks.csv: row %" PRIu64 ", tick: flow %" PRId64 " has its last row in "
                    "tick %" PRId64 ", but ends in tick %" PRId64 " by row %" PRIu64
                    " of flows.csv",
                    flow->last_row, flow->number, flow->last_tick, end_tick, flow->row);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t backlog = flow->offered_bytes[d] - flow->delivered_bytes[d];
        if (v->charges_delivered ? flow->charged_bytes[d] != flow->delivered_bytes[d]
                                 : flow->charged_bytes[d] < flow->delivered_bytes[d])
            check_fails(v->checks, CHECK_FLOW_TICKS,
                        "flows.csv: row %" PRIu64 ", %s: %" PRId64 ", but %" PRId64
                        " expected: the sum of its rows in flow_ticks.csv",
                        flow->row, verify_byte_columns[d], flow->delivered_bytes[d],
                        flow->charged_bytes[d]);
        if (flow->backlog_bytes[d] != backlog && flow->close != VERIFIED_EOF)
            check_fails(
                v->checks, CHECK_CONSERVATION,
                "flow_ticks.csv: row %" PRIu64 ", %s_backlog_bytes: %" PRId64 ", but %" PRId64
                " expected: offered - delivered in row %" PRIu64 " of flows.csv",
                flow->last_row, verify_directions[d], flow->backlog_bytes[d], backlog, flow->row);
        if (v->charges_delivered && flow->close != VERIFIED_EOF &&
            flow->max_backlog_bytes[d] > flow->most_backlog_bytes[d])
            check_fails(v->checks, CHECK_RANGES,
                        "flows.csv: row %" PRIu64 ", max_%s_backlog_bytes: %" PRId64
                        ", but no tick of flow_ticks.csv has room for more than %" PRId64,
                        flow->row, verify_directions[d], flow->max_backlog_bytes[d],
                        flow->most_backlog_bytes[d]);
    }
    check_holds(v->checks, CHECK_FLOW_TICKS);
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
        check_count(v);
    }
    csv_reader_free(stream->reader);
    free(stream);
}
