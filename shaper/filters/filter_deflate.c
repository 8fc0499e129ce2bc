#include <stdlib.h>

#include <event2/buffer.h>
#include <zlib.h>

#include "shaper/filters/filter_internal.h"

#define OUT_BYTES (16 * 1024)

/* One direction at one end. zlib's own memory is allocated when the first byte arrives. */
struct deflate_half {
    z_stream stream;
    int level;
    bool is_made;
    bool is_ended; /* the stream has ended: the next byte begins another */
};

static void *half_new(const struct filter_setup *setup)
{
    struct deflate_half *half = calloc(1, sizeof(*half));

    if (half)
        half->level = setup->filter->level;
    return half;
}

static void encoder_free(void *encoder)
{
    struct deflate_half *half = encoder;

    if (half && half->is_made)
        deflateEnd(&half->stream);
    free(half);
}

static void decoder_free(void *decoder)
{
    struct deflate_half *half = decoder;

    if (half && half->is_made)
        inflateEnd(&half->stream);
    free(half);
}

/* Lets zlib read the first contiguous piece of `from`; its length. */
static size_t lend_piece(z_stream *stream, struct evbuffer *from)
{
    size_t bytes = evbuffer_get_contiguous_space(from);

    stream->next_in = bytes > 0 ? evbuffer_pullup(from, (ev_ssize_t)bytes) : NULL;
    stream->avail_in = (uInt)bytes;
    return bytes;
}

/* Calls zlib until it has consumed its input and has no more output. */
static int pump(struct deflate_half *half, int (*step)(z_stream *, int), int flush,
                struct evbuffer *to)
{
    unsigned char out[OUT_BYTES];
    int status;

    do {
        half->stream.next_out = out;
        half->stream.avail_out = sizeof(out);
        status = step(&half->stream, flush);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return -1;
        if (evbuffer_add(to, out, sizeof(out) - half->stream.avail_out) != 0)
            return -1;
    } while (half->stream.avail_out == 0 && status != Z_STREAM_END);
    half->is_ended = status == Z_STREAM_END;
    return 0;
}

static int begin_encoding(struct deflate_half *half)
{
    if (!half->is_made && deflateInit(&half->stream, half->level) != Z_OK)
        return -1;
    if (half->is_ended && deflateReset(&half->stream) != Z_OK)
        return -1;
    half->is_made = true;
    half->is_ended = false;
    return 0;
}

static int deflate_encode(void *encoder, struct evbuffer *from, struct evbuffer *to,
                          enum bufferevent_flush_mode mode)
{
    struct deflate_half *half = encoder;
    bool has_bytes = evbuffer_get_length(from) > 0;

    if (!has_bytes && (!half->is_made || half->is_ended))
        return 0; /* no stream has begun */
    if (begin_encoding(half) != 0)
        return -1;
    for (size_t bytes; (bytes = lend_piece(&half->stream, from)) > 0; evbuffer_drain(from, bytes))
        if (pump(half, deflate, Z_NO_FLUSH, to) != 0)
            return -1;
    if (mode == BEV_FINISHED)
        return pump(half, deflate, Z_FINISH, to);
    return has_bytes ? pump(half, deflate, Z_SYNC_FLUSH, to) : 0;
}

static int begin_decoding(struct deflate_half *half)
{
    if (!half->is_made && inflateInit(&half->stream) != Z_OK)
        return -1;
    half->is_made = true;
    return 0;
}

/* One piece can end a stream and begin the next. */
static int decode_piece(struct deflate_half *half, struct evbuffer *to)
{
    do {
        if (half->is_ended && inflateReset(&half->stream) != Z_OK)
            return -1;
        if (pump(half, inflate, Z_SYNC_FLUSH, to) != 0)
            return -1;
    } while (half->stream.avail_in > 0);
    return 0;
}

static int deflate_decode(void *decoder, struct evbuffer *from, struct evbuffer *to)
{
    struct deflate_half *half = decoder;

    if (begin_decoding(half) != 0)
        return -1;
    for (size_t bytes; (bytes = lend_piece(&half->stream, from)) > 0; evbuffer_drain(from, bytes))
        if (decode_piece(half, to) != 0)
            return -1;
    return 0;
}

const struct filter_ops filter_deflate_ops = {
    .encoder_new = half_new,
    .decoder_new = half_new,
    .encoder_free = encoder_free,
    .decoder_free = decoder_free,
    .encode = deflate_encode,
    .decode = deflate_decode,
};
