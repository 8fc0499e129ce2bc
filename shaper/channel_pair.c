#include "shaper/channel.h"

#include <stddef.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/internal.h"
#include "shaper/suspension.h"

/* libevent exports these for its TLS library; the names and types are part of its ABI. They charge
 * the own bucket and the group's, count the group's totals and suspend whoever has no more. */
struct bufferevent_private;
int bufferevent_decrement_read_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes);
int bufferevent_decrement_write_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes);

/* What a channel's bytes are: only their number matters. */
static const unsigned char zeros[64 * 1024];

struct shaper_channel {
    struct shaper *shaper;
    struct shaper_channel_setup setup;
    struct bufferevent *shaped;
    struct bufferevent *peer;
    struct poll_end shaped_end;
    struct poll_end peer_end;
    unsigned suspended[SHAPER_DIRECTIONS]; /* enum suspension_reason bits */
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    /* Between sockets the kernel holds bytes that one end has written and the other has not read;
     * for pairs these counts stand for it. */
    uint64_t peer_unsent_bytes;   /* read direction: not yet written by the peer */
    uint64_t peer_unread_bytes;   /* write direction: delivered, not yet read in the socket's pace */
    bool delivery_due[SHAPER_DIRECTIONS];
    bool closing;
    bool finishing;
};

static struct shaper_channel *channel_of_shaped(const struct poll_end *end)
{
    return (struct shaper_channel *)((uintptr_t)end - offsetof(struct shaper_channel, shaped_end));
}

static struct shaper_channel *channel_of_peer(const struct poll_end *end)
{
    return (struct shaper_channel *)((uintptr_t)end - offsetof(struct shaper_channel, peer_end));
}

/* Read direction: what the peer has written and the shaped end can read. */
static uint64_t readable_bytes(const struct shaper_channel *channel)
{
    return channel->backlog_bytes[SHAPER_READ] - channel->peer_unsent_bytes;
}

static size_t min_size(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* Lets exactly `bytes` of the sender's output through to the receiver's input. */
static void pass(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    struct bufferevent *receiver = direction == SHAPER_READ ? channel->shaped : channel->peer;
    size_t held = evbuffer_get_length(bufferevent_get_input(receiver));

    bufferevent_setwatermark(receiver, EV_READ, 0, held + bytes);
    bufferevent_enable(receiver, EV_READ);
    bufferevent_disable(receiver, EV_READ);
    if (!channel->delivery_due[direction]) {
        channel->delivery_due[direction] = true;
        channel->shaper->callbacks_due++;
    }
}

/* What libevent's write callback of a socket does. */
static void shaped_write(struct shaper_channel *channel)
{
    ev_ssize_t most = bufferevent_get_max_to_write(channel->shaped);
    struct evbuffer *output = bufferevent_get_output(channel->shaped);

    if (channel->suspended[SHAPER_WRITE])
        return;
    size_t bytes = min_size(evbuffer_get_length(output), (uint64_t)most);
    if (bytes > 0) {
        pass(channel, SHAPER_WRITE, bytes);
        channel->peer_unread_bytes += bytes;
        poll_end_wake(&channel->peer_end, POLL_READABLE);
        bufferevent_decrement_write_buckets_((struct bufferevent_private *)channel->shaped,
                                             (ev_ssize_t)bytes);
    }
    if (evbuffer_get_length(output) == 0)
        poll_end_unwant(&channel->shaped_end, POLL_WRITABLE);
}

/* What libevent's read callback of a socket does. */
static void shaped_read(struct shaper_channel *channel)
{
    ev_ssize_t most = bufferevent_get_max_to_read(channel->shaped);

    if (channel->suspended[SHAPER_READ])
        return;
    if (most > SHAPER_READ_MAX_BYTES)
        most = SHAPER_READ_MAX_BYTES;
    size_t bytes = min_size(readable_bytes(channel), (uint64_t)most);
    if (bytes == 0)
        return;
    pass(channel, SHAPER_READ, bytes);
    bufferevent_decrement_read_buckets_((struct bufferevent_private *)channel->shaped,
                                        (ev_ssize_t)bytes);
}

/* The peer has no limit but what one callback moves. */
static void peer_write(struct shaper_channel *channel)
{
    size_t bytes = min_size(channel->peer_unsent_bytes,
                            (uint64_t)bufferevent_get_max_to_write(channel->peer));

    channel->peer_unsent_bytes -= bytes;
    poll_end_wake(&channel->shaped_end, POLL_READABLE);
    if (channel->peer_unsent_bytes == 0)
        poll_end_unwant(&channel->peer_end, POLL_WRITABLE);
}

static void peer_read(struct shaper_channel *channel)
{
    channel->peer_unread_bytes -= min_size(channel->peer_unread_bytes, SHAPER_READ_MAX_BYTES);
}

static unsigned shaped_ready(const struct poll_end *end)
{
    return POLL_WRITABLE | (readable_bytes(channel_of_shaped(end)) > 0 ? POLL_READABLE : 0U);
}

static void shaped_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        shaped_read(channel_of_shaped(end));
    else
        shaped_write(channel_of_shaped(end));
}

static unsigned peer_ready(const struct poll_end *end)
{
    return POLL_WRITABLE | (channel_of_peer(end)->peer_unread_bytes > 0 ? POLL_READABLE : 0U);
}

static void peer_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        peer_read(channel_of_peer(end));
    else
        peer_write(channel_of_peer(end));
}

static const struct poll_ops shaped_ops = {shaped_ready, shaped_act};
static const struct poll_ops peer_ops = {peer_ready, peer_act};

static void finish(struct shaper_channel *channel);

static void take_out(struct shaper_channel *channel, enum shaper_direction direction,
                     struct bufferevent *receiver)
{
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t bytes = evbuffer_get_length(input);

    if (channel->delivery_due[direction]) {
        channel->delivery_due[direction] = false;
        channel->shaper->callbacks_due--;
    }
    if (bytes == 0)
        return;
    evbuffer_drain(input, bytes);
    channel->backlog_bytes[direction] -= bytes;
    channel->setup.callbacks->delivered(channel->setup.arg, direction, bytes);
    if (channel->closing)
        finish(channel);
}

static void shaped_read_callback(struct bufferevent *shaped, void *arg)
{
    take_out(arg, SHAPER_READ, shaped);
}

static void peer_read_callback(struct bufferevent *peer, void *arg)
{
    take_out(arg, SHAPER_WRITE, peer);
}

/* The peer sees the end of file: the last thing that happens to a channel. */
static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct shaper_channel *channel = arg;
    const struct shaper_channel_setup setup = channel->setup;

    (void)peer;
    if (!channel->finishing || !(what & BEV_EVENT_EOF))
        return;
    channel->shaper->callbacks_due--;
    channel->finishing = false;
    shaper_channel_free(channel);
    setup.callbacks->closed(setup.arg);
}

static void finish(struct shaper_channel *channel)
{
    if (channel->finishing || channel->backlog_bytes[SHAPER_READ] ||
        channel->backlog_bytes[SHAPER_WRITE])
        return;
    channel->finishing = true;
    channel->shaper->callbacks_due++;
    channel->setup.callbacks->leaving(channel->setup.arg);
    /* libevent's own clean-up would leave the group only later, after the group may be gone. */
    bufferevent_remove_from_rate_limit_group(channel->shaped);
    bufferevent_flush(channel->shaped, EV_WRITE, BEV_FINISHED);
}

/* libevent stopped or released a shaped end. A release lets a socket wait for its descriptor
 * again, in both senses: that is what the interest stands for. */
static void observe_suspension(struct bufferevent *bufferevent, enum shaper_direction direction,
                               unsigned reason, bool stopped)
{
    bufferevent_data_cb read_callback;
    void *arg;

    if (reason == SUSPENSION_WATERMARK)
        return; /* of our own grants */
    bufferevent_getcb(bufferevent, &read_callback, NULL, NULL, &arg);
    if (read_callback != shaped_read_callback)
        return;
    struct shaper_channel *channel = arg;
    enum poll_event event = direction == SHAPER_READ ? POLL_READABLE : POLL_WRITABLE;
    if (stopped) {
        channel->suspended[direction] |= reason;
        poll_end_unwant(&channel->shaped_end, event);
    } else {
        channel->suspended[direction] &= ~reason;
        if (!channel->suspended[direction])
            poll_end_want(&channel->shaped_end, event);
    }
}

static bool join(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = &channel->setup;

    if (setup->own_cfg && bufferevent_set_rate_limit(channel->shaped, setup->own_cfg) != 0)
        return false;
    if (setup->group && bufferevent_add_to_rate_limit_group(
                            channel->shaped, shaper_group_native(setup->group)) != 0)
        return false;
    return true;
}

struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup)
{
    struct shaper_channel *channel = calloc(1, sizeof(*channel));
    struct bufferevent *pair[2];

    if (!channel)
        return NULL;
    channel->shaper = shaper;
    channel->setup = *setup;
    poll_end_init(&channel->shaped_end, &shaper->poller, &shaped_ops);
    poll_end_init(&channel->peer_end, &shaper->poller, &peer_ops);
    if (bufferevent_pair_new(shaper->base, 0, pair) != 0) {
        free(channel);
        return NULL;
    }
    channel->peer = pair[0];
    channel->shaped = pair[1];
    suspension_observe(observe_suspension);
    bufferevent_setcb(channel->shaped, shaped_read_callback, NULL, NULL, channel);
    bufferevent_setcb(channel->peer, peer_read_callback, NULL, peer_event_callback, channel);
    poll_end_want(&channel->peer_end, POLL_READABLE);
    poll_end_want(&channel->shaped_end, POLL_READABLE);
    if (!join(channel)) {
        shaper_channel_free(channel);
        return NULL;
    }
    return channel;
}

int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         size_t bytes)
{
    struct bufferevent *sender = direction == SHAPER_READ ? channel->peer : channel->shaped;
    struct evbuffer *output = bufferevent_get_output(sender);

    for (size_t left = bytes; left > 0;) {
        size_t n = min_size(left, sizeof(zeros));
        if (evbuffer_add_reference(output, zeros, n, NULL, NULL) != 0)
            return SHAPER_ERROR_MEMORY;
        left -= n;
    }
    channel->backlog_bytes[direction] += bytes;
    if (bytes == 0)
        return SHAPER_OK;
    if (direction == SHAPER_READ) {
        channel->peer_unsent_bytes += bytes;
        poll_end_want(&channel->peer_end, POLL_WRITABLE);
    } else if (!channel->suspended[SHAPER_WRITE]) {
        poll_end_want(&channel->shaped_end, POLL_WRITABLE);
    }
    return SHAPER_OK;
}

void shaper_channel_close(struct shaper_channel *channel)
{
    channel->closing = true;
    finish(channel);
}

uint64_t shaper_channel_backlog(const struct shaper_channel *channel,
                                enum shaper_direction direction)
{
    return channel->backlog_bytes[direction];
}

int64_t shaper_channel_own_level(struct shaper_channel *channel, enum shaper_direction direction)
{
    return direction == SHAPER_READ ? bufferevent_get_read_limit(channel->shaped)
                                    : bufferevent_get_write_limit(channel->shaped);
}

bool shaper_channel_own_suspended(const struct shaper_channel *channel)
{
    return ((channel->suspended[SHAPER_READ] | channel->suspended[SHAPER_WRITE]) &
            SUSPENSION_OWN_LIMIT) != 0;
}

void shaper_channel_free(struct shaper_channel *channel)
{
    if (!channel)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        channel->shaper->callbacks_due -= channel->delivery_due[d] ? 1U : 0U;
    channel->shaper->callbacks_due -= channel->finishing ? 1U : 0U;
    bufferevent_remove_from_rate_limit_group(channel->shaped);
    bufferevent_setcb(channel->shaped, NULL, NULL, NULL, NULL);
    bufferevent_setcb(channel->peer, NULL, NULL, NULL, NULL);
    poll_end_unwant(&channel->shaped_end, POLL_READABLE | POLL_WRITABLE);
    poll_end_unwant(&channel->peer_end, POLL_READABLE | POLL_WRITABLE);
    bufferevent_free(channel->shaped);
    bufferevent_free(channel->peer);
    free(channel);
}
