#include <stddef.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/charge.h"
#include "shaper/internal.h"
#include "shaper/suspension.h"

/*
 * Bytes on their way, for each direction:
 *     offered -> unsent -> [in the kernel, if these were sockets] -> across the pair -> delivered
 * The shaped end pays when it takes them out of `unsent` (write) or out of the kernel (read).
 */
struct pair_channel {
    struct shaper_channel common;
    struct poll_end shaped_end;
    struct poll_end peer_end;
    unsigned suspended[SHAPER_DIRECTIONS]; /* enum suspension_reason bits */
    uint64_t unsent_bytes[SHAPER_DIRECTIONS];
    uint64_t in_kernel_bytes[SHAPER_DIRECTIONS];
    bool delivery_due[SHAPER_DIRECTIONS];
};

static struct pair_channel *pair_of_shaped(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, shaped_end));
}

static struct pair_channel *pair_of_peer(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, peer_end));
}

static size_t min_size(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* Bytes cross the pair: the receiver reads all the time, what it may not have yet is not sent. */
static void pass(struct pair_channel *pair, enum shaper_direction direction, size_t bytes)
{
    struct shaper_channel *channel = &pair->common;
    struct bufferevent *sender = direction == SHAPER_READ ? channel->peer : channel->shaped;

    for (size_t left = bytes; left > 0;) {
        size_t n = min_size(left, CHANNEL_ZEROS_BYTES);
        if (evbuffer_add_reference(bufferevent_get_output(sender), channel_zeros, n, NULL, NULL) !=
            0) {
            channel->shaper->is_out_of_memory = true;
            break;
        }
        left -= n;
    }
    if (!pair->delivery_due[direction]) {
        pair->delivery_due[direction] = true;
        channel->shaper->callbacks_due++;
    }
}

/* What libevent's write callback of a socket does. */
static void shaped_write(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;
    ev_ssize_t most = bufferevent_get_max_to_write(shaped);

    if (pair->suspended[SHAPER_WRITE])
        return;
    size_t bytes = min_size(pair->unsent_bytes[SHAPER_WRITE], (uint64_t)most);
    if (bytes > 0) {
        pair->unsent_bytes[SHAPER_WRITE] -= bytes;
        pair->in_kernel_bytes[SHAPER_WRITE] += bytes;
        poll_end_wake(&pair->peer_end, POLL_READABLE);
        bufferevent_decrement_write_buckets_((struct bufferevent_private *)shaped,
                                             (ev_ssize_t)bytes);
    }
    if (pair->unsent_bytes[SHAPER_WRITE] == 0)
        poll_end_unwant(&pair->shaped_end, POLL_WRITABLE);
}

/* What libevent's read callback of a socket does. */
static void shaped_read(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;
    ev_ssize_t most = bufferevent_get_max_to_read(shaped);

    if (pair->suspended[SHAPER_READ])
        return;
    if (most > SHAPER_READ_MAX_BYTES)
        most = SHAPER_READ_MAX_BYTES;
    size_t bytes = min_size(pair->in_kernel_bytes[SHAPER_READ], (uint64_t)most);
    if (bytes == 0)
        return;
    pair->in_kernel_bytes[SHAPER_READ] -= bytes;
    pass(pair, SHAPER_READ, bytes);
    bufferevent_decrement_read_buckets_((struct bufferevent_private *)shaped, (ev_ssize_t)bytes);
}

/* The peer has no limit but what one callback moves. */
static void peer_write(struct pair_channel *pair)
{
    size_t bytes = min_size(pair->unsent_bytes[SHAPER_READ],
                            (uint64_t)bufferevent_get_max_to_write(pair->common.peer));

    pair->unsent_bytes[SHAPER_READ] -= bytes;
    pair->in_kernel_bytes[SHAPER_READ] += bytes;
    if (bytes > 0)
        poll_end_wake(&pair->shaped_end, POLL_READABLE);
    if (pair->unsent_bytes[SHAPER_READ] == 0)
        poll_end_unwant(&pair->peer_end, POLL_WRITABLE);
}

static void peer_read(struct pair_channel *pair)
{
    size_t bytes = min_size(pair->in_kernel_bytes[SHAPER_WRITE], SHAPER_READ_MAX_BYTES);

    pair->in_kernel_bytes[SHAPER_WRITE] -= bytes;
    pass(pair, SHAPER_WRITE, bytes);
}

static unsigned shaped_ready(const struct poll_end *end)
{
    return POLL_WRITABLE |
           (pair_of_shaped(end)->in_kernel_bytes[SHAPER_READ] > 0 ? POLL_READABLE : 0U);
}

static void shaped_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        shaped_read(pair_of_shaped(end));
    else
        shaped_write(pair_of_shaped(end));
}

static unsigned peer_ready(const struct poll_end *end)
{
    return POLL_WRITABLE |
           (pair_of_peer(end)->in_kernel_bytes[SHAPER_WRITE] > 0 ? POLL_READABLE : 0U);
}

static void peer_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        peer_read(pair_of_peer(end));
    else
        peer_write(pair_of_peer(end));
}

static const struct poll_ops shaped_ops = {shaped_ready, shaped_act};
static const struct poll_ops peer_ops = {peer_ready, peer_act};

static void delivered(struct pair_channel *pair, enum shaper_direction direction)
{
    if (pair->delivery_due[direction]) {
        pair->delivery_due[direction] = false;
        pair->common.shaper->callbacks_due--;
    }
    channel_take_out(&pair->common, direction);
}

static void shaped_read_callback(struct bufferevent *shaped, void *arg)
{
    (void)shaped;
    delivered(arg, SHAPER_READ);
}

static void peer_read_callback(struct bufferevent *peer, void *arg)
{
    (void)peer;
    delivered(arg, SHAPER_WRITE);
}

static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct pair_channel *pair = arg;

    (void)peer;
    if (pair->common.ending && (what & BEV_EVENT_EOF))
        channel_saw_end(&pair->common);
}

/* libevent stopped or released a shaped end. A release lets a socket wait for its descriptor
 * again, in the sense that was stopped: that is what the interest stands for. */
static void observe_suspension(struct bufferevent *bufferevent, enum shaper_direction direction,
                               unsigned reason, bool stopped)
{
    bufferevent_data_cb read_callback;
    void *arg;

    bufferevent_getcb(bufferevent, &read_callback, NULL, NULL, &arg);
    if (read_callback != shaped_read_callback)
        return;
    struct pair_channel *pair = arg;
    enum poll_event event = direction == SHAPER_READ ? POLL_READABLE : POLL_WRITABLE;
    if (stopped) {
        pair->suspended[direction] |= reason;
        poll_end_unwant(&pair->shaped_end, event);
    } else {
        pair->suspended[direction] &= ~reason;
        if (!pair->suspended[direction])
            poll_end_want(&pair->shaped_end, event);
    }
}

static int pair_offer(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    pair->unsent_bytes[direction] += bytes;
    if (direction == SHAPER_READ)
        poll_end_want(&pair->peer_end, POLL_WRITABLE);
    else if (!pair->suspended[SHAPER_WRITE])
        poll_end_want(&pair->shaped_end, POLL_WRITABLE);
    return 0;
}

static void pair_end(struct shaper_channel *channel)
{
    channel->shaper->callbacks_due++; /* the peer's event callback is deferred, too */
    bufferevent_flush(channel->shaped, EV_WRITE, BEV_FINISHED);
}

static void pair_fini(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        channel->shaper->callbacks_due -= pair->delivery_due[d] ? 1U : 0U;
    channel->shaper->callbacks_due -= channel->ending ? 1U : 0U;
    poll_end_unwant(&pair->shaped_end, POLL_READABLE | POLL_WRITABLE);
    poll_end_unwant(&pair->peer_end, POLL_READABLE | POLL_WRITABLE);
}

static const struct channel_ops pair_ops = {
    .offer = pair_offer, .end = pair_end, .fini = pair_fini};

struct shaper_channel *channel_pair_new(struct shaper *shaper, int *status)
{
    struct pair_channel *pair = calloc(1, sizeof(*pair));
    struct bufferevent *ends[2];

    *status = SHAPER_ERROR_MEMORY;
    if (!pair)
        return NULL;
    if (bufferevent_pair_new(shaper->base, 0, ends) != 0) {
        free(pair);
        return NULL;
    }
    pair->common.ops = &pair_ops;
    pair->common.shaper = shaper;
    pair->common.peer = ends[0];
    pair->common.shaped = ends[1];
    poll_end_init(&pair->shaped_end, &shaper->poller, &shaped_ops);
    poll_end_init(&pair->peer_end, &shaper->poller, &peer_ops);
    suspension_observe(observe_suspension);
    bufferevent_setcb(ends[1], shaped_read_callback, NULL, NULL, pair);
    bufferevent_setcb(ends[0], peer_read_callback, NULL, peer_event_callback, pair);
    bufferevent_enable(ends[0], EV_READ);
    bufferevent_enable(ends[1], EV_READ);
    poll_end_want(&pair->peer_end, POLL_READABLE);
    poll_end_want(&pair->shaped_end, POLL_READABLE);
    *status = SHAPER_OK;
    return &pair->common;
}
