#include "traces/flow_recorder.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/file_stream.h"
#include "traces/flow_recording_format.h"

#define BUFFER_BYTES (256 * 1024)
#define FIRST_SLOTS  64

struct open_flow {
    int64_t start_us;
    bool is_answered; /* its last payload came from the responder: what follows is an exchange */
};

struct flow_recorder {
    int fd;
    uint64_t bytes_max;
    bool keeps_frames;
    bool keeps_content;
    const char *key;
    uint64_t events_bytes;
    struct flow_source_counts counts; /* as a reader has them after the last event */
    struct flow_extent extent;
    struct open_flow *flows; /* by slot */
    uint32_t slots;
    size_t used;
    alignas(RECORDING_ALIGN_BYTES) unsigned char buffer[BUFFER_BYTES];
};

/* --- bytes ---------------------------------------------------------------------------------- */

static int write_all(int fd, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;

    while (count > 0) {
        ssize_t written = write(fd, at, count);
        if (written < 0 && !file_stream_again())
            return errno;
        if (written <= 0)
            continue;
        at += written;
        count -= (size_t)written;
    }
    return 0;
}

static int flush(struct flow_recorder *recorder)
{
    int failure = write_all(recorder->fd, recorder->buffer, recorder->used);

    recorder->used = 0;
    return failure;
}

static int add(struct flow_recorder *recorder, const void *bytes, size_t count)
{
    int failure = recorder->used + count > BUFFER_BYTES ? flush(recorder) : 0;

    if (failure)
        return failure;
    if (count > BUFFER_BYTES)
        return write_all(recorder->fd, bytes, count);
    if (count > 0)
        memcpy(recorder->buffer + recorder->used, bytes, count);
    recorder->used += count;
    return 0;
}

/* Up to the next part, after `count` bytes. */
static int pad(struct flow_recorder *recorder, uint64_t count)
{
    static const unsigned char zeros[RECORDING_ALIGN_BYTES];

    return add(recorder, zeros, recording_padded(count) - count);
}

/* --- events --------------------------------------------------------------------------------- */

struct flow_recorder *flow_recorder_new(int fd, uint64_t bytes_max, const char *key,
                                        const struct flow_schedule_options *options)
{
    struct flow_recorder *recorder = calloc(1, sizeof(*recorder));

    if (!recorder)
        return NULL;
    recorder->fd = fd;
    recorder->bytes_max = bytes_max;
    recorder->key = key;
    recorder->keeps_frames = options->keeps_frames;
    recorder->keeps_content = options->keeps_content;
    recorder->used = sizeof(struct recording_header); /* zeros until the end */
    return recorder;
}

/* The key comes before the first event. */
static int begin(struct flow_recorder *recorder)
{
    size_t bytes = strlen(recorder->key);
    int failure = add(recorder, recorder->key, bytes);

    return failure ? failure : pad(recorder, bytes);
}

static uint8_t flags_of(const struct read_ahead_event *next)
{
    const struct flow_event *event = &next->event;

    return (uint8_t)((event->opens_flow ? RECORDED_OPENS_FLOW : 0) |
                     (event->is_tcp ? RECORDED_IS_TCP : 0) |
                     (event->is_duplicate ? RECORDED_IS_DUPLICATE : 0) |
                     (event->gave_up_gap ? RECORDED_GAVE_UP_GAP : 0) |
                     (event->ends_stream ? RECORDED_ENDS_STREAM : 0) |
                     (event->has_acknowledgment ? RECORDED_HAS_ACKNOWLEDGMENT : 0) |
                     (event->packet.has_no_time ? RECORDED_HAS_NO_TIME : 0) |
                     (next->has_pending ? RECORDED_HAS_PENDING : 0));
}

static inline void fill_event(const struct flow_recorder *recorder,
                              const struct read_ahead_event *next, struct recorded_event *recorded)
{
    const struct flow_event *event = &next->event;
    bool has_frame = recorder->keeps_frames || event->opens_flow;

    *recorded =
        (struct recorded_event){.time_us = event->time_us,
                                .packet_ns = event->packet.time_ns,
                                .slot = event->slot,
                                .acknowledgment = event->acknowledgment,
                                .end_sequence = event->end_sequence,
                                .bytes = event->bytes,
                                .payload_bytes = event->payload_bytes,
                                .new_bytes = event->new_bytes,
                                .wire_bytes = event->packet.wire_bytes,
                                .pending_wire_bytes = next->pending_wire_bytes,
                                .frame_bytes = has_frame ? event->packet.captured_bytes : 0,
                                .content_bytes = recorder->keeps_content ? event->content_bytes : 0,
                                .link_type = event->packet.link_type,
                                .flags = flags_of(next),
                                .kind = (uint8_t)event->kind,
                                .close = (uint8_t)event->close,
                                .tunnel = event->tunnel,
                                .direction = (uint8_t)event->direction,
                                .responder_rule = (uint8_t)event->responder_rule};
}

/* The words of the counts that do not follow from the event. */
static uint8_t find_words(struct flow_recorder *recorder, const struct read_ahead_event *next,
                          struct recorded_word *words)
{
    uint64_t expected[RECORDED_COUNT_WORDS], actual[RECORDED_COUNT_WORDS];
    uint8_t count = 0;

    flow_source_count(&recorder->counts, &next->event);
    if (!next->counts)
        return 0;
    memcpy(expected, &recorder->counts, sizeof(expected));
    memcpy(actual, next->counts, sizeof(actual));
    recorder->counts = *next->counts;
    for (size_t i = 0; i < RECORDED_COUNT_WORDS; i++)
        if (expected[i] != actual[i])
            words[count++] = (struct recorded_word){.index = i, .value = actual[i]};
    return count;
}

static int add_data(struct flow_recorder *recorder, const struct recorded_event *recorded,
                    const struct flow_event *event)
{
    int failure = add(recorder, event->packet.data, recorded->frame_bytes);

    if (!failure)
        failure = add(recorder, event->content, recorded->content_bytes);
    return failure ? failure
                   : pad(recorder, (uint64_t)recorded->frame_bytes + recorded->content_bytes);
}

/* --- the extent ------------------------------------------------------------------------------ */

static int make_slot(struct flow_recorder *recorder, uint32_t slot)
{
    uint32_t slots = recorder->slots > 0 ? recorder->slots : FIRST_SLOTS;

    while (slots <= slot)
        slots *= 2;
    struct open_flow *flows = reallocarray(recorder->flows, slots, sizeof(*flows));
    if (!flows)
        return ENOMEM;
    recorder->flows = flows;
    recorder->slots = slots;
    return 0;
}

static void end_flow(struct flow_extent *extent, int64_t flow_us)
{
    extent->flows_us += flow_us;
    if (flow_us > extent->longest_flow_us)
        extent->longest_flow_us = flow_us;
}

static int measure(struct flow_recorder *recorder, const struct flow_event *event)
{
    struct flow_extent *extent = &recorder->extent;

    if (event->opens_flow && event->slot >= recorder->slots && make_slot(recorder, event->slot))
        return ENOMEM;
    struct open_flow *flow = &recorder->flows[event->slot];
    if (event->opens_flow) {
        *flow = (struct open_flow){.start_us = event->time_us, .is_answered = true};
        extent->flows++;
    }
    if (event->kind == FLOW_EVENT_CLOSE)
        end_flow(extent, event->time_us - flow->start_us);
    if (event->kind != FLOW_EVENT_PACKET || event->new_bytes == 0)
        return 0;
    bool answers = event->direction == FLOW_FROM_RESPONDER;
    extent->exchanges += flow->is_answered && !answers;
    flow->is_answered = answers;
    return 0;
}

/* What follows the event itself. */
static int put_rest(struct flow_recorder *recorder, const struct read_ahead_event *next,
                    const struct recorded_event *recorded, const struct recorded_word *words)
{
    bool opens_flow = next->event.opens_flow;
    int failure = opens_flow ? add(recorder, next->event.flow, sizeof(*next->event.flow)) : 0;

    if (!failure)
        failure = add(recorder, words, recorded->words * sizeof(*words));
    if (!failure)
        failure = add_data(recorder, recorded, &next->event);
    recorder->events_bytes +=
        (opens_flow ? sizeof(*next->event.flow) : 0) + recorded->words * sizeof(*words) +
        recording_padded((uint64_t)recorded->frame_bytes + recorded->content_bytes);
    return failure;
}

/* Room in the buffer for an event; NULL if it cannot be made, with *failure. */
static struct recorded_event *reserve(struct flow_recorder *recorder, int *failure)
{
    if (recorder->events_bytes == 0)
        *failure = begin(recorder);
    if (!*failure && recorder->used + sizeof(struct recorded_event) > BUFFER_BYTES)
        *failure = flush(recorder);
    if (*failure)
        return NULL;
    void *room = recorder->buffer + recorder->used;
    recorder->used += sizeof(struct recorded_event);
    recorder->events_bytes += sizeof(struct recorded_event);
    return room;
}

int flow_recorder_put(struct flow_recorder *recorder, const struct read_ahead_event *next)
{
    struct recorded_word words[RECORDED_COUNT_WORDS];
    int failure = 0;
    struct recorded_event *room = reserve(recorder, &failure);

    if (!room)
        return failure;
    fill_event(recorder, next, room);
    room->words = find_words(recorder, next, words);
    struct recorded_event recorded = *room; /* the buffer may be flushed */
    failure = measure(recorder, &next->event);
    if (!failure && (next->event.opens_flow || recorded.words > 0 || recorded.frame_bytes > 0 ||
                     recorded.content_bytes > 0))
        failure = put_rest(recorder, next, &recorded, words);
    if (!failure && recorder->events_bytes > recorder->bytes_max)
        failure = EFBIG;
    return failure;
}

int flow_recorder_end(struct flow_recorder *recorder, const struct flow_source_counts *counts,
                      bool is_truncated, const char hash[BYTE_SOURCE_HASH_BYTES])
{
    struct recording_header header;
    int failure = recorder->events_bytes == 0 ? begin(recorder) : 0;

    memset(&header, 0, sizeof(header));
    header.magic = RECORDING_MAGIC;
    header.key_bytes = strlen(recorder->key);
    header.events_bytes = recorder->events_bytes;
    header.end_counts = *counts;
    header.extent = recorder->extent;
    header.extent.duration_us = counts->duration_us;
    header.extent.bytes = counts->bytes;
    header.is_truncated = is_truncated;
    memcpy(header.hash, hash, BYTE_SOURCE_HASH_BYTES);
    if (!failure)
        failure = flush(recorder);
    if (!failure && lseek(recorder->fd, 0, SEEK_SET) != 0)
        failure = errno;
    return failure ? failure : write_all(recorder->fd, &header, sizeof(header));
}

void flow_recorder_free(struct flow_recorder *recorder)
{
    if (recorder)
        free(recorder->flows);
    free(recorder);
}
