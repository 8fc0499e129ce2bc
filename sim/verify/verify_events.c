#include "sim/verify/verify_events.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"
#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_flow_events.h"

static bool is_at_name(const char *name)
{
    return run_event_is(name, EVENT_SET_LIMIT) || run_event_is(name, EVENT_RESET_TOTALS) ||
           run_event_is(name, EVENT_DECREMENT);
}

static int direction_of(const char *name)
{
    return strstr(name, "-write") ? SHAPER_WRITE : SHAPER_READ;
}

static void read_ahead(struct event_stream *stream)
{
    stream->has_row = csv_reader_next(stream->reader);
    if (!stream->has_row) {
        verify_read_well(stream->verification, stream->reader);
        return;
    }
    int64_t time_us = csv_reader_time_us(stream->reader, stream->columns.time);
    verify_true(stream->verification, CHECK_EVENTS, stream->reader, stream->columns.time,
                time_us >= stream->time_us && time_us <= stream->verification->end_us,
                "events come in the order of time, within the run");
    stream->time_us = time_us;
    if (!verify_read_well(stream->verification, stream->reader))
        stream->has_row = false;
}

static void find_columns(struct csv_reader *reader, struct event_columns *columns)
{
    columns->time = csv_table_find(&events_table, EVENTS_TIME, SHAPER_READ, reader);
    columns->tick = csv_table_find(&events_table, EVENTS_TICK, SHAPER_READ, reader);
    columns->group = csv_table_find(&events_table, EVENTS_GROUP, SHAPER_READ, reader);
    columns->event = csv_table_find(&events_table, EVENTS_EVENT, SHAPER_READ, reader);
    columns->min_share = csv_table_find(&events_table, EVENTS_MIN_SHARE, SHAPER_READ, reader);
    columns->flow = csv_table_find(&events_table, EVENTS_FLOW, SHAPER_READ, reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->before[d] = csv_table_find(&events_table, EVENTS_READ_BUCKET_BEFORE, d, reader);
        columns->after[d] = csv_table_find(&events_table, EVENTS_READ_BUCKET_AFTER, d, reader);
        columns->rate[d] = csv_table_find(&events_table, EVENTS_READ_RATE, d, reader);
        columns->burst[d] = csv_table_find(&events_table, EVENTS_READ_BURST, d, reader);
    }
}

static bool make_flows(struct event_stream *stream)
{
    struct verification *v = stream->verification;

    stream->flows = verify_allocate(v, "events.csv", verify_flow_count(v), sizeof(*stream->flows));
    for (const struct verified_flow *flow = v->flows; flow && stream->flows; flow = flow->hh.next)
        stream->flows[flow->index].present = flow->group;
    return stream->flows != NULL;
}

bool event_stream_open(struct verification *v, struct event_stream **out)
{
    struct event_stream *stream = verify_allocate(v, "events.csv", 1, sizeof(*stream));

    *out = stream;
    if (!stream)
        return false;
    stream->verification = v;
    if (!run_config_has_events(v->run))
        return make_flows(stream);
    stream->reader = verify_open(v, run_file_names[RUN_EVENTS]);
    if (!stream->reader || !make_flows(stream))
        return false;
    find_columns(stream->reader, &stream->columns);
    read_ahead(stream);
    return verify_read_well(v, stream->reader);
}

/* --- one event ------------------------------------------------------------------------------- */

/* What one direction's bucket should be after it. */
static void expect_after(struct event_stream *stream, const struct event_line *line, int d,
                         int64_t after_bytes, const char *why)
{
    verify_equal(stream->verification, CHECK_EVENTS, stream->reader, stream->columns.after[d],
                 line->after_bytes[d], after_bytes, why);
}

static void expect_taken(struct event_stream *stream, const struct event_line *line, int direction,
                         int64_t bytes)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        expect_after(stream, line, d, line->before_bytes[d] - (d == direction ? bytes : 0),
                     d == direction ? "before - what the command takes"
                                    : "this bucket is not touched");
}

static void set_limit(struct event_stream *stream, const struct event_line *line,
                      const struct run_event *event)
{
    buckets_set_limit(stream->verification, line->group, &event->limit, event->min_share_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        expect_after(stream, line, d, min_i64(line->before_bytes[d], event->limit.burst_bytes[d]),
                     "a new burst cuts what is above it, and nothing else");
}

/* The next --at of the command must be this one. */
static void check_at(struct event_stream *stream, const struct event_line *line)
{
    struct verification *v = stream->verification;
    const struct run_config *run = v->run;
    const struct run_event *event = event_stream_next_at(stream, 0);
    if (!event)
        return;
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.event,
                strcmp(run_event_name(event->kind, event->direction), line->event) == 0,
                "it is the command's next --at");
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.group,
                strcmp(run->specs[event->group_index].name, line->group->name) == 0,
                "it is the group of the command's next --at");
    if (!v->is_real)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.time, stream->time_us,
                     event->time_us, "microseconds, as the command has them");
    if (event->kind == EVENT_SET_LIMIT)
        set_limit(stream, line, event);
    else if (event->kind == EVENT_DECREMENT)
        expect_taken(stream, line, event->direction, event->bytes);
    else
        expect_taken(stream, line, SHAPER_READ, 0);
}

/* Whole bytes of a tick; the fraction of a byte is carried to the next. */
static int64_t background_bytes(struct event_stream *stream, const struct verified_group *group,
                                int d)
{
    const int64_t per_byte = INT64_C(8) * 1000000 * 1000; /* microbits and milliseconds */
    const struct rate_value *rate = &stream->verification->run->backgrounds[group->index].rate[d];
    int64_t *carried = &stream->background_rest[group->index][d];
    int64_t tick_ms = group->limits->tick_ms;

    if (rate->is_per_tick)
        return rate->bytes_per_tick;
    int64_t rest = rate->microbits_per_s % per_byte * tick_ms + *carried;
    *carried = rest % per_byte;
    return rate->microbits_per_s / per_byte * tick_ms + rest / per_byte;
}

static void check_background(struct event_stream *stream, const struct event_line *line,
                             int64_t tick)
{
    struct verification *v = stream->verification;
    const struct verified_group *group = line->group;
    int direction = direction_of(line->event);

    if (!v->run->backgrounds[group->index].is_given[direction]) {
        verify_row_fails(v, CHECK_EVENTS, stream->reader, stream->columns.event,
                         "the command has no such --background");
        return;
    }
    expect_taken(stream, line, direction, background_bytes(stream, group, direction));
    if (!v->is_real)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.time, stream->time_us,
                     tick * group->tick_us, "microseconds: background comes as the tick opens");
    for (int d = 0; d < SHAPER_DIRECTIONS && !v->is_real && !v->is_tls; d++)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.before[d],
                     line->before_bytes[d] + buckets_taken_bytes(v, group, d),
                     buckets_level_bytes(v, group, d), "the level just after the refill");
}

static int64_t initial_bytes(const struct initial_tokens *tokens, const struct shaper_limit *limit,
                             int d)
{
    if (tokens->kind == INITIAL_TOKENS_SIZE)
        return tokens->bytes;
    return tokens->kind == INITIAL_TOKENS_BURST ? limit->burst_bytes[d]
                                                : limit->rate_bytes_per_tick[d];
}

static void check_initial_tokens(struct event_stream *stream, const struct event_line *line)
{
    struct verification *v = stream->verification;
    const struct initial_tokens *tokens = &v->run->initial_tokens;
    bool is_first =
        tokens->is_given && stream->time_us == 0 && tick_totals_of(v, line->group)->rows == 0;
    struct shaper_limit limit = {0};

    buckets_limit(v, line->group, &limit);
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.event, is_first,
                "--initial-tokens come before all else, if the command has them");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t before = line->before_bytes[d], after = line->after_bytes[d];
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.before[d], before,
                     buckets_level_bytes(v, line->group, d), "what a new bucket holds");
        verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.after[d],
                    after == initial_bytes(tokens, &limit, d) || after == before,
                    "what --initial-tokens asks for, one direction at a time");
        buckets_set_initial(v, line->group, d, after);
    }
}

static bool is_group_event(const char *event)
{
    return is_at_name(event) || run_event_is(event, EVENT_INITIAL_TOKENS) ||
           run_event_is(event, EVENT_BACKGROUND);
}

static void check_group_event(struct event_stream *stream)
{
    struct event_line line = {.event = csv_reader_text(stream->reader, stream->columns.event)};
    int64_t tick;

    if (!event_stream_read_line(stream, &line, &tick))
        return;
    if (strcmp(line.event, "initial-tokens") == 0) {
        check_initial_tokens(stream, &line);
    } else {
        if (is_at_name(line.event))
            check_at(stream, &line);
        else
            check_background(stream, &line, tick);
        event_stream_note_levels(stream, &line, true);
    }
    event_stream_check_limits(stream, &line);
}

/* Events of unknown kinds, from a later version, are ignored. */
static void check_event(struct event_stream *stream)
{
    const char *event = csv_reader_text(stream->reader, stream->columns.event);
    bool has_flow = !csv_reader_is_empty(stream->reader, stream->columns.flow);

    if (event_is_of_flow(event) || (has_flow && is_group_event(event)))
        event_stream_check_flow_event(stream);
    else if (is_group_event(event))
        check_group_event(stream);
}

void event_stream_advance(struct event_stream *stream, int64_t time_us)
{
    while (stream->has_row && stream->time_us < time_us) {
        check_event(stream);
        read_ahead(stream);
    }
}

void event_stream_finish(struct event_stream *stream, bool is_complete)
{
    if (!stream)
        return;
    struct verification *v = stream->verification;
    if (stream->reader && verify_read_well(v, stream->reader) && is_complete) {
        check_holds(v->checks, CHECK_FILES);
        event_stream_check_rest(stream);
    }
    csv_reader_free(stream->reader);
    free(stream->flows);
    free(stream);
}
