/* What schedulers share that keep members in the queue's list. */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_LIST_H
#define SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_LIST_H

#include <stdint.h>

#include "shaper/schedulers/queue.h"

/* Where it is served from the head: new members come to the tail, and so does who was served. */
int scheduler_list_begins(struct queue *queue, struct queue_member *member);
void scheduler_list_ends(struct queue *queue, struct queue_member *member);
void scheduler_list_served(struct queue *queue, struct queue_member *member, uint64_t bytes);

/* libevent's share: the level divided, but the min-share at least. */
uint64_t scheduler_share(const struct queue *queue, uint64_t level_bytes, uint64_t parts);

#endif
