#include "sim/verify/verify_event_rows.h"

#include <string.h>

#include "sim/verify/tick_opening.h"
#include "sim/verify/verify_buckets.h"

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
    tick_opening_early(v, line->group, *tick, reader, columns->tick);
    return true;
}

/* Until the event, no more passed than by the end of its tick, no less than until the event before.
 */
void event_stream_note_levels(struct event_stream *stream, const struct event_line *line,
                              bool touches)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct bucket_event event = {.before_bytes = line->before_bytes[d],
                                           .after_bytes = line->after_bytes[d],
                                           .touches = touches,
                                           .resets = run_event_is(line->event, EVENT_RESET_TOTALS)};
        verify_true(stream->verification, CHECK_EVENTS, stream->reader, stream->columns.before[d],
                    buckets_note_event(stream->verification, line->group, d, &event),
                    "bytes are only taken between two events of a tick");
    }
}

void event_stream_check_limits(struct event_stream *stream, const struct event_line *line)
{
    static const char why[] = "the limit in force from then on";
    struct verification *v = stream->verification;
    const struct event_columns *columns = &stream->columns;
    struct shaper_limit limit = {0};

    buckets_limit(v, line->group, &limit);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        verify_equal(v, CHECK_EVENTS, stream->reader, columns->rate[d],
                     csv_reader_i64(stream->reader, columns->rate[d]), limit.rate_bytes_per_tick[d],
                     why);
        verify_equal(v, CHECK_EVENTS, stream->reader, columns->burst[d],
                     csv_reader_i64(stream->reader, columns->burst[d]), limit.burst_bytes[d], why);
    }
    verify_equal(v, CHECK_EVENTS, stream->reader, columns->min_share,
                 csv_reader_i64(stream->reader, columns->min_share),
                 buckets_effective_min_share_bytes(v, line->group), why);
}
