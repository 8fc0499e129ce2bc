#include <stdlib.h>

#include <event2/buffer.h>

#include "shaper/filters/filter_internal.h"

/* One direction at one end, and what its callbacks have left. */
struct hook_half {
    const struct shaper_filter_hook *hook;
    struct shaper_hook_stream stream;
    struct evbuffer *held;
    bool has_begun; /* a callback was called since the stream last ended */
    bool is_broken;
};

static void *half_new(const struct filter_setup *setup)
{
    struct hook_half *half = calloc(1, sizeof(*half));

    if (!half)
        return NULL;
    half->hook = setup->filter->hook;
    half->stream = (struct shaper_hook_stream){
        .arg = half->hook->arg, .direction = setup->direction, .is_sender = setup->is_sender};
    half->held = evbuffer_new();
    if (!half->held) {
        free(half);
        return NULL;
    }
    return half;
}

/* Calls `end`, once for a stream that has begun. */
static int end_stream(struct hook_half *half, struct evbuffer *to)
{
    int status = 0;

    if (half->has_begun && half->hook->end)
        status = half->hook->end(&half->stream, half->held, to);
    half->has_begun = false;
    half->stream.state = NULL;
    return status == 0 ? 0 : FILTER_BROKEN;
}

static void half_free(void *one)
{
    struct hook_half *half = one;

    if (!half)
        return;
    end_stream(half, NULL);
    evbuffer_free(half->held);
    free(half);
}

static int call(struct hook_half *half, shaper_hook_callback *callback, struct evbuffer *from,
                struct evbuffer *to)
{
    if (evbuffer_get_length(from) == 0)
        return 0;
    if (evbuffer_add_buffer(half->held, from) != 0)
        return -1;
    half->has_begun = true;
    return callback(&half->stream, half->held, to) == 0 ? 0 : FILTER_BROKEN;
}

/* A flush comes when the channel closes: what is held passes, whichever it is. */
static int hook_encode(void *encoder, struct evbuffer *from, struct evbuffer *to,
                       enum bufferevent_flush_mode mode)
{
    struct hook_half *half = encoder;

    int status = half->is_broken ? FILTER_BROKEN : call(half, half->hook->in, from, to);
    if (status == 0 && mode != BEV_NORMAL) {
        status = end_stream(half, to);
        if (status == 0)
            status = evbuffer_add_buffer(to, half->held);
    }
    half->is_broken = status == FILTER_BROKEN;
    return status;
}

static int hook_decode(void *decoder, struct evbuffer *from, struct evbuffer *to)
{
    struct hook_half *half = decoder;
    int status = half->is_broken ? FILTER_BROKEN : call(half, half->hook->out, from, to);

    half->is_broken = status == FILTER_BROKEN;
    return status;
}

static uint64_t hook_held_bytes(const void *encoder)
{
    return evbuffer_get_length(((const struct hook_half *)encoder)->held);
}

const struct filter_ops filter_hook_ops = {
    .encoder_new = half_new,
    .decoder_new = half_new,
    .encoder_free = half_free,
    .decoder_free = half_free,
    .encode = hook_encode,
    .decode = hook_decode,
    .held_bytes = hook_held_bytes,
};
