#include "traces/flow_recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/file_stream.h"
#include "traces/flow_recording_format.h"

#define RELEASE_BYTES (UINT64_C(4) * 1024 * 1024)
#define FIRST_SLOTS   64

struct flow_recording {
    const unsigned char *bytes;
    uint64_t count;
    const struct recording_header *header;
    uint64_t begin; /* of the events, and their end: */
    uint64_t end;
};

struct recording_cursor {
    const struct flow_recording *recording;
    uint64_t at;
    uint64_t released;                /* pages before it were given back */
    struct flow_source_counts counts; /* up to the last event returned */
    struct read_ahead_event next;
    struct flow **flows; /* by slot; each owned */
    uint32_t slots;
    bool has_ended;
};

/* --- the key -------------------------------------------------------------------------------- */

static void print_text(FILE *out, const char *text)
{
    if (text)
        fprintf(out, "%zu:%s\n", strlen(text), text);
    else
        fputs("-\n", out);
}

char *flow_recording_key(const char *const *paths, size_t count,
                         const struct flow_source_options *options)
{
    char *key = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&key, &bytes);

    if (!out)
        return NULL;
    for (size_t i = 0; i < count; i++)
        print_text(out, paths[i]);
    print_text(out, options->filter);
    print_text(out, options->responder);
    fprintf(out, "%d %d %d %d\n", (int)options->count, options->decapsulate,
            options->schedule.keeps_frames, options->schedule.keeps_content);
    fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
            options->idle_timeout_us, options->max_gap_us, options->from_us, options->to_us,
            options->max_flows);
    return file_stream_close_text(out, &key) == 0 ? key : NULL;
}

struct flow_extent flow_recording_extent(int fd)
{
    struct recording_header header;

    if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        header.magic != RECORDING_MAGIC)
        return (struct flow_extent){0};
    return header.extent;
}

/* --- the file ------------------------------------------------------------------------------- */

static bool has_key(const struct flow_recording *recording, const char *key)
{
    const struct recording_header *header = recording->header;
    size_t length = strlen(key);

    return header->magic == RECORDING_MAGIC && header->key_bytes == length &&
           recording->count - sizeof(*header) >= length &&
           memcmp(recording->bytes + sizeof(*header), key, length) == 0;
}

struct flow_recording *flow_recording_open(int fd, const char *key)
{
    struct flow_recording *recording = calloc(1, sizeof(*recording));
    struct stat status;

    if (!recording || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        (uint64_t)status.st_size < sizeof(struct recording_header)) {
        free(recording);
        return NULL;
    }
    recording->count = (uint64_t)status.st_size;
    void *bytes = mmap(NULL, recording->count, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        free(recording);
        return NULL;
    }
    recording->bytes = bytes;
    recording->header = bytes;
    recording->begin = sizeof(struct recording_header) + recording_padded(strlen(key));
    if (!has_key(recording, key) || recording->count < recording->begin ||
        recording->count - recording->begin != recording->header->events_bytes) {
        flow_recording_free(recording);
        return NULL;
    }
    recording->end = recording->count;
    madvise(bytes, recording->count, MADV_SEQUENTIAL);
    return recording;
}

void flow_recording_free(struct flow_recording *recording)
{
    if (!recording)
        return;
    munmap((void *)(uintptr_t)recording->bytes, recording->count);
    free(recording);
}

const char *flow_recording_hash(const struct flow_recording *recording)
{
    return recording->header->hash;
}

bool flow_recording_is_truncated(const struct flow_recording *recording)
{
    return recording->header->is_truncated;
}

uint64_t flow_recording_size_bytes(const struct flow_recording *recording)
{
    return recording->count;
}

/* --- the cursor ----------------------------------------------------------------------------- */

struct recording_cursor *recording_cursor_new(const struct flow_recording *recording)
{
    struct recording_cursor *cursor = calloc(1, sizeof(*cursor));

    if (!cursor)
        return NULL;
    cursor->recording = recording;
    cursor->at = recording->begin;
    return cursor;
}

void recording_cursor_free(struct recording_cursor *cursor)
{
    if (!cursor)
        return;
    for (uint32_t i = 0; i < cursor->slots; i++)
        free(cursor->flows[i]);
    free(cursor->flows);
    free(cursor);
}

uint64_t recording_cursor_position_bytes(const struct recording_cursor *cursor)
{
    return cursor->at;
}

/* The next `bytes` of the file, padded; NULL if it has no more. */
static const void *take(struct recording_cursor *cursor, uint64_t bytes)
{
    const void *taken = cursor->recording->bytes + cursor->at;

    if (cursor->recording->end - cursor->at < recording_padded(bytes))
        return NULL;
    cursor->at += recording_padded(bytes);
    return taken;
}

static void release_pages(struct recording_cursor *cursor)
{
    uint64_t before = cursor->at / RELEASE_BYTES * RELEASE_BYTES;

    if (before == cursor->released)
        return;
    madvise((void *)(uintptr_t)(cursor->recording->bytes + cursor->released),
            before - cursor->released, MADV_DONTNEED);
    cursor->released = before;
}

static int make_slot(struct recording_cursor *cursor, uint32_t slot)
{
    uint32_t slots = cursor->slots > 0 ? cursor->slots : FIRST_SLOTS;

    while (slots <= slot)
        slots *= 2;
    struct flow **flows = reallocarray(cursor->flows, slots, sizeof(struct flow *));
    if (!flows)
        return -1;
    memset(flows + cursor->slots, 0, (slots - cursor->slots) * sizeof(struct flow *));
    cursor->flows = flows;
    cursor->slots = slots;
    return 0;
}

/* The flow's own copy: its user marks it as closed. */
static int open_flow(struct recording_cursor *cursor, uint32_t slot)
{
    const struct flow *flow = take(cursor, sizeof(*flow));

    if (!flow || slot > INT32_MAX)
        return TRACE_ERROR_FORMAT;
    if (slot >= cursor->slots && make_slot(cursor, slot) != 0)
        return TRACE_ERROR_MEMORY;
    if (!cursor->flows[slot] && !(cursor->flows[slot] = malloc(sizeof(*flow))))
        return TRACE_ERROR_MEMORY;
    *cursor->flows[slot] = *flow;
    return TRACE_OK;
}

/* The counts are those that follow from the event, but for some words. */
static int take_counts(struct recording_cursor *cursor, const struct recorded_event *recorded)
{
    uint64_t *counts = (uint64_t *)(void *)&cursor->counts;

    flow_source_count(&cursor->counts, &cursor->next.event);
    cursor->next.counts = recorded->words > 0 ? &cursor->counts : NULL;
    for (unsigned i = 0; i < recorded->words; i++) {
        const struct recorded_word *word = take(cursor, sizeof(*word));
        if (!word || word->index >= RECORDED_COUNT_WORDS)
            return TRACE_ERROR_FORMAT;
        counts[word->index] = word->value;
    }
    return TRACE_OK;
}

static bool take_data(struct recording_cursor *cursor, const struct recorded_event *recorded)
{
    struct flow_event *event = &cursor->next.event;
    const unsigned char *data =
        take(cursor, (uint64_t)recorded->frame_bytes + recorded->content_bytes);

    if (!data)
        return false;
    event->packet.data = data;
    event->packet.captured_bytes = recorded->frame_bytes;
    event->content = data + recorded->frame_bytes;
    event->content_bytes = recorded->content_bytes;
    event->content_is_copy = true;
    return true;
}

static void restore_event(const struct recorded_event *recorded, struct read_ahead_event *next)
{
    const unsigned flags = recorded->flags;

    next->has_pending = flags & RECORDED_HAS_PENDING;
    next->pending_wire_bytes = recorded->pending_wire_bytes;
    next->event =
        (struct flow_event){.kind = (enum flow_event_kind)recorded->kind,
                            .slot = recorded->slot,
                            .time_us = recorded->time_us,
                            .close = (enum flow_close)recorded->close,
                            .opens_flow = flags & RECORDED_OPENS_FLOW,
                            .is_tcp = flags & RECORDED_IS_TCP,
                            .is_duplicate = flags & RECORDED_IS_DUPLICATE,
                            .gave_up_gap = flags & RECORDED_GAVE_UP_GAP,
                            .ends_stream = flags & RECORDED_ENDS_STREAM,
                            .has_acknowledgment = flags & RECORDED_HAS_ACKNOWLEDGMENT,
                            .tunnel = recorded->tunnel,
                            .direction = (enum flow_direction)recorded->direction,
                            .responder_rule = (enum responder_rule)recorded->responder_rule,
                            .acknowledgment = recorded->acknowledgment,
                            .end_sequence = recorded->end_sequence,
                            .bytes = recorded->bytes,
                            .payload_bytes = recorded->payload_bytes,
                            .new_bytes = recorded->new_bytes,
                            .packet = {.time_ns = recorded->packet_ns,
                                       .wire_bytes = recorded->wire_bytes,
                                       .link_type = recorded->link_type,
                                       .has_no_time = flags & RECORDED_HAS_NO_TIME}};
}

static int take_event(struct recording_cursor *cursor)
{
    const struct recorded_event *recorded = take(cursor, sizeof(*recorded));

    if (!recorded)
        return TRACE_ERROR_FORMAT;
    restore_event(recorded, &cursor->next);
    if (cursor->next.event.opens_flow) {
        int status = open_flow(cursor, recorded->slot);
        if (status != TRACE_OK)
            return status;
    }
    if (recorded->slot >= cursor->slots || !cursor->flows[recorded->slot])
        return TRACE_ERROR_FORMAT;
    cursor->next.event.flow = cursor->flows[recorded->slot];
    int status = take_counts(cursor, recorded);
    if (status == TRACE_OK && !take_data(cursor, recorded))
        status = TRACE_ERROR_FORMAT;
    return status;
}

int recording_cursor_next(struct recording_cursor *cursor, const struct read_ahead_event **next,
                          char *error)
{
    if (cursor->at == cursor->recording->end) {
        cursor->has_ended = true;
        return TRACE_END;
    }
    release_pages(cursor);
    int status = take_event(cursor);
    if (status == TRACE_ERROR_MEMORY)
        return trace_fail(error, TRACE_ERROR_MEMORY, "events of the trace: out of memory");
    if (status != TRACE_OK)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "events of the trace: damaged at byte %llu; run the command again",
                          (unsigned long long)cursor->at);
    *next = &cursor->next;
    return TRACE_OK;
}

const struct flow_source_counts *recording_cursor_end_counts(const struct recording_cursor *cursor)
{
    return cursor->has_ended ? &cursor->recording->header->end_counts : NULL;
}
