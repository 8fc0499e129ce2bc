/* Shared by schedulers that keep members in the queue's list. */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_LIST_H
#define SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_LIST_H

#include <stdint.h>

#include "shaper/schedulers/queue.h"

/* For a list served from the head: new members go to the tail, and so does a member after it is
 * served. */
int scheduler_list_begins(struct queue *queue, struct queue_member *member);
void scheduler_list_ends(struct queue *queue, struct queue_member *member);
void scheduler_list_served(struct queue *queue, struct queue_member *member, uint64_t bytes);

/* libevent's share: the level divided by `members`, but at least the min-share. */
uint64_t scheduler_share(const struct queue *queue, uint64_t level_bytes, uint64_t parts);

#endif
