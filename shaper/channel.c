#include "shaper/channel.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/internal.h"

const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

static int set_limits(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = &channel->setup;

    bufferevent_set_max_single_read(channel->shaped, setup->max_single_bytes[SHAPER_READ]);
    bufferevent_set_max_single_write(channel->shaped, setup->max_single_bytes[SHAPER_WRITE]);
    if (setup->own_cfg && bufferevent_set_rate_limit(channel->shaped, setup->own_cfg) != 0)
        return -1;
    if (setup->group)
        return bufferevent_add_to_rate_limit_group(channel->shaped,
                                                   shaper_group_native(setup->group));
    return 0;
}

struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup, int *status)
{
    struct shaper_channel *channel = NULL;

    *status = SHAPER_OK;
    switch (setup->transport) {
    case SHAPER_TRANSPORT_PAIR:
        channel = channel_pair_new(shaper, status);
        break;
    case SHAPER_TRANSPORT_SOCKET:
        channel = channel_socket_new(shaper, status);
        break;
    case SHAPER_TRANSPORT_TLS:
        channel = channel_tls_new(shaper, setup, status);
        break;
    }
    if (!channel)
        return NULL;
    channel->setup = *setup;
    if (set_limits(channel) != 0) {
        *status = SHAPER_ERROR_MEMORY;
        shaper_channel_free(channel);
        return NULL;
    }
    if (channel->ops->start)
        channel->ops->start(channel);
    return channel;
}

int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         size_t bytes)
{
    if (bytes == 0)
        return SHAPER_OK;
    channel->backlog_bytes[direction] += bytes;
    return channel->ops->offer(channel, direction, bytes) == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
}

static bool is_drained(const struct shaper_channel *channel)
{
    return !channel->is_opening && channel->backlog_bytes[SHAPER_READ] == 0 &&
           channel->backlog_bytes[SHAPER_WRITE] == 0;
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

void shaper_channel_close(struct shaper_channel *channel)
{
    channel->closing = true;
    leave_if_drained(channel);
}

void channel_leave_all(struct shaper *shaper)
{
    struct shaper_channel *channel;

    while ((channel = TAILQ_FIRST(&shaper->leaving))) {
        unlist(channel);
        if (!is_drained(channel) && !channel->is_broken)
            continue;
        channel->ending = true;
        channel->setup.callbacks->leaving(channel->setup.arg);
        /* libevent's own clean-up would leave the group only later, when that may be gone. */
        bufferevent_remove_from_rate_limit_group(channel->shaped);
        if (channel->is_broken)
            channel_saw_end(channel);
        else
            channel->ops->end(channel);
    }
}

void channel_broke(struct shaper_channel *channel)
{
    if (channel->is_broken || channel->ending)
        return;
    channel->is_broken = true;
    if (channel->setup.callbacks->broken)
        channel->setup.callbacks->broken(channel->setup.arg);
    list_as_leaving(channel);
}

void channel_opened(struct shaper_channel *channel, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    channel->is_opening = false;
    if (channel->setup.callbacks->opened)
        channel->setup.callbacks->opened(channel->setup.arg, bytes);
    leave_if_drained(channel);
}

void channel_charged(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    if (channel->setup.callbacks->charged && !channel->ending)
        channel->setup.callbacks->charged(channel->setup.arg, direction, bytes);
}

void channel_take_out(struct shaper_channel *channel, enum shaper_direction direction)
{
    struct bufferevent *receiver = direction == SHAPER_READ ? channel->shaped : channel->peer;
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t bytes = evbuffer_get_length(input);

    if (bytes == 0)
        return;
    evbuffer_drain(input, bytes);
    channel->backlog_bytes[direction] -= bytes;
    if (!channel->is_charged_by_libevent)
        channel_charged(channel, direction, bytes);
    channel->setup.callbacks->delivered(channel->setup.arg, direction, bytes);
    leave_if_drained(channel);
}

void channel_saw_end(struct shaper_channel *channel)
{
    const struct shaper_channel_setup setup = channel->setup;

    shaper_channel_free(channel);
    setup.callbacks->closed(setup.arg);
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

void shaper_channel_free(struct shaper_channel *channel)
{
    if (!channel)
        return;
    unlist(channel);
    bufferevent_setcb(channel->shaped, NULL, NULL, NULL, NULL);
    bufferevent_setcb(channel->peer, NULL, NULL, NULL, NULL);
    bufferevent_remove_from_rate_limit_group(channel->shaped); /* releases it: bytes may move */
    channel->ops->fini(channel);
    bufferevent_free(channel->shaped);
    bufferevent_free(channel->peer);
    free(channel);
}
