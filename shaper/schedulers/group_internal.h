/* Groups with a scheduler of this library, for the modules of shaper/. */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_GROUP_INTERNAL_H
#define SHAPESIM_SHAPER_SCHEDULERS_GROUP_INTERNAL_H

#include <stdbool.h>

#include "shaper/group.h"
#include "shaper/schedulers/queue.h"

struct bufferevent;

/* The queue of the group's members; NULL: libevent decides. */
struct queue *group_queue(struct shaper_group *group, enum shaper_direction direction);

/* The group whose sentinel this is; NULL for any other bufferevent. */
struct shaper_group *group_of_sentinel(struct bufferevent *bufferevent);

/* libevent suspended or released the group's sentinel. */
void group_sentinel_suspended(struct shaper_group *group, enum shaper_direction direction,
                              bool stopped);

#endif
