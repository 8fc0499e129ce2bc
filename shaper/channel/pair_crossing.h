/*
 * How bytes cross the bufferevents of a pair: they are charged when they leave `unsent` or the
 * kernel's place, written as zeros into the sender's output, moved by libevent, and delivered.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_PAIR_CROSSING_H
#define SHAPESIM_SHAPER_CHANNEL_PAIR_CROSSING_H

#include <event2/bufferevent.h>

#include "shaper/channel/pair_state.h"

/* How many bytes the shaped end's input has room for. */
size_t pair_read_room(const struct pair_channel *pair);

/* An end reads bytes: before they are charged, as libevent may suspend the end when they are. */
void pair_read_in(struct pair_channel *pair, enum shaper_direction direction, size_t bytes);

/* Then passes them on. */
void pair_hand_on(struct pair_channel *pair, enum shaper_direction direction);

/* Delivers what has been read in both directions. */
void pair_deliver(struct shaper_channel *channel);

/* Writes that many zeros into the sender's output. */
void pair_add_zeros(struct pair_channel *pair, struct bufferevent *sender, size_t bytes);

/* With filters: libevent's callback for what crosses is due. */
void pair_expect_delivery(struct pair_channel *pair, enum shaper_direction direction);

/* Delivers what is in the receiver's input. */
struct bufferevent *pair_receiver(struct pair_channel *pair, enum shaper_direction direction);
void pair_drain(struct pair_channel *pair, enum shaper_direction direction);

#endif
