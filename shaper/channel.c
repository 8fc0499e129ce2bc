#include "shaper/channel.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/charge.h"
#include "shaper/group_internal.h"
#include "shaper/internal.h"
#include "shaper/shared_setup.h"
#include "shaper/stack.h"
#include "shaper/suspension.h"

const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

/* --- what libevent tells ------------------------------------------------------------------ */

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
    struct shaper_group *group = channel ? NULL : group_of_tap(bufferevent);

    if (channel && channel->ops->suspended)
        channel->ops->suspended(channel, direction, reason, stopped);
    if (group)
        group_tap_suspended(group, direction, stopped);
}

static void tell_charge(struct shaper_channel *channel, enum shaper_direction direction,
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
        tell_charge(channel, direction, bytes);
}

void channel_charge(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    charge(channel->shaped, direction, bytes);
    tell_charge(channel, direction, bytes);
}

/* --- leaving ------------------------------------------------------------------------------ */

static bool is_drained(const struct shaper_channel *channel)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (channel->backlog_bytes[d] > 0)
            return false;
        if (channel->stack && !stack_is_empty(channel->stack, (enum shaper_direction)d))
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

static void flush_both(struct shaper_channel *channel, enum bufferevent_flush_mode mode)
{
    if (channel->ops->flush) {
        channel->ops->flush(channel, mode);
        return;
    }
    bufferevent_flush(channel->shaped_top, EV_WRITE, mode);
    bufferevent_flush(channel->peer_top, EV_WRITE, mode);
}

/* What was sent before the close is flushed once; not before a handshake is over, though, as it is
 * held until then. */
static void finish(struct shaper_channel *channel)
{
    if (!channel->closing || channel->is_finished || channel->is_opening)
        return;
    channel->is_finished = true;
    switch (channel->setup->flush) {
    case SHAPER_FLUSH_NONE:
        for (int d = 0; d < SHAPER_DIRECTIONS && channel->stack; d++)
            stack_finish(channel->stack, (enum shaper_direction)d);
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

void shaper_channel_close(struct shaper_channel *channel)
{
    channel->closing = true;
    finish(channel);
    leave_if_drained(channel);
}

static void leave_group(struct shaper_channel *channel)
{
    if (channel->ops->set_gates)
        channel->ops->set_gates(channel, NULL);
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
        leave_group(channel);
        if (channel->is_broken)
            channel_saw_end(channel);
        else
            channel->ops->end(channel);
    }
}

/* --- what transports tell ----------------------------------------------------------------- */

void channel_broke(struct shaper_channel *channel)
{
    if (channel->is_broken || channel->ending)
        return;
    channel->is_broken = true;
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

/* A socket that leaves its group calls back although it has nothing to write. */
void channel_wrote(struct shaper_channel *channel)
{
    if (channel->setup->tells_writable && !channel->ending &&
        shaper_channel_output_bytes(channel) <= channel->setup->write_low_bytes)
        channel->setup->callbacks->writable(channel->arg);
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

/* Empties the receiving application's input and counts it as delivered. */
static void take_out(struct shaper_channel *channel, enum shaper_direction direction)
{
    struct bufferevent *receiver =
        direction == SHAPER_READ ? channel->shaped_top : channel->peer_top;
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t bytes = evbuffer_get_length(input);

    if (bytes == 0)
        return;
    evbuffer_drain(input, bytes);
    channel->backlog_bytes[direction] -= bytes;
    channel->setup->callbacks->delivered(channel->arg, direction, bytes);
    leave_if_drained(channel);
}

static void received(struct shaper_channel *channel, enum shaper_direction direction)
{
    if (channel->ops->received)
        channel->ops->received(channel, direction);
    if (!channel->stack) {
        take_out(channel, direction);
        return;
    }
    stack_receive(channel->stack, direction);
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

void channel_send(struct shaper_channel *channel, enum shaper_direction direction,
                  struct evbuffer *bytes)
{
    if (bufferevent_write_buffer(channel_sender(channel, direction), bytes) != 0)
        channel->shaper->is_out_of_memory = true;
}

static int fill(struct evbuffer *buffer, const void *data, size_t bytes)
{
    if (data)
        return evbuffer_add(buffer, data, bytes);
    for (size_t left = bytes; left > 0;) {
        size_t n = left < CHANNEL_ZEROS_BYTES ? left : CHANNEL_ZEROS_BYTES;
        if (evbuffer_add_reference(buffer, channel_zeros, n, NULL, NULL) != 0)
            return -1;
        left -= n;
    }
    return 0;
}

/* In one piece: what a filter makes of it depends on where a write ends. */
static int offer_to_filters(struct shaper_channel *channel, enum shaper_direction direction,
                            const void *data, size_t bytes)
{
    struct evbuffer *buffer = evbuffer_new();
    int status = buffer ? fill(buffer, data, bytes) : -1;

    if (status == 0 && channel->ops->hold)
        status = channel->ops->hold(channel, direction, buffer);
    if (status == 0)
        channel_send(channel, direction, buffer);
    if (buffer)
        evbuffer_free(buffer);
    return status < 0 ? -1 : 0;
}

int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         const void *data, size_t bytes)
{
    if (!shaper_is_direction(direction))
        return SHAPER_ERROR_LIMIT;
    if (bytes == 0)
        return SHAPER_OK;
    channel->backlog_bytes[direction] += bytes;
    int status = channel->stack ? offer_to_filters(channel, direction, data, bytes)
                                : channel->ops->offer(channel, direction, bytes);
    /* A filter that has been told of the end already holds these for another one. */
    if (status == 0 && channel->is_finished && channel->stack &&
        channel->setup->flush != SHAPER_FLUSH_NORMAL &&
        stack_held_bytes(channel->stack, direction) > 0)
        stack_finish(channel->stack, direction);
    return status == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
}

uint64_t shaper_channel_backlog(const struct shaper_channel *channel,
                                enum shaper_direction direction)
{
    return shaper_is_direction(direction) ? channel->backlog_bytes[direction] : 0;
}

uint64_t shaper_channel_held_bytes(const struct shaper_channel *channel)
{
    uint64_t bytes = 0;

    for (int d = 0; d < SHAPER_DIRECTIONS && channel->stack; d++)
        bytes += stack_held_bytes(channel->stack, (enum shaper_direction)d);
    return bytes;
}

bool shaper_channel_is_held(const struct shaper_channel *channel)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && channel->stack; d++)
        if (stack_has_sent(channel->stack, (enum shaper_direction)d))
            return false;
    return shaper_channel_held_bytes(channel) > 0 && !channel->is_opening;
}

uint64_t shaper_channel_output_bytes(const struct shaper_channel *channel)
{
    return channel->ops->output_bytes(channel);
}

const struct shaper_filter_counts *
shaper_channel_filter_counts(const struct shaper_channel *channel, size_t filter,
                             enum shaper_direction direction)
{
    if (filter >= channel->setup->filter_count || !shaper_is_direction(direction))
        return NULL;
    return stack_counts(channel->stack, filter, direction);
}

/* --- limits ------------------------------------------------------------------------------- */

static int enter_group(struct shaper_channel *channel, struct shaper_group *group)
{
    if (!group_gate(group, SHAPER_READ))
        return bufferevent_add_to_rate_limit_group(channel->shaped, shaper_group_native(group));
    return channel->ops->set_gates(channel, group);
}

int shaper_channel_set_group(struct shaper_channel *channel, struct shaper_group *group)
{
    /* Between two groups TLS would write at once, past both. */
    short held = group && channel->setup->transport == SHAPER_TRANSPORT_TLS
                     ? bufferevent_get_enabled(channel->shaped)
                     : 0;

    if (group && group_gate(group, SHAPER_READ) && !channel->ops->set_gates)
        return SHAPER_ERROR_LIMIT;
    bufferevent_disable(channel->shaped, held);
    if (!group || group_gate(group, SHAPER_READ))
        leave_group(channel);
    int status = !group || enter_group(channel, group) == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
    bufferevent_enable(channel->shaped, held);
    return status;
}

int shaper_channel_set_own_limit(struct shaper_channel *channel, struct ev_token_bucket_cfg *cfg)
{
    bufferevent_set_rate_limit(channel->shaped, NULL);
    return bufferevent_set_rate_limit(channel->shaped, cfg) == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
}

void shaper_channel_decrement_own(struct shaper_channel *channel, enum shaper_direction direction,
                                  int64_t bytes)
{
    if (direction == SHAPER_READ)
        bufferevent_decrement_read_limit(channel->shaped, bytes);
    else if (direction == SHAPER_WRITE)
        bufferevent_decrement_write_limit(channel->shaped, bytes);
}

int64_t shaper_channel_own_level(struct shaper_channel *channel, enum shaper_direction direction)
{
    if (!shaper_is_direction(direction))
        return 0;
    return direction == SHAPER_READ ? bufferevent_get_read_limit(channel->shaped)
                                    : bufferevent_get_write_limit(channel->shaped);
}

/* --- birth and death ---------------------------------------------------------------------- */

static struct shaper_channel *
new_of_transport(struct shaper *shaper, const struct shaper_channel_setup *setup, int *status)
{
    switch (setup->transport) {
    case SHAPER_TRANSPORT_PAIR:
        return channel_pair_new(shaper, status);
    case SHAPER_TRANSPORT_SOCKET:
        return channel_socket_new(shaper, status);
    case SHAPER_TRANSPORT_TLS:
        return channel_tls_new(shaper, setup, status);
    }
    return NULL;
}

static int put_on_filters(struct shaper_channel *channel)
{
    if (channel->setup->filter_count == 0)
        return 0;
    channel->stack = stack_new(channel);
    if (!channel->stack)
        return -1;
    if (channel->ops->filtered)
        channel->ops->filtered(channel);
    bufferevent_setcb(channel->shaped_top, shaped_top_readable, NULL, shaped_top_event, channel);
    bufferevent_setcb(channel->peer_top, peer_top_readable, NULL, NULL, channel);
    bufferevent_enable(channel->shaped_top, EV_READ | EV_WRITE);
    bufferevent_enable(channel->peer_top, EV_READ | EV_WRITE);
    return 0;
}

static int set_limits(struct shaper_channel *channel, const struct shaper_channel_setup *setup)
{
    bufferevent_set_max_single_read(channel->shaped, setup->max_single_bytes[SHAPER_READ]);
    bufferevent_set_max_single_write(channel->shaped, setup->max_single_bytes[SHAPER_WRITE]);
    if (setup->own_cfg && bufferevent_set_rate_limit(channel->shaped, setup->own_cfg) != 0)
        return -1;
    return setup->group ? enter_group(channel, setup->group) : 0;
}

static const struct timeval *timeval_of(int64_t us, struct timeval *time)
{
    time->tv_sec = us / 1000000;
    time->tv_usec = us % 1000000;
    return us > 0 ? time : NULL;
}

static void set_watermarks(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = channel->setup;
    struct timeval read, write;

    if (setup->read_high_bytes > 0)
        bufferevent_setwatermark(channel->shaped, EV_READ, 0, setup->read_high_bytes);
    if (setup->write_low_bytes > 0)
        bufferevent_setwatermark(channel->shaped, EV_WRITE, setup->write_low_bytes, 0);
    if (setup->timeout_us[SHAPER_READ] == 0 && setup->timeout_us[SHAPER_WRITE] == 0)
        return;
    bufferevent_set_timeouts(channel->shaped_top, timeval_of(setup->timeout_us[SHAPER_READ], &read),
                             timeval_of(setup->timeout_us[SHAPER_WRITE], &write));
}

/* Whether each filter is one, and can sleep if it has to. */
static bool has_good_filters(const struct shaper *shaper, const struct shaper_channel_setup *setup)
{
    char error[SHAPER_ERROR_BYTES];

    for (size_t i = 0; i < setup->filter_count; i++)
        if (shaper_filter_check(&setup->filters[i], error) != SHAPER_OK ||
            (setup->filters[i].kind == SHAPER_FILTER_RATELIMIT && !shaper->now_us))
            return false;
    return setup->filter_count <= SHAPER_FILTERS_MAX;
}

static bool is_taken(const struct shaper *shaper, const struct shaper_channel_setup *setup)
{
    bool is_pair = setup->transport == SHAPER_TRANSPORT_PAIR;

    return (is_pair || setup->transport == SHAPER_TRANSPORT_SOCKET ||
            setup->transport == SHAPER_TRANSPORT_TLS) &&
           (is_pair || !setup->group || !group_gate(setup->group, SHAPER_READ)) &&
           (unsigned)setup->tls_end <= SHAPER_TLS_END_DIRTY_ALLOWED &&
           (unsigned)setup->flush <= SHAPER_FLUSH_FINISHED && setup->weight <= SHAPER_WEIGHT_MAX &&
           has_good_filters(shaper, setup);
}

struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup, int *status)
{
    *status = is_taken(shaper, setup) ? SHAPER_OK : SHAPER_ERROR_LIMIT;
    if (*status != SHAPER_OK)
        return NULL;
    suspension_observe(observe_suspension);
    charge_observe(observe_charge);
    struct shaper_channel *channel = new_of_transport(shaper, setup, status);
    if (!channel)
        return NULL;
    channel->shaped_top = channel->shaped;
    channel->peer_top = channel->peer;
    channel->weight = setup->weight;
    channel->arg = setup->arg;
    channel->setup = shared_setup_take(shaper, setup);
    if (!channel->setup || put_on_filters(channel) != 0 || set_limits(channel, setup) != 0) {
        *status = SHAPER_ERROR_MEMORY;
        shaper_channel_free(channel);
        return NULL;
    }
    set_watermarks(channel);
    if (channel->ops->start)
        channel->ops->start(channel);
    return channel;
}

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
    leave_group(channel); /* which releases it: bytes may move */
    channel->ops->fini(channel);
    if (channel->stack) {
        /* What lies below filters that are freed lives on for a pass of the loop or two: without
         * the limit, which may be gone by then, and without moving more bytes. */
        bufferevent_set_rate_limit(channel->shaped, NULL);
        bufferevent_disable(channel->shaped, EV_READ | EV_WRITE);
        bufferevent_disable(channel->peer, EV_READ | EV_WRITE);
    }
    bufferevent_free(channel->shaped_top);
    bufferevent_free(channel->peer_top);
    stack_free(channel->stack);
    shared_setup_release(channel->shaper, channel->setup);
    free(channel);
}
