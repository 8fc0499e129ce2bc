/*
 * The filters of one channel: libevent's filtering bufferevents above both of its ends, first
 * filter on top. The channel's own callbacks stay on the lowest bufferevents; what comes there is
 * handed up with stack_receive().
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_STACK_H
#define SHAPESIM_SHAPER_CHANNEL_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>

#include "shaper/filter.h"
#include "shaper/shaper.h"

struct shaper_channel;
struct stack;

/* Puts the channel's filters on its ends, which have their callbacks already, and makes the
 * topmost bufferevents the ends that its application uses. The caller owns the result and frees it
 * with stack_free() after the ends; NULL without memory. */
struct stack *stack_new(struct shaper_channel *channel);
void stack_free(struct stack *stack);

/* Bytes have come to the lowest bufferevent of the receiving end. */
void stack_receive(struct stack *stack, enum shaper_direction direction);

/* Ends the streams of a direction, filter by filter, without flushing what lies below them. */
void stack_finish(struct stack *stack, enum shaper_direction direction);

/* Whether anything is on its way between two filters of a direction. */
bool stack_is_empty(const struct stack *stack, enum shaper_direction direction);

const struct shaper_filter_counts *stack_counts(const struct stack *stack, size_t filter,
                                                enum shaper_direction direction);

#endif
