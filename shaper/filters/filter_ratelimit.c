#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "shaper/filters/filter_internal.h"
#include "shaper/libevent/timer.h"
#include "shaper/libevent/state.h"

#define FIRST_ENDS 4

/*
 * The worker that runs mod_ratelimit passes it brigades and sleeps inside it. What arrives
 * meanwhile waits and becomes the next brigade (or several, if they have a fixed size). Where ends
 * of responses are known the worker serves one response after the other, each with a filter of its
 * own, as Apache does.
 */
struct ratelimit {
    struct filter_setup setup;
    struct mod_ratelimit *response; /* NULL: not in this direction */
    struct evbuffer *held;          /* received and not passed on: first what is in the response */
    uint64_t waiting_bytes;         /* of these, not yet in a brigade */
    enum marker { NOTHING, A_FLUSH, AN_EOS } marker; /* what follows the waiting bytes */
    uint64_t received_bytes;
    uint64_t *ends; /* of responses that it has not given whole: ascending, in
                     * received bytes */
    size_t end_count;
    size_t end_room;
    bool is_last_brigade;             /* the last one of its response was given */
    struct mod_ratelimit_piece piece; /* to be passed on when the worker wakes */
    struct timer timer;
    bool is_asleep;
};

static void wake(void *arg);

static void ratelimit_free(void *encoder)
{
    struct ratelimit *ratelimit = encoder;

    if (!ratelimit)
        return;
    timer_cancel(&ratelimit->timer);
    mod_ratelimit_free(ratelimit->response);
    free(ratelimit->ends);
    if (ratelimit->held)
        evbuffer_free(ratelimit->held);
    free(ratelimit);
}

static void *ratelimit_new(const struct filter_setup *setup)
{
    struct ratelimit *ratelimit = calloc(1, sizeof(*ratelimit));

    if (!ratelimit)
        return NULL;
    ratelimit->setup = *setup;
    timer_init(&ratelimit->timer, setup->shaper, wake, ratelimit);
    ratelimit->held = evbuffer_new();
    if (setup->from_responder)
        ratelimit->response = mod_ratelimit_new(&setup->filter->ratelimit);
    if (!ratelimit->held || (setup->from_responder && !ratelimit->response)) {
        ratelimit_free(ratelimit);
        return NULL;
    }
    return ratelimit;
}

/* Whether the end of the present response was received. */
static bool has_end(const struct ratelimit *ratelimit)
{
    return ratelimit->end_count > 0 && ratelimit->ends[0] <= ratelimit->received_bytes;
}

/* Those of the waiting bytes that belong to the present response. */
static uint64_t bytes_of_response(const struct ratelimit *ratelimit)
{
    uint64_t given_bytes = ratelimit->received_bytes - ratelimit->waiting_bytes;

    return has_end(ratelimit) ? ratelimit->ends[0] - given_bytes : ratelimit->waiting_bytes;
}

/* How many of the waiting bytes make a brigade; false: none yet. */
static bool next_brigade(const struct ratelimit *ratelimit, uint64_t *bytes)
{
    uint64_t size = ratelimit->setup.filter->brigade_bytes;

    *bytes = bytes_of_response(ratelimit);
    if (size > 0 && *bytes >= size) {
        *bytes = size;
        return true;
    }
    return has_end(ratelimit) || ratelimit->marker != NOTHING || (size == 0 && *bytes > 0);
}

/* The marker that follows the next brigade of `bytes`, which takes it. */
static enum marker take_marker(struct ratelimit *ratelimit, uint64_t bytes)
{
    enum marker marker = ratelimit->marker;

    if (bytes != bytes_of_response(ratelimit))
        return NOTHING;
    if (has_end(ratelimit)) {
        ratelimit->is_last_brigade = true;
        memmove(ratelimit->ends, ratelimit->ends + 1,
                --ratelimit->end_count * sizeof(*ratelimit->ends));
        if (marker == A_FLUSH && bytes == ratelimit->waiting_bytes)
            ratelimit->marker = NOTHING;
        return AN_EOS;
    }
    ratelimit->marker = NOTHING;
    return marker;
}

/* Hands over the next brigade, if there is one: 1, 0, or -1 on allocation failure. */
static int give_brigade(struct ratelimit *ratelimit)
{
    struct mod_ratelimit_item items[2] = {{.element = MOD_RATELIMIT_DATA}};
    size_t count = 0;
    uint64_t bytes;

    if (!next_brigade(ratelimit, &bytes))
        return 0;
    if (bytes > 0)
        items[count++].bytes = bytes;
    enum marker marker = take_marker(ratelimit, bytes);
    if (marker != NOTHING)
        items[count++] = (struct mod_ratelimit_item){
            .element = marker == AN_EOS ? MOD_RATELIMIT_EOS : MOD_RATELIMIT_FLUSH};
    ratelimit->waiting_bytes -= bytes;
    return mod_ratelimit_give(ratelimit->response, items, count) == SHAPER_OK ? 1 : -1;
}

static int pass_on(struct ratelimit *ratelimit, struct evbuffer *to)
{
    for (uint64_t left = ratelimit->piece.bytes; left > 0;) {
        size_t n = left < 1 << 30 ? (size_t)left : 1 << 30; /* evbuffers count in int here */
        if (evbuffer_remove_buffer(ratelimit->held, to, n) != (int)n)
            return -1;
        left -= n;
    }
    return 0;
}

/* The present response has passed, or is the only one: the next one gets a filter of its own. 0, or
 * -1 on allocation failure. */
static int end_passed(struct ratelimit *ratelimit)
{
    if (!ratelimit->is_last_brigade)
        return 0;
    ratelimit->is_last_brigade = false;
    mod_ratelimit_free(ratelimit->response);
    ratelimit->response = mod_ratelimit_new(&ratelimit->setup.filter->ratelimit);
    return ratelimit->response ? 0 : -1;
}

/* Runs until it sleeps or has nothing left. */
static int work(struct ratelimit *ratelimit, struct evbuffer *to)
{
    int given = 1;

    while (given > 0) {
        while (mod_ratelimit_next(ratelimit->response, &ratelimit->piece)) {
            if (ratelimit->piece.sleep_us > 0) {
                ratelimit->is_asleep = true;
                timer_set(&ratelimit->timer, ratelimit->piece.sleep_us);
                return 0;
            }
            if (pass_on(ratelimit, to) != 0)
                return -1;
        }
        if (end_passed(ratelimit) != 0)
            return -1;
        given = give_brigade(ratelimit);
    }
    return given;
}

static void wake(void *arg)
{
    struct ratelimit *ratelimit = arg;
    struct evbuffer *out = evbuffer_new();

    ratelimit->is_asleep = false;
    if (!out || pass_on(ratelimit, out) != 0 || work(ratelimit, out) != 0)
        ratelimit->setup.shaper->is_out_of_memory = true;
    if (out) {
        ratelimit->setup.emit(ratelimit->setup.emit_arg, out);
        evbuffer_free(out);
    }
}

static int ratelimit_encode(void *encoder, struct evbuffer *from, struct evbuffer *to,
                            enum bufferevent_flush_mode mode)
{
    struct ratelimit *ratelimit = encoder;

    if (!ratelimit->response)
        return evbuffer_add_buffer(to, from);
    ratelimit->waiting_bytes += evbuffer_get_length(from);
    ratelimit->received_bytes += evbuffer_get_length(from);
    bool flushes = mode == BEV_FLUSH || ratelimit->setup.filter->flushes_writes;
    if (flushes && ratelimit->marker == NOTHING)
        ratelimit->marker = A_FLUSH;
    if (mode == BEV_FINISHED)
        ratelimit->marker = AN_EOS;
    if (evbuffer_add_buffer(ratelimit->held, from) != 0)
        return -1;
    return ratelimit->is_asleep ? 0 : work(ratelimit, to);
}

static int ratelimit_end_response(void *encoder, uint64_t end_bytes, struct evbuffer *to)
{
    struct ratelimit *ratelimit = encoder;

    if (!ratelimit->response)
        return 0;
    if (ratelimit->end_count == ratelimit->end_room) {
        size_t room = ratelimit->end_room ? 2 * ratelimit->end_room : FIRST_ENDS;
        uint64_t *ends = reallocarray(ratelimit->ends, room, sizeof(*ends));
        if (!ends)
            return -1;
        ratelimit->ends = ends;
        ratelimit->end_room = room;
    }
    ratelimit->ends[ratelimit->end_count++] = end_bytes;
    return ratelimit->is_asleep ? 0 : work(ratelimit, to);
}

static uint64_t ratelimit_held_bytes(const void *encoder)
{
    return evbuffer_get_length(((const struct ratelimit *)encoder)->held);
}

/* None of it is left in the stream. */
static void *nothing_new(const struct filter_setup *setup)
{
    (void)setup;
    return malloc(1);
}

static int ratelimit_decode(void *decoder, struct evbuffer *from, struct evbuffer *to)
{
    (void)decoder;
    return evbuffer_add_buffer(to, from);
}

const struct filter_ops filter_ratelimit_ops = {
    .encoder_new = ratelimit_new,
    .decoder_new = nothing_new,
    .encoder_free = ratelimit_free,
    .decoder_free = free,
    .encode = ratelimit_encode,
    .end_response = ratelimit_end_response,
    .decode = ratelimit_decode,
    .held_bytes = ratelimit_held_bytes,
};
