#include "shaper/channel/channel_life.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>

#include "shaper/channel/shared_setup.h"
#include "shaper/channel/filter_chain.h"
#include "shaper/libevent/charge.h"
#include "shaper/schedulers/group_internal.h"
#include "shaper/suspend_hooks.h"

const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

/* --- events from libevent ------------------------------------------------------------------ */

/* The channel whose shaped end this is; NULL for any other bufferevent. */
static struct shaper_channel *channel_of_shaped(struct bufferevent *bufferevent)
{
    bufferevent_event_cb event_callback;
    void *arg;

    bufferevent_getcb(bufferevent, NULL, NULL, &event_callback, &arg);
    return event_callback == channel_shaped_event ? arg : NULL;
}

static void observe_suspension(struct bufferevent *bufferevent, enum shaper_direction direction,
                               unsigned reason, bool stopped)
{
    struct shaper_channel *channel = channel_of_shaped(bufferevent);
    struct shaper_group *group = channel ? NULL : group_of_sentinel(bufferevent);

    if (channel && channel->ops->suspended)
        channel->ops->suspended(channel, direction, reason, stopped);
    if (group)
        group_sentinel_suspended(group, direction, stopped);
}

static void report_charge(struct shaper_channel *channel, enum shaper_direction direction,
                          size_t bytes)
{
    if (channel->setup->callbacks->charged && !channel->ending)
        channel->setup->callbacks->charged(channel->arg, direction, bytes);
}

static void observe_charge(struct bufferevent *bufferevent, enum shaper_direction direction,
                           size_t bytes)
{
    struct shaper_channel *channel = channel_of_shaped(bufferevent);

    if (channel)
        report_charge(channel, direction, bytes);
}

void channel_charge(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    charge(channel->shaped, direction, bytes);
    report_charge(channel, direction, bytes);
}

void channel_observe_libevent(void)
{
    suspend_hooks_set(observe_suspension);
    charge_observe(observe_charge);
}

/* --- leaving ------------------------------------------------------------------------------ */

static bool is_drained(const struct shaper_channel *channel)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (channel->backlog_bytes[d] > 0)
            return false;
        if (channel->chain && !filter_chain_is_empty(channel->chain, (enum shaper_direction)d))
            return false;
    }
    return !channel->is_opening;
}

static void list_as_leaving(struct shaper_channel *channel)
{
    struct shaper *shaper = channel->shaper;

    if (channel->is_leaving || channel->ending)
        return;
    channel->is_leaving = true;
    TAILQ_INSERT_TAIL(&shaper->leaving, channel, leaving);
    event_active(shaper->leave, EV_TIMEOUT, 0);
}

bool channel_drains_with(const struct shaper_channel *channel,
                         const uint64_t bytes[SHAPER_DIRECTIONS])
{
    if (!channel->closing)
        return false;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (channel->backlog_bytes[d] != bytes[d])
            return false;
    return true;
}

static void leave_if_drained(struct shaper_channel *channel)
{
    if (channel->closing && is_drained(channel))
        list_as_leaving(channel);
}

static void unlist(struct shaper_channel *channel)
{
    if (!channel->is_leaving)
        return;
    channel->is_leaving = false;
    TAILQ_REMOVE(&channel->shaper->leaving, channel, leaving);
}

/* --- delivering --------------------------------------------------------------------------- */

/* What the receiving application's input must hold for its callback. A closing channel's end of
 * file comes after all that is left, which the application takes with it. */
static size_t low_bytes(const struct shaper_channel *channel, enum shaper_direction direction)
{
    size_t low = direction == SHAPER_READ ? channel->setup->read_low_bytes : 0;

    if (channel->is_broken)
        return 0;
    return channel->closing && channel->backlog_bytes[direction] < low
               ? (size_t)channel->backlog_bytes[direction]
               : low;
}

/* Without bufferevent_setwatermark(), which also restarts the read timeout. */
void channel_set_read_low(struct shaper_channel *channel)
{
    if (channel->setup->read_low_bytes > 0)
        channel->shaped_top->wm_read.low = low_bytes(channel, SHAPER_READ);
}

/* Empties the receiving application's input and counts it as delivered. */
static void take_out(struct shaper_channel *channel, enum shaper_direction direction)
{
    struct bufferevent *receiver =
        direction == SHAPER_READ ? channel->shaped_top : channel->peer_top;
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t bytes = evbuffer_get_length(input);

    if (bytes == 0 || bytes < low_bytes(channel, direction))
        return;
    evbuffer_drain(input, bytes);
    channel->backlog_bytes[direction] -= bytes;
    channel_set_read_low(channel);
    channel->setup->callbacks->delivered(channel->arg, direction, bytes);
    leave_if_drained(channel);
}

/* What the read low watermark holds. */
static void take_left(struct shaper_channel *channel)
{
    if (channel->setup->read_low_bytes > 0)
        take_out(channel, SHAPER_READ);
}

/* --- closing ------------------------------------------------------------------------------ */

static void flush_both(struct shaper_channel *channel, enum bufferevent_flush_mode mode)
{
    if (channel->ops->flush) {
        channel->ops->flush(channel, mode);
        return;
    }
    bufferevent_flush(channel->shaped_top, EV_WRITE, mode);
    bufferevent_flush(channel->peer_top, EV_WRITE, mode);
}

/* What was sent before the close is flushed once; but not before a handshake has ended, as it is
 * held until then. */
static void finish(struct shaper_channel *channel)
{
    if (!channel->closing || channel->is_finished || channel->is_opening)
        return;
    channel->is_finished = true;
    switch (channel->setup->flush) {
    case SHAPER_FLUSH_NONE:
        for (int d = 0; d < SHAPER_DIRECTIONS && channel->chain; d++)
            filter_chain_finish(channel->chain, (enum shaper_direction)d);
        break;
    case SHAPER_FLUSH_NORMAL:
        flush_both(channel, BEV_NORMAL);
        break;
    case SHAPER_FLUSH_FLUSH:
        flush_both(channel, BEV_FLUSH);
        break;
    case SHAPER_FLUSH_FINISHED:
        flush_both(channel, BEV_FINISHED);
        break;
    }
}

void shaper_channel_end_response(struct shaper_channel *channel, enum shaper_direction direction)
{
    if (channel->chain && shaper_is_direction(direction))
        filter_chain_end_response(channel->chain, direction);
}

void shaper_channel_close(struct shaper_channel *channel)
{
    channel->closing = true;
    channel_set_read_low(channel);
    finish(channel);
    take_left(channel);
    leave_if_drained(channel);
}

void channel_leave_group(struct shaper_channel *channel)
{
    if (channel->ops->set_queues)
        channel->ops->set_queues(channel, NULL);
    bufferevent_remove_from_rate_limit_group(channel->shaped);
}

void channel_leave_all(struct shaper *shaper)
{
    struct shaper_channel *channel;

    while ((channel = TAILQ_FIRST(&shaper->leaving))) {
        unlist(channel);
        if (!is_drained(channel) && !channel->is_broken)
            continue;
        channel->ending = true;
        TAILQ_INSERT_TAIL(&shaper->ending, channel, leaving);
        channel->setup->callbacks->leaving(channel->arg);
        /* libevent's own clean-up would leave the group only later, when that may be gone. */
        channel_leave_group(channel);
        if (channel->is_broken)
            channel_saw_end(channel);
        else
            channel->ops->end(channel);
    }
}

/* --- events from transports ----------------------------------------------------------------- */

void channel_broke(struct shaper_channel *channel)
{
    if (channel->is_broken || channel->ending)
        return;
    channel->is_broken = true;
    take_left(channel);
    if (channel->setup->callbacks->broken)
        channel->setup->callbacks->broken(channel->arg);
    list_as_leaving(channel);
}

void channel_opened(struct shaper_channel *channel, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    channel->is_opening = false;
    if (channel->setup->callbacks->opened)
        channel->setup->callbacks->opened(channel->arg, bytes);
    finish(channel);
    leave_if_drained(channel);
}

static bool has_room(const struct shaper_channel *channel)
{
    return channel->ops->output_bytes(channel) <= channel->setup->write_low_bytes;
}

/* A socket that leaves its group calls back although it has nothing to write. Filters that wait for
 * room come first: the application is told when they have left some. */
void channel_wrote(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = channel->setup;

    if (setup->filter_high_bytes > 0 && !channel->ending && has_room(channel))
        filter_chain_write(channel->chain);
    if (setup->reports_writable && !channel->ending && has_room(channel))
        setup->callbacks->writable(channel->arg);
}

void channel_flushed(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    if (bytes > 0 && channel->setup->callbacks->flushed)
        channel->setup->callbacks->flushed(channel->arg, direction, bytes);
}

void channel_timed_out(struct shaper_channel *channel, short what)
{
    bool reading = what & BEV_EVENT_READING;

    if (channel->setup->callbacks->timed_out)
        channel->setup->callbacks->timed_out(channel->arg, reading ? SHAPER_READ : SHAPER_WRITE);
    bufferevent_enable(channel->shaped_top, reading ? EV_READ : EV_WRITE);
}

void channel_saw_end(struct shaper_channel *channel)
{
    const struct shaper_channel_callbacks *callbacks = channel->setup->callbacks;
    void *arg = channel->arg;

    shaper_channel_free(channel);
    callbacks->closed(arg);
}

/* --- bytes -------------------------------------------------------------------------------- */

struct bufferevent *channel_sender(const struct shaper_channel *channel,
                                   enum shaper_direction direction)
{
    return direction == SHAPER_READ ? channel->peer_top : channel->shaped_top;
}

static void received(struct shaper_channel *channel, enum shaper_direction direction)
{
    if (channel->ops->received)
        channel->ops->received(channel, direction);
    if (!channel->chain) {
        take_out(channel, direction);
        return;
    }
    filter_chain_receive(channel->chain, direction);
    leave_if_drained(channel); /* the end of a stream alone delivers nothing */
}

void channel_shaped_event(struct bufferevent *shaped, short what, void *arg)
{
    struct shaper_channel *channel = arg;

    (void)shaped;
    channel->ops->shaped_event(channel, what);
}

void channel_shaped_readable(struct bufferevent *shaped, void *arg)
{
    (void)shaped;
    received(arg, SHAPER_READ);
}

void channel_peer_readable(struct bufferevent *peer, void *arg)
{
    (void)peer;
    received(arg, SHAPER_WRITE);
}

static void unlist_arrived(struct shaper_channel *channel)
{
    if (!channel->has_arrived)
        return;
    channel->has_arrived = false;
    TAILQ_REMOVE(&channel->shaper->arrived, channel, arrived);
}

void channel_arrived(struct shaper_channel *channel)
{
    if (channel->has_arrived)
        return;
    channel->has_arrived = true;
    TAILQ_INSERT_TAIL(&channel->shaper->arrived, channel, arrived);
}

bool channel_deliver_all(struct shaper *shaper)
{
    struct shaper_channel *channel;
    bool any = false;

    while ((channel = TAILQ_FIRST(&shaper->arrived))) {
        any = true;
        unlist_arrived(channel);
        channel->ops->deliver(channel);
    }
    return any;
}

void channel_send(struct shaper_channel *channel, enum shaper_direction direction,
                  struct evbuffer *bytes)
{
    if (bufferevent_write_buffer(channel_sender(channel, direction), bytes) != 0)
        channel->shaper->is_out_of_memory = true;
}

/* --- filters ---------------------------------------------------------------------------- */

static void shaped_top_readable(struct bufferevent *top, void *arg)
{
    (void)top;
    take_out(arg, SHAPER_READ);
}

static void peer_top_readable(struct bufferevent *top, void *arg)
{
    (void)top;
    take_out(arg, SHAPER_WRITE);
}

static void shaped_top_event(struct bufferevent *top, short what, void *arg)
{
    (void)top;
    if (what & BEV_EVENT_TIMEOUT)
        channel_timed_out(arg, what);
}

int channel_put_on_filters(struct shaper_channel *channel)
{
    if (channel->setup->filter_count == 0)
        return 0;
    channel->chain = filter_chain_new(channel, channel_broke);
    if (!channel->chain)
        return -1;
    if (channel->ops->filtered)
        channel->ops->filtered(channel);
    bufferevent_setcb(channel->shaped_top, shaped_top_readable, NULL, shaped_top_event, channel);
    bufferevent_setcb(channel->peer_top, peer_top_readable, NULL, NULL, channel);
    bufferevent_enable(channel->shaped_top, EV_READ | EV_WRITE);
    bufferevent_enable(channel->peer_top, EV_READ | EV_WRITE);
    return 0;
}

/* --- death ------------------------------------------------------------------------------ */

void shaper_abandon_ending(struct shaper *shaper)
{
    struct shaper_channel *channel;

    while ((channel = TAILQ_FIRST(&shaper->ending)))
        shaper_channel_free(channel);
}

void shaper_channel_free(struct shaper_channel *channel)
{
    if (!channel)
        return;
    unlist(channel);
    unlist_arrived(channel);
    if (channel->ending)
        TAILQ_REMOVE(&channel->shaper->ending, channel, leaving);
    bufferevent_setcb(channel->shaped, NULL, NULL, NULL, NULL);
    bufferevent_setcb(channel->peer, NULL, NULL, NULL, NULL);
    bufferevent_setcb(channel->shaped_top, NULL, NULL, NULL, NULL);
    bufferevent_setcb(channel->peer_top, NULL, NULL, NULL, NULL);
    channel_leave_group(channel); /* libevent releases it, and bytes may move */
    channel->ops->fini(channel);
    if (channel->chain) {
        /* What is below freed filters stays alive for one or two passes of the loop: without the
         * limit, which may already be freed, and without moving more bytes. */
        bufferevent_set_rate_limit(channel->shaped, NULL);
        bufferevent_disable(channel->shaped, EV_READ | EV_WRITE);
        bufferevent_disable(channel->peer, EV_READ | EV_WRITE);
    }
    bufferevent_free(channel->shaped_top);
    bufferevent_free(channel->peer_top);
    filter_chain_free(channel->chain);
    shared_setup_release(channel->shaper, channel->setup);
    free(channel);
}
