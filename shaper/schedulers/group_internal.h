/* Groups whose grants a scheduler of ours makes, for the modules of shaper/. */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_GROUP_INTERNAL_H
#define SHAPESIM_SHAPER_SCHEDULERS_GROUP_INTERNAL_H

#include <stdbool.h>

#include "shaper/group.h"
#include "shaper/schedulers/gate.h"

struct bufferevent;

/* The gate that members of the group go through; NULL: libevent decides. */
struct gate *group_gate(struct shaper_group *group, enum shaper_direction direction);

/* The group whose tap this is; NULL for any other bufferevent. */
struct shaper_group *group_of_tap(struct bufferevent *bufferevent);

/* libevent stopped or released the group's tap. */
void group_tap_suspended(struct shaper_group *group, enum shaper_direction direction, bool stopped);

#endif
