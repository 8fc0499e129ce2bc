#include <stdlib.h>

#include <event2/buffer.h>

#include "shaper/filters/filter_internal.h"

/* The header length that is written at once; longer headers continue with zeros. */
#define PIECE_BYTES 256

struct overhead {
    uint32_t header_bytes;
    uint32_t segment_bytes;
    /* of a decoder: the position in the stream */
    uint32_t header_seen_bytes;
    uint32_t segment_left_bytes;
};

static void *overhead_new(const struct filter_setup *setup)
{
    struct overhead *overhead = calloc(1, sizeof(*overhead));

    if (overhead) {
        overhead->header_bytes = setup->filter->header_bytes;
        overhead->segment_bytes = setup->filter->segment_bytes;
    }
    return overhead;
}

/* Big-endian in the first four bytes, or in all of a shorter header. */
static unsigned length_bytes(const struct overhead *overhead)
{
    return overhead->header_bytes < 4 ? overhead->header_bytes : 4;
}

static int add_header(const struct overhead *overhead, uint32_t length, struct evbuffer *to)
{
    unsigned char piece[PIECE_BYTES] = {0};
    uint32_t left = overhead->header_bytes;

    for (unsigned i = 0; i < length_bytes(overhead); i++)
        piece[i] = (unsigned char)(length >> 8 * (length_bytes(overhead) - 1 - i));
    while (left > 0) {
        uint32_t n = left < PIECE_BYTES ? left : PIECE_BYTES;
        if (evbuffer_add(to, piece, n) != 0)
            return -1;
        left -= n;
        for (unsigned i = 0; i < length_bytes(overhead); i++)
            piece[i] = 0;
    }
    return 0;
}

static int overhead_encode(void *encoder, struct evbuffer *from, struct evbuffer *to,
                           enum bufferevent_flush_mode mode)
{
    const struct overhead *overhead = encoder;

    (void)mode;
    for (size_t left; (left = evbuffer_get_length(from)) > 0;) {
        uint32_t n = left < overhead->segment_bytes ? (uint32_t)left : overhead->segment_bytes;
        if (add_header(overhead, n, to) != 0 || evbuffer_remove_buffer(from, to, n) != (int)n)
            return -1;
    }
    return 0;
}

static void take_header_byte(struct overhead *overhead, struct evbuffer *from)
{
    unsigned char byte;

    evbuffer_remove(from, &byte, 1);
    if (overhead->header_seen_bytes < length_bytes(overhead))
        overhead->segment_left_bytes = overhead->segment_left_bytes << 8 | byte;
    overhead->header_seen_bytes++;
}

static int overhead_decode(void *decoder, struct evbuffer *from, struct evbuffer *to)
{
    struct overhead *overhead = decoder;

    for (size_t left; (left = evbuffer_get_length(from)) > 0;) {
        if (overhead->header_seen_bytes < overhead->header_bytes) {
            take_header_byte(overhead, from);
            continue;
        }
        uint32_t n =
            left < overhead->segment_left_bytes ? (uint32_t)left : overhead->segment_left_bytes;
        if (n == 0 || evbuffer_remove_buffer(from, to, n) != (int)n)
            return -1;
        overhead->segment_left_bytes -= n;
        if (overhead->segment_left_bytes == 0)
            overhead->header_seen_bytes = 0;
    }
    return 0;
}

const struct filter_ops filter_overhead_ops = {
    .encoder_new = overhead_new,
    .decoder_new = overhead_new,
    .encoder_free = free,
    .decoder_free = free,
    .encode = overhead_encode,
    .decode = overhead_decode,
};
