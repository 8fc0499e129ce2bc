#include "traces/flow_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/flow_recorder.h"
#include "traces/flow_recording.h"
#include "traces/read_ahead.h"

#define FIRST_SLOTS 64

struct flow_source {
    struct capture *capture;
    struct capture_filter *filter; /* NULL: not given, like the next */
    struct capture_filter *responder;
    struct flow_reader *reader;
    struct read_ahead *ahead;               /* NULL before the first event and after the hash */
    const struct flow_recording *recording; /* NULL: the capture is read, like the next */
    struct recording_cursor *cursor;
    struct flow_schedule_options kept; /* of packets, in a recording */
    struct flow_recorder *recorder;    /* NULL: none is written */
    int record_failure;                /* an errno: none can be written */
    void **users;                      /* by index: what the flows' user has stored */
    uint32_t slots;
    struct flow_schedule *schedule; /* NULL: events are returned as they are read */
    struct flow_source_counts counts;
    bool has_pending; /* a packet counted but read after the last event returned */
    uint32_t pending_wire_bytes;
    bool is_truncated;
    bool is_read; /* to the end, with a schedule */
    bool has_ended;
};

int flow_source_open_files(const char *const *paths, size_t count,
                           const struct flow_source_options *options, struct flow_source **out,
                           char *error)
{
    struct flow_source *source = trace_new_cache_aligned(sizeof(*source));

    if (!source)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", paths[0]);
    int status = capture_open_files(paths, count, &source->capture, error);
    if (status == TRACE_OK && options->filter)
        status = capture_filter_compile(source->capture, "--filter", options->filter,
                                        &source->filter, error);
    if (status == TRACE_OK && options->responder)
        status = capture_filter_compile(source->capture, "--responder", options->responder,
                                        &source->responder, error);
    const struct flow_filters filters = {source->filter, source->responder};
    source->kept = options->schedule;
    if (status == TRACE_OK && options->recording)
        status = flow_source_take_recording(source, options->recording, error);
    if (status == TRACE_OK)
        status = flow_reader_new(source->capture, &filters, options, &source->reader, error);
    if (status == TRACE_OK && flow_schedule_is_needed(&options->schedule) &&
        !(source->schedule = flow_schedule_new(&options->schedule)))
        status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", paths[0]);
    if (status != TRACE_OK) {
        flow_source_free(source);
        return status;
    }
    *out = source;
    return TRACE_OK;
}

int flow_source_open(const char *path, const struct flow_source_options *options,
                     struct flow_source **source, char *error)
{
    return flow_source_open_files(&path, 1, options, source, error);
}

static int make_slot(struct flow_source *source, uint32_t slot)
{
    uint32_t slots = source->slots > 0 ? source->slots : FIRST_SLOTS;

    while (slots <= slot)
        slots *= 2;
    void **users = reallocarray(source->users, slots, sizeof(*users));
    if (!users)
        return -1;
    memset(users + source->slots, 0, (slots - source->slots) * sizeof(*users));
    source->users = users;
    source->slots = slots;
    return 0;
}

static void take(struct flow_source *source, const struct read_ahead_event *next,
                 struct flow_event *event)
{
    *event = next->event;
    event->user = &source->users[event->slot];
    if (event->opens_flow)
        *event->user = NULL;
    if (next->counts)
        source->counts = *next->counts;
    else
        flow_source_count(&source->counts, event);
    source->has_pending = next->has_pending;
    source->pending_wire_bytes = next->pending_wire_bytes;
    if (event->kind == FLOW_EVENT_CLOSE)
        event->flow->close = event->close;
}

static void take_end(struct flow_source *source, int status)
{
    const struct flow_source_counts *counts = NULL; /* nothing was read, if no thread was made */

    if (source->cursor)
        counts = recording_cursor_end_counts(source->cursor);
    else if (source->ahead)
        counts = read_ahead_end_counts(source->ahead);
    if (counts)
        source->counts = *counts;
    if (status == TRACE_END)
        source->is_truncated = source->recording ? flow_recording_is_truncated(source->recording)
                                                 : capture_truncated(source->capture);
}

static int read_next(struct flow_source *source, const struct read_ahead_event **next, char *error)
{
    if (source->cursor)
        return recording_cursor_next(source->cursor, next, error);
    if (!source->ahead) {
        int status = read_ahead_new(source->reader, &source->ahead, error);
        if (status != TRACE_OK)
            return status;
    }
    return read_ahead_next(source->ahead, next, error);
}

static void stop_recording(struct flow_source *source, int failure)
{
    flow_recorder_free(source->recorder);
    source->recorder = NULL;
    source->record_failure = failure;
}

/* After the last event, whose counts are taken. */
static void end_recording(struct flow_source *source)
{
    char hash[BYTE_SOURCE_HASH_BYTES], text[TRACE_ERROR_BYTES];
    int failure = EIO;

    read_ahead_free(source->ahead);
    source->ahead = NULL;
    source->has_ended = !source->schedule; /* which may have events left */
    if (capture_hash(source->capture, hash, text) == TRACE_OK)
        failure = flow_recorder_end(source->recorder, &source->counts, source->is_truncated, hash);
    stop_recording(source, failure);
}

/* The next event as captured. */
static int next_captured(struct flow_source *source, struct flow_event *event, char *error)
{
    const struct read_ahead_event *next;
    int status = read_next(source, &next, error);

    if (source->recorder && status == TRACE_OK) {
        int failure = flow_recorder_put(source->recorder, next);
        if (failure)
            stop_recording(source, failure);
    }
    if (status == TRACE_OK && next->event.slot >= source->slots &&
        make_slot(source, next->event.slot) != 0)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory",
                          capture_path(source->capture));
    if (status == TRACE_OK)
        take(source, next, event);
    else
        take_end(source, status);
    if (source->recorder && status == TRACE_END)
        end_recording(source);
    return status;
}

static int schedule_failed(const struct flow_source *source, int status, char *error)
{
    const char *path = capture_path(source->capture);
    unsigned long long packet = source->counts.packets;

    if (status == TRACE_ERROR_MEMORY)
        return trace_fail(error, status,
                          "%s: out of memory at packet %llu, with those before it that wait for "
                          "their time; use a speed nearer to 1, fewer copies or a shorter spread",
                          path, packet);
    return trace_fail(error, status,
                      "%s: packet %llu would be replayed after the year 2191; use a higher speed",
                      path, packet);
}

/* The next event in the order of the schedule, as soon as enough was read. */
static int next_scheduled(struct flow_source *source, struct flow_event *event, char *error)
{
    while (!flow_schedule_take(source->schedule, event)) {
        if (source->is_read)
            return TRACE_END;
        int status = next_captured(source, event, error);
        if (status == TRACE_OK) {
            status = flow_schedule_put(source->schedule, event, &source->counts);
            if (status != TRACE_OK)
                return schedule_failed(source, status, error);
        } else if (status == TRACE_END) {
            source->is_read = true;
            flow_schedule_end(source->schedule);
        } else {
            return status;
        }
    }
    return TRACE_OK;
}

int flow_source_next(struct flow_source *source, struct flow_event *event, char *error)
{
    if (source->has_ended)
        return TRACE_END;
    return source->schedule ? next_scheduled(source, event, error)
                            : next_captured(source, event, error);
}

const void *flow_source_user_ahead(const struct flow_source *source, size_t n)
{
    const struct flow_event *event =
        source->ahead && !source->schedule ? read_ahead_peek(source->ahead, n) : NULL;

    return event && !event->opens_flow && event->slot < source->slots ? source->users[event->slot]
                                                                      : NULL;
}

void flow_source_return(struct flow_source *source, const struct flow_event *event)
{
    struct flow_source_counts *counts = &source->counts;

    if (source->has_pending) {
        counts->packets--;
        counts->wire_bytes -= source->pending_wire_bytes;
    }
    source->has_pending = false;
    if (!source->schedule)
        flow_source_uncount(counts, event);
}

uint32_t flow_source_packet_number(const struct flow_source *source)
{
    return source->schedule ? flow_schedule_number(source->schedule)
                            : (uint32_t)source->counts.packets;
}

int64_t flow_source_removed_us(const struct flow_source *source)
{
    return source->schedule ? 0 : source->counts.removed_us;
}

const struct flow_source_counts *flow_source_counts(const struct flow_source *source)
{
    return &source->counts;
}

bool flow_source_truncated(const struct flow_source *source)
{
    return source->is_truncated;
}

int flow_source_hash(struct flow_source *source, char hex[BYTE_SOURCE_HASH_BYTES], char *error)
{
    read_ahead_free(source->ahead);
    source->ahead = NULL;
    source->has_ended = true;
    if (source->recording) {
        memcpy(hex, flow_recording_hash(source->recording), BYTE_SOURCE_HASH_BYTES);
        return TRACE_OK;
    }
    return capture_hash(source->capture, hex, error);
}

int flow_source_record(struct flow_source *source, int fd, uint64_t bytes_max, const char *key,
                       char *error)
{
    source->recorder = flow_recorder_new(fd, bytes_max, key, &source->kept);
    return source->recorder ? TRACE_OK
                            : trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory",
                                         capture_path(source->capture));
}

int flow_source_record_all(struct flow_source *source, char *error)
{
    struct flow_event event;
    int status;

    while (source->recorder && (status = next_captured(source, &event, error)) != TRACE_END)
        if (status != TRACE_OK)
            return status;
    if (source->record_failure)
        return trace_fail(error, TRACE_ERROR_WRITE, "events of the trace: %s",
                          strerror(source->record_failure));
    return TRACE_OK;
}

int flow_source_take_recording(struct flow_source *source, const struct flow_recording *recording,
                               char *error)
{
    source->recording = recording;
    source->cursor = recording_cursor_new(recording);
    return source->cursor ? TRACE_OK
                          : trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory",
                                       capture_path(source->capture));
}

uint64_t flow_source_position_bytes(const struct flow_source *source)
{
    return source->cursor ? recording_cursor_position_bytes(source->cursor)
                          : capture_position_bytes(source->capture);
}

uint64_t flow_source_size_bytes(const struct flow_source *source)
{
    return source->recording ? flow_recording_size_bytes(source->recording)
                             : capture_size_bytes(source->capture);
}

struct capture *flow_source_capture(struct flow_source *source)
{
    return source->capture;
}

void flow_source_free(struct flow_source *source)
{
    if (!source)
        return;
    read_ahead_free(source->ahead);
    recording_cursor_free(source->cursor);
    flow_recorder_free(source->recorder);
    flow_schedule_free(source->schedule);
    flow_reader_free(source->reader);
    capture_filter_free(source->filter);
    capture_filter_free(source->responder);
    capture_free(source->capture);
    free(source->users);
    free(source);
}
