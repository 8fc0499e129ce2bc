/*
 * One direction of a TCP connection as the bytes that its end wrote, each once: which bytes of a
 * segment are new, and which have been captured before.
 *
 * Every byte of the sequence space is new in the segment that carries it first, in the order of
 * capture. Nothing is reassembled: what follows a gap is new when it comes, and what fills the gap
 * later is new then. SYN and FIN take a number. Sequence numbers wrap: one is read as that position
 * of the stream which is nearest to the highest one so far. A connection may begin in mid-stream:
 * without a SYN, bytes before the first that was captured are new, too, when they come.
 *
 * Example: SYN 999, 1000+100 (100 new bytes), 1200+100 (100 new: a gap of 100), 1000+100 (none:
 * sent again), 1050+200 (100 new bytes from its 50th on: the gap), 1299+1 (none: a keep-alive).
 *
 * Memory: nothing is allocated as long as there is no gap; else TCP_STREAM_RANGES_MAX ranges at
 * most. Where there would be more, the lowest gap is given up: what fills it later is not new.
 */
#ifndef SHAPESIM_TRACES_TCP_STREAM_H
#define SHAPESIM_TRACES_TCP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCP_STREAM_RANGES_MAX 32

/* Ranges above the lowest one. */
struct tcp_stream_ranges;

/* Embedded by value; zeroed, nothing has been captured yet. Positions are sequence numbers that do
 * not wrap. */
struct tcp_stream {
    uint64_t begin;                  /* of the lowest range of captured bytes */
    uint64_t end;                    /* after its last byte; 0: nothing has been captured */
    struct tcp_stream_ranges *above; /* owned; NULL: it is the only range */
    bool has_syn;                    /* `begin` is the SYN: there is nothing below */
};

struct tcp_segment {
    uint32_t sequence;
    uint32_t payload_bytes;
    bool has_syn; /* its number is before the payload's */
    bool has_fin; /* its number is after the payload's */
};

/* A part of a segment's payload. */
struct tcp_piece {
    uint32_t offset;
    uint32_t bytes;
};

/* The new bytes of a segment. */
struct tcp_new_bytes {
    uint32_t bytes;
    uint32_t piece_count;
    bool gave_up_gap;
    struct tcp_piece pieces[TCP_STREAM_RANGES_MAX + 1]; /* in order, not adjacent */
};

/* Any segment, as tcp_stream_take(). */
int tcp_stream_take_any(struct tcp_stream *stream, const struct tcp_segment *segment,
                        struct tcp_new_bytes *new_bytes);

/* Takes the next segment of the direction: fills in `new_bytes`, as much of `pieces` as there are.
 * 0, or -1 on allocation failure. */
static inline int tcp_stream_take(struct tcp_stream *stream, const struct tcp_segment *segment,
                                  struct tcp_new_bytes *new_bytes)
{
    uint32_t bytes = segment->payload_bytes;

    if (stream->above || segment->has_syn || stream->end == 0 || bytes == 0 ||
        segment->sequence != (uint32_t)stream->end)
        return tcp_stream_take_any(stream, segment, new_bytes);
    /* The next one, as nearly all are. */
    stream->end += bytes + (segment->has_fin ? 1U : 0U);
    new_bytes->bytes = bytes;
    new_bytes->piece_count = 1;
    new_bytes->gave_up_gap = false;
    new_bytes->pieces[0] = (struct tcp_piece){0, bytes};
    return 0;
}

/* The sequence number after the highest byte so far; false where nothing has been captured. */
bool tcp_stream_next(const struct tcp_stream *stream, uint32_t *sequence);

/* Frees what it has allocated, and zeroes it. */
void tcp_stream_fini(struct tcp_stream *stream);

#endif
