#include "sim/verify/verify_flow_events.h"

#include <inttypes.h>
#include <string.h>

#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_per_flow_buckets.h"

bool event_is_of_flow(const char *event)
{
    return run_event_is(event, EVENT_FLOW_LEAVE) || run_event_is(event, EVENT_FLOW_JOIN) ||
           run_event_is(event, EVENT_FLOW_LIMIT) || run_event_is(event, EVENT_FLOW_UNLIMIT);
}

static struct flow_events *events_of(const struct event_stream *stream,
                                     const struct verified_flow *flow)
{
    return &stream->flows[flow->index];
}

/* --- the command's --at ---------------------------------------------------------------------- */

/* Whether the flow may have been closed, in a group that it could not leave, or without the bucket
 * to decrement. */
static bool may_be_missed(const struct event_stream *stream, const struct run_event *event)
{
    const struct verification *v = stream->verification;
    const struct verified_flow *flow = verify_flow(v, (int64_t)event->flow);

    if (v->is_real || !flow || event->time_us <= flow->start_us || event->time_us >= flow->end_us ||
        verify_close_may_return(flow->close))
        return true;
    const struct group_limits *limits = events_of(stream, flow)->present->limits;
    if (event->kind == EVENT_FLOW_DECREMENT)
        return !per_flow_limit(v, flow);
    return event->kind == EVENT_FLOW_LEAVE && (!limits || !limits->has_group);
}

static void check_missed(struct event_stream *stream, const struct run_event *event)
{
    struct verification *v = stream->verification;

    if (may_be_missed(stream, event))
        check_holds(v->checks, CHECK_EVENTS);
    else
        check_fails(v->checks, CHECK_EVENTS,
                    "events.csv: no row for the command's %s at %.6f s on flow %" PRIu64
                    ", which was open then",
                    run_event_name(event->kind, event->direction), (double)event->time_us / 1e6,
                    event->flow);
}

static bool is_this(const struct event_stream *stream, const struct run_event *event, int64_t flow)
{
    const char *name = csv_reader_text(stream->reader, stream->columns.event);

    if (flow == 0)
        return !run_event_is_of_flow(event->kind);
    return (int64_t)event->flow == flow &&
           strcmp(run_event_name(event->kind, event->direction), name) == 0 &&
           (stream->verification->is_real || event->time_us == stream->time_us);
}

const struct run_event *event_stream_next_at(struct event_stream *stream, int64_t flow)
{
    struct verification *v = stream->verification;
    const struct run_config *run = v->run;

    for (; stream->taken < run->event_count; stream->taken++) {
        const struct run_event *event = &run->events[stream->taken];
        if (is_this(stream, event, flow)) {
            stream->taken++;
            return event;
        }
        if (!run_event_is_of_flow(event->kind))
            break;
        check_missed(stream, event);
    }
    verify_row_fails(v, CHECK_EVENTS, stream->reader, stream->columns.event,
                     stream->taken == run->event_count
                         ? "the command has no more --at than came before"
                         : "it is not the command's next --at");
    return NULL;
}

/* Every flow with a per-flow limit opens, and comes back, with --initial-tokens. */
static void check_tokens(struct event_stream *stream)
{
    struct verification *v = stream->verification;
    const struct initial_tokens *tokens = &v->run->initial_tokens;
    bool is_told = tokens->is_given && tokens->kind != INITIAL_TOKENS_TICK;

    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next) {
        uint64_t rows = events_of(stream, flow)->token_rows;
        bool has_per_flow = flow->group->limits && flow->group->limits->has_per_flow;
        if (is_told && has_per_flow
                ? rows == 1 || (rows > 1 && verify_close_may_return(flow->close))
                : rows == 0 || verify_close_may_return(flow->close))
            check_holds(v->checks, CHECK_EVENTS);
        else
            check_fails(v->checks, CHECK_EVENTS,
                        "events.csv: %" PRIu64 " rows of initial-tokens for flow %" PRId64
                        ", which has a per-flow limit",
                        rows, flow->number);
    }
}

void event_stream_check_rest(struct event_stream *stream)
{
    struct verification *v = stream->verification;
    const struct run_config *run = v->run;

    check_tokens(stream);
    for (; stream->taken < run->event_count; stream->taken++) {
        const struct run_event *event = &run->events[stream->taken];
        if (event->time_us >= v->end_us || v->is_real)
            continue;
        if (run_event_is_of_flow(event->kind))
            check_missed(stream, event);
        else
            check_fails(v->checks, CHECK_EVENTS,
                        "events.csv: no row for the command's %s at %.6f s on group %s",
                        run_event_name(event->kind, event->direction), (double)event->time_us / 1e6,
                        run->specs[event->group_index].name);
    }
}

/* --- leave and join -------------------------------------------------------------------------- */

/* The row shows the buckets of the group that is left, or joined: they do not change. */
static void check_move(struct event_stream *stream, const struct verified_flow *flow,
                       const struct run_event *event)
{
    struct verification *v = stream->verification;
    struct event_line line = {.event = csv_reader_text(stream->reader, stream->columns.event)};
    struct verified_group *from = events_of(stream, flow)->present;
    bool leaves = event->kind == EVENT_FLOW_LEAVE;
    int64_t tick;

    if (!event_stream_read_line(stream, &line, &tick))
        return;
    const char *name = leaves ? from->name : v->run->specs[event->group_index].name;
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.group,
                strcmp(line.group->name, name) == 0,
                "the group that the flow is in, or that the command has it join");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.after[d], line.after_bytes[d],
                     line.before_bytes[d], "a group's bucket is as it was");
    event_stream_note_levels(stream, &line, false);
    event_stream_check_limits(stream, &line);
    struct verified_group *to = leaves ? verify_group(v, GROUP_NAME_NONE) : line.group;
    for (size_t i = 0; i < moves_count(v); i++) {
        struct verified_move *move = moves_at(v, i);
        if (move->flow == flow && move->time_us == stream->time_us && move->to == to &&
            move->from == from)
            move->per_flow = per_flow_limit(v, flow);
    }
    if (to)
        events_of(stream, flow)->present = to;
}

/* --- per-flow limits ------------------------------------------------------------------------- */

static void expect_empty(struct event_stream *stream, int column, bool is_empty)
{
    verify_true(stream->verification, CHECK_EVENTS, stream->reader, column,
                csv_reader_is_empty(stream->reader, column) == is_empty,
                is_empty ? "empty, as there is none" : "given, as there is one");
}

/* Checks that the group is the flow's and the limit is this one, or none. */
static void check_per_flow_row(struct event_stream *stream, const struct verified_flow *flow,
                               const struct shaper_limit *per_flow)
{
    struct verification *v = stream->verification;
    const struct event_columns *columns = &stream->columns;
    struct csv_reader *reader = stream->reader;
    const struct verified_group *group = events_of(stream, flow)->present;
    int64_t tick_us = group->tick_us;

    verify_true(v, CHECK_EVENTS, reader, columns->group,
                strcmp(csv_reader_text(reader, columns->group), group->name) == 0,
                "the group that the flow is in");
    if (!v->is_real)
        verify_equal(v, CHECK_EVENTS, reader, columns->tick,
                     csv_reader_count(reader, columns->tick),
                     tick_us > 0 ? stream->time_us / tick_us : 0, "the tick of that time");
    expect_empty(stream, columns->min_share, true);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        expect_empty(stream, columns->rate[d], !per_flow);
        expect_empty(stream, columns->burst[d], !per_flow);
        if (!per_flow)
            continue;
        verify_equal(v, CHECK_EVENTS, reader, columns->rate[d],
                     csv_reader_i64(reader, columns->rate[d]), per_flow->rate_bytes_per_tick[d],
                     "the flow's limit from then on");
        verify_equal(v, CHECK_EVENTS, reader, columns->burst[d],
                     csv_reader_i64(reader, columns->burst[d]), per_flow->burst_bytes[d],
                     "the flow's limit from then on");
    }
}

/* The level before the event, under the limit in force until then. */
static void check_per_flow_level(struct event_stream *stream, const struct verified_flow *flow,
                                 const struct shaper_limit *limit, int d)
{
    struct verification *v = stream->verification;
    int column = stream->columns.before[d];

    verify_true(v, CHECK_EVENTS, stream->reader, column,
                per_flow_level_fits(v, flow, limit, d, csv_reader_i64(stream->reader, column)),
                "a per-flow bucket holds its burst at most, and is not overdrawn (but by TLS)");
}

/* Before it, the old bucket; after it a new one, with a tick's rate. */
static void check_per_flow_limit(struct event_stream *stream, const struct verified_flow *flow,
                                 const struct run_event *event)
{
    struct verification *v = stream->verification;
    const struct event_columns *columns = &stream->columns;
    const struct shaper_limit *before = per_flow_limit(v, flow);
    const struct shaper_limit *per_flow = event->kind == EVENT_FLOW_LIMIT ? &event->limit : NULL;

    check_per_flow_row(stream, flow, per_flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        expect_empty(stream, columns->before[d], !before);
        expect_empty(stream, columns->after[d], !per_flow);
        if (before)
            check_per_flow_level(stream, flow, before, d);
        if (per_flow)
            verify_equal(v, CHECK_EVENTS, stream->reader, columns->after[d],
                         csv_reader_i64(stream->reader, columns->after[d]),
                         per_flow->rate_bytes_per_tick[d], "a new bucket holds a tick's rate");
    }
    per_flow_set_limit(v, flow, per_flow, stream->time_us);
}

/* Only the bucket of that direction changes, by what the command takes. */
static void check_per_flow_decrement(struct event_stream *stream, const struct verified_flow *flow,
                                     const struct run_event *event)
{
    struct verification *v = stream->verification;
    const struct event_columns *columns = &stream->columns;
    const struct shaper_limit *limit = per_flow_limit(v, flow);
    struct per_flow_decrement decrement = {.time_us = stream->time_us};

    if (!limit) {
        verify_row_fails(v, CHECK_EVENTS, stream->reader, columns->event,
                         "the flow has no per-flow limit");
        return;
    }
    check_per_flow_row(stream, flow, limit);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t before = csv_reader_i64(stream->reader, columns->before[d]);
        int64_t after = csv_reader_i64(stream->reader, columns->after[d]);
        decrement.before_bytes[d] = before;
        decrement.after_bytes[d] = after;
        check_per_flow_level(stream, flow, limit, d);
        verify_equal(v, CHECK_EVENTS, stream->reader, columns->after[d], after,
                     before - (d == (int)event->direction ? event->bytes : 0),
                     d == (int)event->direction ? "before - what the command takes"
                                                : "this bucket is not touched");
    }
    verify_true(v, CHECK_EVENTS, stream->reader, columns->event, per_flow_take(v, flow, &decrement),
                "the bucket only loses bytes, and is refilled, since the decrement before");
}

/* A flow opens, or comes back, with what --initial-tokens says. */
static void check_per_flow_tokens(struct event_stream *stream, const struct verified_flow *flow)
{
    struct verification *v = stream->verification;
    const struct event_columns *columns = &stream->columns;
    const struct shaper_limit *limit = per_flow_limit(v, flow);

    if (!limit || !v->run->initial_tokens.is_given) {
        verify_row_fails(v, CHECK_EVENTS, stream->reader, columns->event,
                         "the flow has no per-flow limit, or the command no --initial-tokens");
        return;
    }
    events_of(stream, flow)->token_rows++;
    check_per_flow_row(stream, flow, limit);
    verify_true(v, CHECK_EVENTS, stream->reader, columns->time,
                v->is_real || stream->time_us == flow->start_us ||
                    (verify_close_may_return(flow->close) && stream->time_us > flow->start_us),
                "it comes as the flow opens");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t before = csv_reader_i64(stream->reader, columns->before[d]);
        int64_t after = csv_reader_i64(stream->reader, columns->after[d]);
        if (!v->is_tls) /* whose handshake may have come before */
            verify_equal(v, CHECK_EVENTS, stream->reader, columns->before[d], before,
                         limit->rate_bytes_per_tick[d], "a new bucket holds a tick's rate");
        verify_equal(v, CHECK_EVENTS, stream->reader, columns->after[d], after,
                     per_flow_fresh_bytes(v, limit, d), "what --initial-tokens asks for");
    }
}

void event_stream_check_flow_event(struct event_stream *stream)
{
    struct verification *v = stream->verification;
    const char *event = csv_reader_text(stream->reader, stream->columns.event);
    int64_t number = csv_reader_count(stream->reader, stream->columns.flow);
    const struct verified_flow *flow = verify_flow(v, number);

    if (!verify_read_well(v, stream->reader))
        return;
    if (!flow) {
        verify_row_fails(v, CHECK_EVENTS, stream->reader, stream->columns.flow,
                         "no flow of flows.csv");
        return;
    }
    if (run_event_is(event, EVENT_INITIAL_TOKENS)) {
        check_per_flow_tokens(stream, flow);
        return;
    }
    const struct run_event *at = event_stream_next_at(stream, number);
    if (!at)
        return;
    if (at->kind == EVENT_FLOW_LEAVE || at->kind == EVENT_FLOW_JOIN)
        check_move(stream, flow, at);
    else if (at->kind == EVENT_FLOW_DECREMENT)
        check_per_flow_decrement(stream, flow, at);
    else
        check_per_flow_limit(stream, flow, at);
}
