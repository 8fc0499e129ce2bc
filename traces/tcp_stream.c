#include "traces/tcp_stream.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4

/* The first position is far enough from 0 for what may come before it. */
#define POSITION_BASE (UINT64_C(1) << 32)

struct range {
    uint64_t begin;
    uint64_t end;
};

/* Ascending, with gaps between them and above the lowest range. */
struct tcp_stream_ranges {
    uint32_t count;
    uint32_t room;
    struct range at[];
};

static uint64_t highest(const struct tcp_stream *stream)
{
    const struct tcp_stream_ranges *above = stream->above;

    return above ? above->at[above->count - 1].end : stream->end;
}

static uint64_t position_of(const struct tcp_stream *stream, uint32_t sequence)
{
    if (stream->end == 0)
        return POSITION_BASE + sequence;
    uint64_t high = highest(stream);
    return high + (uint64_t)(int64_t)(int32_t)(sequence - (uint32_t)high);
}

static uint32_t range_count(const struct tcp_stream *stream)
{
    return 1 + (stream->above ? stream->above->count : 0);
}

static struct range range_at(const struct tcp_stream *stream, uint32_t i)
{
    return i == 0 ? (struct range){stream->begin, stream->end} : stream->above->at[i - 1];
}

static void set_range(struct tcp_stream *stream, uint32_t i, struct range range)
{
    if (i > 0) {
        stream->above->at[i - 1] = range;
        return;
    }
    stream->begin = range.begin;
    stream->end = range.end;
}

static void add_piece(struct tcp_new_bytes *new_bytes, uint64_t offset, uint64_t bytes)
{
    new_bytes->bytes += (uint32_t)bytes;
    new_bytes->pieces[new_bytes->piece_count++] =
        (struct tcp_piece){(uint32_t)offset, (uint32_t)bytes};
}

/* What of the payload, which begins at position `payload.begin`, is in no range. */
static void find_new(const struct tcp_stream *stream, struct range payload,
                     struct tcp_new_bytes *new_bytes)
{
    uint64_t at = payload.begin;

    if (stream->has_syn && at < stream->begin)
        at = stream->begin;
    for (uint32_t i = 0; i < range_count(stream) && at < payload.end; i++) {
        struct range range = range_at(stream, i);
        uint64_t gap_end = range.begin < payload.end ? range.begin : payload.end;
        if (at < gap_end)
            add_piece(new_bytes, at - payload.begin, gap_end - at);
        if (at < range.end)
            at = range.end;
    }
    if (at < payload.end)
        add_piece(new_bytes, at - payload.begin, payload.end - at);
}

static void remove_ranges(struct tcp_stream *stream, uint32_t from, uint32_t count)
{
    struct tcp_stream_ranges *above = stream->above;

    if (count == 0)
        return;
    memmove(&above->at[from - 1], &above->at[from - 1 + count],
            (above->count - (from - 1) - count) * sizeof(above->at[0]));
    above->count -= count;
    if (above->count > 0)
        return;
    free(above);
    stream->above = NULL;
}

static int make_room(struct tcp_stream *stream)
{
    struct tcp_stream_ranges *above = stream->above;
    uint32_t room = above ? 2 * above->room : FIRST_ROOM;

    if (above && above->count < above->room)
        return 0;
    above = realloc(above, sizeof(*above) + room * sizeof(above->at[0]));
    if (!above)
        return -1;
    if (!stream->above)
        above->count = 0;
    above->room = room;
    stream->above = above;
    return 0;
}

/* Inserts a range that touches no other one as number `i`. */
static int insert(struct tcp_stream *stream, uint32_t i, struct range range,
                  struct tcp_new_bytes *new_bytes)
{
    if (make_room(stream) != 0)
        return -1;
    for (uint32_t k = stream->above->count++; k >= i && k > 0; k--)
        stream->above->at[k] = stream->above->at[k - 1];
    if (i == 0)
        stream->above->at[0] = (struct range){stream->begin, stream->end};
    set_range(stream, i, range);
    if (range_count(stream) <= TCP_STREAM_RANGES_MAX)
        return 0;
    stream->end = stream->above->at[0].end;
    remove_ranges(stream, 1, 1);
    new_bytes->gave_up_gap = true;
    return 0;
}

/* Adds the range, joined with those that it touches. */
static int add_range(struct tcp_stream *stream, struct range range, struct tcp_new_bytes *new_bytes)
{
    uint32_t first = 0, after;

    while (first < range_count(stream) && range_at(stream, first).end < range.begin)
        first++;
    for (after = first; after < range_count(stream) && range_at(stream, after).begin <= range.end;
         after++) {
        struct range joined = range_at(stream, after);
        range.begin = joined.begin < range.begin ? joined.begin : range.begin;
        range.end = joined.end > range.end ? joined.end : range.end;
    }
    if (after == first)
        return insert(stream, first, range, new_bytes);
    set_range(stream, first, range);
    remove_ranges(stream, first + 1, after - first - 1);
    return 0;
}

int tcp_stream_take_any(struct tcp_stream *stream, const struct tcp_segment *segment,
                        struct tcp_new_bytes *new_bytes)
{
    uint64_t begin = position_of(stream, segment->sequence);
    struct range payload = {.begin = begin + (segment->has_syn ? 1 : 0)};
    struct range taken = {.begin = begin};

    new_bytes->bytes = 0;
    new_bytes->piece_count = 0;
    new_bytes->gave_up_gap = false;
    payload.end = payload.begin + segment->payload_bytes;
    taken.end = payload.end + (segment->has_fin ? 1 : 0);
    if (taken.begin == taken.end)
        return 0;
    if (stream->end == 0) {
        if (segment->payload_bytes > 0)
            add_piece(new_bytes, 0, segment->payload_bytes);
        stream->begin = taken.begin;
        stream->end = taken.end;
        stream->has_syn = segment->has_syn;
        return 0;
    }
    find_new(stream, payload, new_bytes);
    if (stream->has_syn && taken.begin < stream->begin)
        taken.begin = stream->begin;
    if (taken.begin < taken.end && add_range(stream, taken, new_bytes) != 0)
        return -1;
    stream->has_syn |= segment->has_syn && stream->begin == begin;
    return 0;
}

bool tcp_stream_next(const struct tcp_stream *stream, uint32_t *sequence)
{
    if (stream->end == 0)
        return false;
    *sequence = (uint32_t)highest(stream);
    return true;
}

void tcp_stream_fini(struct tcp_stream *stream)
{
    free(stream->above);
    *stream = (struct tcp_stream){0};
}
