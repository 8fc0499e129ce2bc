#include "shaper/channel/pair_crossing.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

void pair_add_zeros(struct pair_channel *pair, struct bufferevent *sender, size_t bytes)
{
    for (size_t left = bytes; left > 0;) {
        size_t n = pair_min(left, CHANNEL_ZEROS_BYTES);
        if (evbuffer_add_reference(bufferevent_get_output(sender), channel_zeros, n, NULL, NULL) !=
            0) {
            pair->common.shaper->is_out_of_memory = true;
            break;
        }
        left -= n;
    }
}

/* What a read low watermark holds takes room; a filter leaves nothing in its input. */
size_t pair_read_room(const struct pair_channel *pair)
{
    size_t high = pair->common.setup->read_high_bytes;

    if (high == 0)
        return SIZE_MAX;
    return high - (pair->is_filtered
                       ? 0
                       : evbuffer_get_length(bufferevent_get_input(pair->common.shaped)));
}

/* With filters the bytes wait in the sender's output, and the receiver does not read: a watermark
 * higher by `bytes` makes it read exactly that many. */
static void grant(struct pair_channel *pair, struct bufferevent *receiver, size_t bytes)
{
    size_t high = receiver == pair->common.shaped ? pair->common.setup->read_high_bytes : 0;

    pair->is_granting = bytes != high; /* this many stop it by themselves, as they stop a socket */
    bufferevent_setwatermark(receiver, EV_READ, 0,
                             evbuffer_get_length(bufferevent_get_input(receiver)) + bytes);
    bufferevent_enable(receiver, EV_READ);
    bufferevent_disable(receiver, EV_READ);
    bufferevent_setwatermark(receiver, EV_READ, 0, high);
    pair->is_granting = false;
}

void pair_expect_delivery(struct pair_channel *pair, enum shaper_direction direction)
{
    if (!pair->is_filtered || pair->delivery_due[direction])
        return;
    pair->delivery_due[direction] = true;
    pair->common.shaper->callbacks_due++;
}

struct bufferevent *pair_receiver(struct pair_channel *pair, enum shaper_direction direction)
{
    return direction == SHAPER_READ ? pair->common.shaped : pair->common.peer;
}

void pair_drain(struct pair_channel *pair, enum shaper_direction direction)
{
    if (direction == SHAPER_READ)
        channel_shaped_readable(pair->common.shaped, pair);
    else
        channel_peer_readable(pair->common.peer, pair);
}

/* What crosses restarts a pair's read timeout although its full input suspends it: a suspended
 * socket has none. */
static void stop_timeout(struct pair_channel *pair, enum shaper_direction direction)
{
    struct bufferevent *shaped = pair->common.shaped;

    if (direction != SHAPER_READ || !pair->suspended[SHAPER_READ] ||
        pair->common.setup->timeout_us[SHAPER_READ] == 0)
        return;
    bufferevent_disable(shaped, EV_READ);
    bufferevent_enable(shaped, EV_READ);
}

/* The zeros are written only now. A shaped end that libevent has suspended has paid for them
 * before: a flush moves them. */
static void cross(struct pair_channel *pair, enum shaper_direction direction)
{
    struct bufferevent *sender = channel_sender(&pair->common, direction);

    pair_add_zeros(pair, sender, (size_t)pair->read_bytes[direction]);
    pair->read_bytes[direction] = 0;
    if (evbuffer_get_length(bufferevent_get_output(sender)) > 0)
        bufferevent_flush(sender, EV_WRITE, BEV_FLUSH);
    stop_timeout(pair, direction);
}

void pair_deliver(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (pair->read_bytes[d] == 0)
            continue;
        cross(pair, (enum shaper_direction)d);
        pair_drain(pair, (enum shaper_direction)d);
    }
}

/* An end reads bytes: before they are charged, as libevent may suspend the end when they are. */
void pair_read_in(struct pair_channel *pair, enum shaper_direction direction, size_t bytes)
{
    if (pair->is_filtered) {
        grant(pair, pair_receiver(pair, direction), bytes);
        pair_expect_delivery(pair, direction);
        return;
    }
    pair->read_bytes[direction] += bytes;
    if (pair->delivers_at_once)
        cross(pair, direction);
}

/* Then passes them on. */
void pair_hand_on(struct pair_channel *pair, enum shaper_direction direction)
{
    if (pair->is_filtered || pair->delivers_at_once) {
        pair->is_handing_on = true;
        pair_drain(pair, direction);
        pair->is_handing_on = false;
    } else if (channel_drains_with(&pair->common, pair->read_bytes)) {
        pair_deliver(&pair->common);
    } else {
        channel_arrived(&pair->common);
    }
}
