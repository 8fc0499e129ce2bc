/* events.csv, read in step with ticks.csv: what the command asks for, and what it did to buckets.
 */
#include "sim/verify_events_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* libevent's own words, nearly. */
const char *event_at_name(const struct run_event *event)
{
    switch (event->kind) {
    case EVENT_SET_LIMIT:
        return "set-limit";
    case EVENT_RESET_TOTALS:
        return "reset-totals";
    case EVENT_DECREMENT:
        return event->direction == SHAPER_READ ? "decrement-read" : "decrement-write";
    case EVENT_FLOW_LEAVE:
        return "leave";
    case EVENT_FLOW_JOIN:
        return "join";
    case EVENT_FLOW_LIMIT:
        return "set-own-limit";
    case EVENT_FLOW_UNLIMIT:
        return "remove-own-limit";
    case EVENT_BACKGROUND:
    case EVENT_INITIAL_TOKENS:
        break;
    }
    return "";
}

static bool is_at_name(const char *name)
{
    return strcmp(name, "set-limit") == 0 || strcmp(name, "reset-totals") == 0 ||
           strcmp(name, "decrement-read") == 0 || strcmp(name, "decrement-write") == 0;
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

bool event_stream_open(struct verification *v, struct event_stream **out)
{
    struct event_stream *stream = calloc(1, sizeof(*stream));

    *out = stream;
    if (!stream) {
        sim_fail(v->error, SIM_FAILED, "events.csv: out of memory");
        return false;
    }
    stream->verification = v;
    if (!run_config_has_events(v->run))
        return true;
    stream->reader = verify_open(v, "events.csv");
    if (!stream->reader)
        return false;
    struct event_columns *columns = &stream->columns;
    columns->time = csv_reader_column(stream->reader, "time_s");
    columns->tick = csv_reader_column(stream->reader, "tick");
    columns->group = csv_reader_column(stream->reader, "group");
    columns->event = csv_reader_column(stream->reader, "event");
    columns->min_share = csv_reader_column(stream->reader, "min_share_bytes");
    columns->flow = csv_reader_column(stream->reader, "flow");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->before[d] = verify_side_column(stream->reader, d, "bucket_before_bytes");
        columns->after[d] = verify_side_column(stream->reader, d, "bucket_after_bytes");
        columns->rate[d] = verify_side_column(stream->reader, d, "rate_bytes_per_tick");
        columns->burst[d] = verify_side_column(stream->reader, d, "burst_bytes");
    }
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
    struct verified_group *group = line->group;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &group->buckets[d];
        bucket->rate_bytes = event->limit.rate_bytes_per_tick[d];
        bucket->burst_bytes = event->limit.burst_bytes[d];
        if (bucket->burst_bytes > bucket->depth_bytes)
            bucket->depth_bytes = bucket->burst_bytes;
        expect_after(stream, line, d,
                     line->before_bytes[d] < bucket->burst_bytes ? line->before_bytes[d]
                                                                 : bucket->burst_bytes,
                     "a new burst cuts what is above it, and nothing else");
    }
    group->min_share_bytes = shaper_limit_min_share(&event->limit, event->min_share_bytes);
    if (stream->verification->run->scheduling.scheduler == SHAPER_SCHEDULER_LIBEVENT &&
        group->min_share_bytes - 1 > group->overdraft_bytes)
        group->overdraft_bytes = group->min_share_bytes - 1;
}

/* The next --at of the command must be this one. */
static void take_at(struct event_stream *stream, const struct event_line *line)
{
    struct verification *v = stream->verification;
    const struct run_config *run = v->run;
    const struct run_event *event = event_stream_next_at(stream, 0);
    if (!event)
        return;
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.event,
                strcmp(event_at_name(event), line->event) == 0, "it is the command's next --at");
    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.group,
                strcmp(run->specs[event->class_index].name, line->group->name) == 0,
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

/* Whole bytes of a tick; what is left of a byte is carried to the next. */
static int64_t background_bytes(struct verified_group *group, int d)
{
    const int64_t per_byte = INT64_C(8) * 1000000 * 1000; /* microbits and milliseconds */
    const struct rate_value *rate = &group->background->rate[d];
    int64_t tick_ms = group->limits->tick_ms;

    if (rate->is_per_tick)
        return rate->bytes_per_tick;
    int64_t rest = rate->microbits_per_s % per_byte * tick_ms + group->buckets[d].background_rest;
    group->buckets[d].background_rest = rest % per_byte;
    return rate->microbits_per_s / per_byte * tick_ms + rest / per_byte;
}

static void take_background(struct event_stream *stream, const struct event_line *line,
                            int64_t tick)
{
    struct verification *v = stream->verification;
    struct verified_group *group = line->group;
    int direction = direction_of(line->event);

    if (!group->background || !group->background->is_given[direction]) {
        verify_row_fails(v, CHECK_EVENTS, stream->reader, stream->columns.event,
                         "the command has no such --background");
        return;
    }
    expect_taken(stream, line, direction, background_bytes(group, direction));
    if (!v->is_real)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.time, stream->time_us,
                     tick * group->tick_us, "microseconds: background comes as the tick opens");
    for (int d = 0; d < SHAPER_DIRECTIONS && !v->is_real && !v->is_tls; d++)
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.before[d],
                     line->before_bytes[d] + group->buckets[d].taken_bytes,
                     group->buckets[d].level_bytes, "the level just after the refill");
}

static void take_initial_tokens(struct event_stream *stream, const struct event_line *line)
{
    struct verification *v = stream->verification;
    const struct initial_tokens *tokens = &v->run->initial_tokens;
    bool is_first = tokens->is_given && stream->time_us == 0 && line->group->rows == 0;

    verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.event, is_first,
                "--initial-tokens come before all else, if the command has them");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &line->group->buckets[d];
        int64_t wanted = tokens->bytes;
        if (tokens->kind != INITIAL_TOKENS_SIZE)
            wanted =
                tokens->kind == INITIAL_TOKENS_BURST ? bucket->burst_bytes : bucket->rate_bytes;
        verify_equal(v, CHECK_EVENTS, stream->reader, stream->columns.before[d],
                     line->before_bytes[d], bucket->level_bytes, "what a new bucket holds");
        verify_true(v, CHECK_EVENTS, stream->reader, stream->columns.after[d],
                    line->after_bytes[d] == wanted || line->after_bytes[d] == line->before_bytes[d],
                    "what --initial-tokens asks for, one direction at a time");
        bucket->level_bytes = line->after_bytes[d];
        bucket->uncapped_bytes = line->after_bytes[d];
        bucket->initial_bytes = line->after_bytes[d];
        bucket->lowest_bytes = line->after_bytes[d];
    }
}

/* Before it, no more may have passed than at its end, no less than at the event before. */
void event_stream_note_levels(struct event_stream *stream, const struct event_line *line,
                              bool touches)
{
    bool is_reset = strcmp(line->event, "reset-totals") == 0;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &line->group->buckets[d];
        int64_t level_bytes = line->before_bytes[d] + bucket->taken_bytes;
        int64_t taken_bytes = line->before_bytes[d] - line->after_bytes[d];
        verify_true(stream->verification, CHECK_EVENTS, stream->reader, stream->columns.before[d],
                    !bucket->has_event || level_bytes <= bucket->passed_level_bytes,
                    "bytes are only taken between two events of a tick");
        bucket->passed_level_bytes = level_bytes;
        bucket->has_event = true;
        bucket->is_disturbed = bucket->is_disturbed || touches;
        if (!touches)
            continue;
        bucket->taken_bytes += taken_bytes;
        if (taken_bytes < 0)
            bucket->credit_bytes -= taken_bytes;
        if (is_reset) {
            bucket->is_reset = true;
            bucket->reset_level_bytes = level_bytes;
        }
    }
}

void event_stream_check_limits(struct event_stream *stream, const struct event_line *line)
{
    const struct event_columns *columns = &stream->columns;
    static const char why[] = "the limit in force from then on";

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct verified_bucket *bucket = &line->group->buckets[d];
        verify_equal(stream->verification, CHECK_EVENTS, stream->reader, columns->rate[d],
                     csv_reader_i64(stream->reader, columns->rate[d]), bucket->rate_bytes, why);
        verify_equal(stream->verification, CHECK_EVENTS, stream->reader, columns->burst[d],
                     csv_reader_i64(stream->reader, columns->burst[d]), bucket->burst_bytes, why);
    }
    verify_equal(stream->verification, CHECK_EVENTS, stream->reader, columns->min_share,
                 csv_reader_i64(stream->reader, columns->min_share), line->group->min_share_bytes,
                 why);
}

static bool is_group_event(const char *event)
{
    return is_at_name(event) || strcmp(event, "initial-tokens") == 0 ||
           strcmp(event, "background-read") == 0 || strcmp(event, "background-write") == 0;
}

bool event_stream_read_line(struct event_stream *stream, struct event_line *line, int64_t *tick)
{
    struct verification *v = stream->verification;
    struct csv_reader *reader = stream->reader;
    const struct event_columns *columns = &stream->columns;

    line->group = verify_group(v, csv_reader_text(reader, columns->group));
    *tick = csv_reader_count(reader, columns->tick);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        line->before_bytes[d] = csv_reader_i64(reader, columns->before[d]);
        line->after_bytes[d] = csv_reader_i64(reader, columns->after[d]);
    }
    if (!verify_read_well(v, reader))
        return false;
    if (!line->group || !line->group->limits || !line->group->limits->has_group) {
        verify_row_fails(v, CHECK_EVENTS, reader, columns->group,
                         "'%.40s' is no group with a limit in this run",
                         csv_reader_text(reader, columns->group));
        return false;
    }
    if (!v->is_real)
        verify_equal(v, CHECK_EVENTS, reader, columns->tick, *tick,
                     stream->time_us / line->group->tick_us, "the tick of that time");
    if (*tick > line->group->open_tick && v->run->skip_idle_ticks)
        verified_group_open_tick(v, line->group, *tick, reader, columns->tick);
    return true;
}

static void take_of_group(struct event_stream *stream)
{
    struct event_line line = {.event = csv_reader_text(stream->reader, stream->columns.event)};
    int64_t tick;

    if (!event_stream_read_line(stream, &line, &tick))
        return;
    if (strcmp(line.event, "initial-tokens") == 0) {
        take_initial_tokens(stream, &line);
    } else {
        if (is_at_name(line.event))
            take_at(stream, &line);
        else
            take_background(stream, &line, tick);
        event_stream_note_levels(stream, &line, true);
    }
    event_stream_check_limits(stream, &line);
}

/* Events of kinds to come are let pass. */
static void take_event(struct event_stream *stream)
{
    const char *event = csv_reader_text(stream->reader, stream->columns.event);
    bool has_flow = !csv_reader_is_empty(stream->reader, stream->columns.flow);

    if (event_is_of_flow(event) || (has_flow && is_group_event(event)))
        event_stream_take_of_flow(stream);
    else if (is_group_event(event))
        take_of_group(stream);
}

void event_stream_advance(struct event_stream *stream, int64_t time_us)
{
    while (stream->has_row && stream->time_us < time_us) {
        take_event(stream);
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
    free(stream);
}
