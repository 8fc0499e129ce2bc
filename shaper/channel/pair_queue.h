/* Where a pair's bytes wait: in the queues of a scheduled group, or for libevent's poll. */
#ifndef SHAPESIM_SHAPER_CHANNEL_PAIR_QUEUE_H
#define SHAPESIM_SHAPER_CHANNEL_PAIR_QUEUE_H

#include "shaper/channel/pair_state.h"

/* Bytes are unsent in this direction, or none are any more: they wait to be granted. */
void pair_line_up(struct pair_channel *pair, enum shaper_direction direction);

/* In a scheduled group: what the pair wants has changed. */
void pair_queue_changed(struct pair_channel *pair, enum shaper_direction direction);

/* Leaves the queues, and joins those of `group` unless it is NULL. 0, or -1 on allocation failure.
 */
int pair_set_queues(struct shaper_channel *channel, struct shaper_group *group);

#endif
