#include "shaper/channel.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/channel/channel_life.h"
#include "shaper/channel/channel_pair.h"
#include "shaper/channel/channel_socket.h"
#include "shaper/channel/channel_tls.h"
#include "shaper/channel/shared_setup.h"
#include "shaper/channel/filter_chain.h"
#include "shaper/schedulers/group_internal.h"

/* --- bytes -------------------------------------------------------------------------------- */

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

/* In one write: what a filter produces depends on where a write ends. */
static int offer_to_filters(struct shaper_channel *channel, enum shaper_direction direction,
                            const void *data, size_t bytes)
{
    struct evbuffer *buffer = evbuffer_new();
    int status = buffer ? fill(buffer, data, bytes) : -1;

    filter_chain_note_offered(channel->chain, direction, bytes);
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
    channel_set_read_low(channel);
    int status = channel->chain ? offer_to_filters(channel, direction, data, bytes)
                                : channel->ops->offer(channel, direction, bytes);
    /* A filter whose stream has ended already holds these for another stream. */
    if (status == 0 && channel->is_finished && channel->chain &&
        channel->setup->flush != SHAPER_FLUSH_NORMAL &&
        filter_chain_held_bytes(channel->chain, direction) > 0)
        filter_chain_finish(channel->chain, direction);
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

    for (int d = 0; d < SHAPER_DIRECTIONS && channel->chain; d++)
        bytes += filter_chain_held_bytes(channel->chain, (enum shaper_direction)d);
    return bytes;
}

bool shaper_channel_is_held(const struct shaper_channel *channel)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && channel->chain; d++)
        if (filter_chain_has_sent(channel->chain, (enum shaper_direction)d))
            return false;
    return shaper_channel_held_bytes(channel) > 0 && !channel->is_opening;
}

uint64_t shaper_channel_unread_bytes(const struct shaper_channel *channel)
{
    return evbuffer_get_length(bufferevent_get_input(channel->shaped_top));
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
    return filter_chain_counts(channel->chain, filter, direction);
}

/* --- limits ------------------------------------------------------------------------------- */

static int enter_group(struct shaper_channel *channel, struct shaper_group *group)
{
    if (!group_queue(group, SHAPER_READ))
        return bufferevent_add_to_rate_limit_group(channel->shaped, shaper_group_native(group));
    return channel->ops->set_queues(channel, group);
}

int shaper_channel_set_group(struct shaper_channel *channel, struct shaper_group *group)
{
    /* Between two groups TLS would write at once, past both. */
    short held = 0;

    if (group && group_queue(group, SHAPER_READ) && !channel->ops->set_queues)
        return SHAPER_ERROR_LIMIT;
    if (group && channel->setup->transport == SHAPER_TRANSPORT_TLS)
        held = (short)bufferevent_get_enabled(channel->shaped);
    bufferevent_disable(channel->shaped, held);
    if (!group || group_queue(group, SHAPER_READ))
        channel_leave_group(channel);
    int status = !group || enter_group(channel, group) == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
    bufferevent_enable(channel->shaped, held);
    return status;
}

int shaper_channel_set_per_flow_limit(struct shaper_channel *channel,
                                      struct ev_token_bucket_cfg *cfg)
{
    bufferevent_set_rate_limit(channel->shaped, NULL);
    return bufferevent_set_rate_limit(channel->shaped, cfg) == 0 ? SHAPER_OK : SHAPER_ERROR_MEMORY;
}

void shaper_channel_decrement_per_flow(struct shaper_channel *channel,
                                       enum shaper_direction direction, int64_t bytes)
{
    if (direction == SHAPER_READ)
        bufferevent_decrement_read_limit(channel->shaped, bytes);
    else if (direction == SHAPER_WRITE)
        bufferevent_decrement_write_limit(channel->shaped, bytes);
}

int64_t shaper_channel_per_flow_level(struct shaper_channel *channel,
                                      enum shaper_direction direction)
{
    if (!shaper_is_direction(direction))
        return 0;
    return direction == SHAPER_READ ? bufferevent_get_read_limit(channel->shaped)
                                    : bufferevent_get_write_limit(channel->shaped);
}

uint64_t shaper_channel_max_bytes(const struct shaper_channel *channel,
                                  enum shaper_direction direction)
{
    if (!shaper_is_direction(direction))
        return 0;
    return (uint64_t)(direction == SHAPER_READ ? bufferevent_get_max_to_read(channel->shaped)
                                               : bufferevent_get_max_to_write(channel->shaped));
}

/* --- birth -------------------------------------------------------------------------------- */

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

static int set_limits(struct shaper_channel *channel, const struct shaper_channel_setup *setup)
{
    bufferevent_set_max_single_read(channel->shaped, setup->max_single_bytes[SHAPER_READ]);
    bufferevent_set_max_single_write(channel->shaped, setup->max_single_bytes[SHAPER_WRITE]);
    if (setup->per_flow_cfg &&
        bufferevent_set_rate_limit(channel->shaped, setup->per_flow_cfg) != 0)
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
    if (setup->read_low_bytes > 0)
        bufferevent_setwatermark(channel->shaped_top, EV_READ, setup->read_low_bytes,
                                 channel->chain ? 0 : setup->read_high_bytes);
    size_t write_high = setup->transport == SHAPER_TRANSPORT_PAIR
                            ? 0
                            : setup->filter_high_bytes; /* filter_layer.c */
    if (setup->write_low_bytes > 0 || write_high > 0)
        bufferevent_setwatermark(channel->shaped, EV_WRITE, setup->write_low_bytes, write_high);
    if (setup->timeout_us[SHAPER_READ] == 0 && setup->timeout_us[SHAPER_WRITE] == 0)
        return;
    bufferevent_set_timeouts(channel->shaped_top, timeval_of(setup->timeout_us[SHAPER_READ], &read),
                             timeval_of(setup->timeout_us[SHAPER_WRITE], &write));
}

/* Whether each filter is valid, and has a clock if it needs one. */
static bool has_good_filters(const struct shaper *shaper, const struct shaper_channel_setup *setup)
{
    char error[SHAPER_ERROR_BYTES];

    for (size_t i = 0; i < setup->filter_count; i++)
        if (shaper_filter_check(&setup->filters[i], error) != SHAPER_OK ||
            (setup->filters[i].kind == SHAPER_FILTER_RATELIMIT && !shaper->now_us))
            return false;
    return setup->filter_count <= SHAPER_FILTERS_MAX &&
           (setup->filter_count > 0 || setup->filter_high_bytes == 0);
}

/* Else the input is full before the callback comes that empties it. */
static bool is_low_enough(const struct shaper_channel_setup *setup)
{
    return setup->filter_count > 0 || setup->read_high_bytes == 0 ||
           setup->read_low_bytes <= setup->read_high_bytes;
}

static bool is_taken(const struct shaper *shaper, const struct shaper_channel_setup *setup)
{
    bool is_pair = setup->transport == SHAPER_TRANSPORT_PAIR;

    return (is_pair || setup->transport == SHAPER_TRANSPORT_SOCKET ||
            setup->transport == SHAPER_TRANSPORT_TLS) &&
           (is_pair || !setup->group || !group_queue(setup->group, SHAPER_READ)) &&
           (unsigned)setup->tls_version <= SHAPER_TLS_1_2 &&
           (unsigned)setup->tls_end <= SHAPER_TLS_END_DIRTY_ALLOWED &&
           (unsigned)setup->flush <= SHAPER_FLUSH_FINISHED && setup->weight <= SHAPER_WEIGHT_MAX &&
           is_low_enough(setup) && has_good_filters(shaper, setup);
}

struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup, int *status)
{
    *status = is_taken(shaper, setup) ? SHAPER_OK : SHAPER_ERROR_LIMIT;
    if (*status != SHAPER_OK)
        return NULL;
    channel_observe_libevent();
    struct shaper_channel *channel = new_of_transport(shaper, setup, status);
    if (!channel)
        return NULL;
    channel->shaped_top = channel->shaped;
    channel->peer_top = channel->peer;
    channel->weight = setup->weight;
    channel->arg = setup->arg;
    channel->setup = shared_setup_take(shaper, setup);
    if (!channel->setup || channel_put_on_filters(channel) != 0 ||
        set_limits(channel, setup) != 0) {
        *status = SHAPER_ERROR_MEMORY;
        shaper_channel_free(channel);
        return NULL;
    }
    set_watermarks(channel);
    if (channel->ops->start)
        channel->ops->start(channel);
    return channel;
}
