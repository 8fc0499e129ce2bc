/*
 * The bucket of a group with a scheduler of this library: libevent's, which queues check and
 * charge.
 */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_BUCKET_H
#define SHAPESIM_SHAPER_SCHEDULERS_BUCKET_H

#include <stddef.h>
#include <stdint.h>

#include "shaper/group.h"

struct bufferevent;

/* Embedded in the group, which owns what it points to. */
struct bucket {
    struct bufferevent_rate_limit_group *native;
    struct bufferevent *sentinel; /* its one member (group.c); NULL: libevent's own scheduler */
    const struct shaper_group_setup *setup;
};

/* Its level, as libevent keeps it. */
int64_t bucket_level(const struct bucket *bucket, enum shaper_direction direction);

/* Charges it and counts the group's totals. */
void bucket_charge(const struct bucket *bucket, enum shaper_direction direction, size_t bytes);

/* Reports to the group's owner what a group below was granted. */
void bucket_charged_from_below(const struct bucket *bucket, enum shaper_direction direction,
                               size_t bytes);

#endif
