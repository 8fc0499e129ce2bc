#include "shaper/channel/channel_pair.h"

#include <stddef.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/channel/pair_crossing.h"
#include "shaper/channel/pair_queue.h"
#include "shaper/suspend_hooks.h"

static struct pair_channel *pair_of_shaped(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, shaped_end));
}

static struct pair_channel *pair_of_peer(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, peer_end));
}

/* The counterpart of libevent's write callback of a socket. */
static void shaped_write(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;
    ev_ssize_t most = bufferevent_get_max_to_write(shaped);

    if (pair->suspended[SHAPER_WRITE])
        return;
    size_t bytes = pair_min(pair->unsent_bytes[SHAPER_WRITE], (uint64_t)most);
    if (bytes > 0) {
        pair->unsent_bytes[SHAPER_WRITE] -= bytes;
        pair->in_kernel_bytes[SHAPER_WRITE] += bytes;
        poll_end_wake(&pair->peer_end, POLL_READABLE);
        channel_charge(&pair->common, SHAPER_WRITE, bytes);
    }
    if (pair->unsent_bytes[SHAPER_WRITE] == 0)
        poll_end_unwant(&pair->shaped_end, POLL_WRITABLE);
    if (bytes > 0)
        channel_wrote(&pair->common);
}

/* The counterpart of libevent's read callback of a socket. */
static void shaped_read(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;

    if (pair->suspended[SHAPER_READ])
        return;
    size_t most = pair_min((uint64_t)bufferevent_get_max_to_read(shaped), SHAPER_READ_MAX_BYTES);
    most = pair_min(most, pair_read_room(pair));
    size_t bytes = pair_min(pair->in_kernel_bytes[SHAPER_READ], most);
    if (bytes == 0)
        return;
    pair->in_kernel_bytes[SHAPER_READ] -= bytes;
    pair_read_in(pair, SHAPER_READ, bytes);
    channel_charge(&pair->common, SHAPER_READ, bytes);
    pair_hand_on(pair, SHAPER_READ);
}

/* The peer's only limit is what one callback moves. */
static void peer_write(struct pair_channel *pair)
{
    size_t bytes = pair_min(pair->unsent_bytes[SHAPER_READ], pair->peer_write_max_bytes);

    pair->unsent_bytes[SHAPER_READ] -= bytes;
    pair->in_kernel_bytes[SHAPER_READ] += bytes;
    if (bytes > 0)
        poll_end_wake(&pair->shaped_end, POLL_READABLE);
    if (pair->unsent_bytes[SHAPER_READ] == 0)
        poll_end_unwant(&pair->peer_end, POLL_WRITABLE);
}

/* The peer's event callback is deferred, too. */
static void peer_read_end(struct pair_channel *pair)
{
    pair->has_ended = false;
    pair->is_end_due = true;
    pair->common.shaper->callbacks_due++;
    bufferevent_flush(pair->common.shaped, EV_WRITE, BEV_FINISHED);
}

static void peer_read(struct pair_channel *pair)
{
    if (pair->has_ended && pair->in_kernel_bytes[SHAPER_WRITE] == 0) {
        peer_read_end(pair);
        return;
    }
    size_t bytes = pair_min(pair->in_kernel_bytes[SHAPER_WRITE], SHAPER_READ_MAX_BYTES);

    pair->in_kernel_bytes[SHAPER_WRITE] -= bytes;
    pair_read_in(pair, SHAPER_WRITE, bytes);
    pair_hand_on(pair, SHAPER_WRITE);
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
    const struct pair_channel *pair = pair_of_peer(end);
    bool is_readable = pair->in_kernel_bytes[SHAPER_WRITE] > 0 || pair->has_ended;

    return POLL_WRITABLE | (is_readable ? POLL_READABLE : 0U);
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

static void pair_received(struct shaper_channel *channel, enum shaper_direction direction)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    if (!pair->delivery_due[direction] || pair->is_handing_on)
        return;
    pair->delivery_due[direction] = false;
    channel->shaper->callbacks_due--;
}

static void pair_shaped_event(struct shaper_channel *channel, short what)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    if (!(what & BEV_EVENT_TIMEOUT))
        return;
    if ((what & BEV_EVENT_READING) && !pair->suspended[SHAPER_READ]) {
        /* a socket that is disabled and enabled again goes to the tail of the ready list again */
        poll_end_unwant(&pair->shaped_end, POLL_READABLE);
        poll_end_want(&pair->shaped_end, POLL_READABLE);
    }
    channel_timed_out(&pair->common, what);
}

static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct pair_channel *pair = arg;

    (void)peer;
    if (pair->common.ending && (what & BEV_EVENT_EOF))
        channel_saw_end(&pair->common);
}

/* A release lets a socket wait again for its descriptor in the direction that was suspended:
 * poll_interest stands for that. */
static void pair_suspended(struct shaper_channel *channel, enum shaper_direction direction,
                           unsigned reason, bool stopped)
{
    struct pair_channel *pair = (struct pair_channel *)channel;
    enum poll_event event = direction == SHAPER_READ ? POLL_READABLE : POLL_WRITABLE;

    if (pair->is_granting && reason == SUSPEND_WATERMARK)
        return;
    if (stopped)
        pair->suspended[direction] |= reason;
    else
        pair->suspended[direction] &= ~reason;
    if (pair->members)
        pair_queue_changed(pair, direction);
    else if (stopped)
        poll_end_unwant(&pair->shaped_end, event);
    else if (!pair->suspended[direction])
        poll_end_want(&pair->shaped_end, event);
}

static int pair_offer(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    pair->unsent_bytes[direction] += bytes;
    pair_line_up(pair, direction);
    return 0;
}

static void filters_wrote(struct evbuffer *output, const struct evbuffer_cb_info *change, void *arg)
{
    struct pair_channel *pair = arg;
    bool is_shaped = output == bufferevent_get_output(pair->common.shaped);
    enum shaper_direction direction = is_shaped ? SHAPER_WRITE : SHAPER_READ;

    if (change->n_added == 0)
        return;
    pair->unsent_bytes[direction] += change->n_added;
    pair_line_up(pair, direction);
}

static void pair_filtered(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;
    struct bufferevent *const ends[] = {channel->shaped, channel->peer};
    struct poll_end *const polled[] = {&pair->shaped_end, &pair->peer_end};

    pair->is_filtered = true;
    bufferevent_setcb(channel->shaped, channel_shaped_readable, NULL, channel_shaped_event, pair);
    bufferevent_setcb(channel->peer, channel_peer_readable, NULL, peer_event_callback, pair);
    /* A scheduled group's queues are joined later. A filter enables a socket below it for writing,
     * whether there is something to write or not, and suspends its reading until the filter is
     * itself enabled: reading is added last, and libevent calls it first. */
    for (int i = 0; i < 2; i++) {
        poll_end_unwant(polled[i], POLL_READABLE);
        poll_end_want(polled[i], POLL_WRITABLE);
        poll_end_want(polled[i], POLL_READABLE);
        bufferevent_disable(ends[i], EV_READ);
        if (!evbuffer_add_cb(bufferevent_get_output(ends[i]), filters_wrote, pair))
            channel->shaper->is_out_of_memory = true;
    }
}

static uint64_t pair_output_bytes(const struct shaper_channel *channel)
{
    return ((const struct pair_channel *)channel)->unsent_bytes[SHAPER_WRITE];
}

/* A pair's flush moves everything across, whether its ends may read and write or not. */
static void flush_direction(struct pair_channel *pair, enum shaper_direction direction,
                            enum bufferevent_flush_mode mode)
{
    struct bufferevent *sender = channel_sender(&pair->common, direction);
    struct bufferevent *receiver = pair_receiver(pair, direction);
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t in_kernel = (size_t)pair->in_kernel_bytes[direction];
    size_t before = evbuffer_get_length(input), low = 0;

    if (mode == BEV_NORMAL) {
        bufferevent_flush(sender, EV_WRITE, mode);
        return;
    }
    pair->is_granting = true; /* a full input would stop the rest, but no time passes meanwhile */
    bufferevent_getwatermark(receiver, EV_READ, &low, NULL);
    bufferevent_setwatermark(receiver, EV_READ, 0, 0);
    if (!pair->is_filtered)
        pair_add_zeros(pair, sender, in_kernel + (size_t)pair->unsent_bytes[direction]);
    bufferevent_flush(sender, EV_WRITE, mode);
    if (direction == SHAPER_READ)
        bufferevent_setwatermark(receiver, EV_READ, low, pair->common.setup->read_high_bytes);
    pair->is_granting = false;
    pair->unsent_bytes[direction] = 0;
    pair->in_kernel_bytes[direction] = 0;
    pair_line_up(pair, direction); /* none of it is left to grant */
    size_t crossed = evbuffer_get_length(input) - before;
    /* What a write had paid for was in the kernel. */
    channel_flushed(&pair->common, direction,
                    crossed - (direction == SHAPER_WRITE ? in_kernel : 0));
    if (crossed == 0)
        return;
    if (pair->is_filtered)
        pair_expect_delivery(pair, direction);
    else
        pair_drain(pair, direction);
}

static void pair_flush(struct shaper_channel *channel, enum bufferevent_flush_mode mode)
{
    flush_direction((struct pair_channel *)channel, SHAPER_WRITE, mode);
    flush_direction((struct pair_channel *)channel, SHAPER_READ, mode);
}

/* With a high read watermark a socket's end stops when it is full, is emptied by its read callback
 * and goes to the tail again, all before another end acts; with a low one each read is compared. A
 * timeout comes, among those of one instant, in the order of the last delivery. */
static void pair_start(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = channel->setup;

    ((struct pair_channel *)channel)->delivers_at_once =
        !setup->sums_deliveries || setup->read_high_bytes > 0 || setup->read_low_bytes > 0 ||
        setup->timeout_us[SHAPER_READ] > 0 || setup->timeout_us[SHAPER_WRITE] > 0;
}

/* The end of file is an event of the poll as a socket's is: how many there are decides how many of
 * them libevent asks for at once. */
static void pair_end(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    pair->has_ended = true;
    poll_end_wake(&pair->peer_end, POLL_READABLE);
}

static void pair_fini(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        channel->shaper->callbacks_due -= pair->delivery_due[d] ? 1U : 0U;
    channel->shaper->callbacks_due -= pair->is_end_due ? 1U : 0U;
    poll_end_unwant(&pair->shaped_end, POLL_READABLE | POLL_WRITABLE);
    poll_end_unwant(&pair->peer_end, POLL_READABLE | POLL_WRITABLE);
}

static const struct channel_ops pair_ops = {.offer = pair_offer,
                                            .filtered = pair_filtered,
                                            .suspended = pair_suspended,
                                            .received = pair_received,
                                            .deliver = pair_deliver,
                                            .shaped_event = pair_shaped_event,
                                            .set_queues = pair_set_queues,
                                            .output_bytes = pair_output_bytes,
                                            .flush = pair_flush,
                                            .start = pair_start,
                                            .end = pair_end,
                                            .fini = pair_fini};

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
    pair->peer_write_max_bytes = (uint32_t)bufferevent_get_max_to_write(ends[0]);
    poll_end_init(&pair->shaped_end, &shaper->poller, &shaped_ops);
    poll_end_init(&pair->peer_end, &shaper->poller, &peer_ops);
    bufferevent_setcb(ends[1], NULL, NULL, channel_shaped_event, pair);
    bufferevent_setcb(ends[0], NULL, NULL, peer_event_callback, pair);
    bufferevent_enable(ends[0], EV_READ);
    bufferevent_enable(ends[1], EV_READ);
    poll_end_want(&pair->peer_end, POLL_READABLE);
    poll_end_want(&pair->shaped_end, POLL_READABLE);
    *status = SHAPER_OK;
    return &pair->common;
}
