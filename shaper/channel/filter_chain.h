/*
 * The filters of one channel: libevent's filtering bufferevents above both of its ends, first
 * filter on top. The channel's own callbacks stay on the lowest bufferevents; what arrives there is
 * passed up with filter_chain_receive().
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_STACK_H
#define SHAPESIM_SHAPER_CHANNEL_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>

#include "shaper/filter.h"
#include "shaper/shaper.h"

struct shaper_channel;
struct filter_chain;

/* Puts the channel's filters on its ends, which have their callbacks already, and makes the
 * topmost bufferevents the ends that its application uses. The caller owns the result and frees it
 * with filter_chain_free() after the ends; NULL on allocation failure. `broke` is called where a
 * callback of a hook fails, perhaps more than once. */
struct filter_chain *filter_chain_new(struct shaper_channel *channel,
                                      void (*broke)(struct shaper_channel *channel));
void filter_chain_free(struct filter_chain *chain);

/* Bytes have arrived at the lowest bufferevent of the receiving end. */
void filter_chain_receive(struct filter_chain *chain, enum shaper_direction direction);

/* The lowest bufferevent of the shaped end has written, and has room again. */
void filter_chain_write(struct filter_chain *chain);

/* Ends the streams of a direction, filter by filter, without flushing what is below them. Each
 * filter sees the end when those above it have passed on everything they hold. */
void filter_chain_finish(struct filter_chain *chain, enum shaper_direction direction);

/* The application is about to write bytes. */
void filter_chain_note_offered(struct filter_chain *chain, enum shaper_direction direction,
                               size_t bytes);

/* A response ends after what was sent before. Each filter that limits responses sees the end when
 * those above it have passed on everything they hold. */
void filter_chain_end_response(struct filter_chain *chain, enum shaper_direction direction);

/* Bytes that the filters of a direction have received and not passed on. */
uint64_t filter_chain_held_bytes(const struct filter_chain *chain, enum shaper_direction direction);

/* Whether bytes of a direction have left the sender's filters and have not reached the
 * receiver's. */
bool filter_chain_has_sent(const struct filter_chain *chain, enum shaper_direction direction);

/* Whether no bytes of a direction are held by filters or wait below them. */
bool filter_chain_is_empty(const struct filter_chain *chain, enum shaper_direction direction);

const struct shaper_filter_counts *filter_chain_counts(const struct filter_chain *chain,
                                                       size_t filter,
                                                       enum shaper_direction direction);

#endif
