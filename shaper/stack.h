/*
 * The filters of one channel: libevent's filtering bufferevents above both of its ends, first
 * filter on top. The channel's own callbacks stay on the lowest bufferevents; what comes there is
 * handed up with stack_receive().
 */
#ifndef SHAPESIM_SHAPER_STACK_H
#define SHAPESIM_SHAPER_STACK_H

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

/* Ends the streams of a direction, filter by filter, without flushing what lies below them. Each
 * filter is told when those above it have passed on all that they hold. */
void stack_finish(struct stack *stack, enum shaper_direction direction);

/* Bytes that the filters of a direction have been given and not passed on. */
uint64_t stack_held_bytes(const struct stack *stack, enum shaper_direction direction);

/* Whether bytes of a direction have left the filters and have not come to those of the other end.
 */
bool stack_has_sent(const struct stack *stack, enum shaper_direction direction);

/* Whether no bytes of a direction are held by filters or lie below them. */
bool stack_is_empty(const struct stack *stack, enum shaper_direction direction);

const struct shaper_filter_counts *stack_counts(const struct stack *stack, size_t filter,
                                                enum shaper_direction direction);

#endif
