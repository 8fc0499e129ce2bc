/*
 * A rate limit group: a real bufferevent_rate_limit_group with its bucket pair, tick and
 * min-share. Its timer runs from the moment it is made, one tick at a time.
 */
#ifndef SHAPESIM_SHAPER_GROUP_H
#define SHAPESIM_SHAPER_GROUP_H

#include <stdint.h>

#include "shaper/limit.h"
#include "shaper/scheduler.h"
#include "shaper/shaper.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent_rate_limit_group;
struct shaper_group;

struct shaper_group_setup {
    struct shaper_limit limit;
    int64_t min_share_bytes; /* 0 or more */
    enum shaper_scheduler scheduler;
    struct shaper_group *parent; /* NULL: none; both have a scheduler of this library; outlives this
                                  * one */
    uint32_t weight;             /* as a member of its parent; 0 is 1 */
    /* A scheduled group was charged by a group below it. NULL: not reported. */
    void (*charged_from_below)(void *arg, enum shaper_direction direction, size_t bytes);
    void *arg;
};

/* Makes a group; members of a group with a scheduler of this library are pairs. The caller owns the
 * result, frees it with shaper_group_free() after its last member has left; NULL on allocation
 * failure, or for a setup that is refused: a limit that shaper_limit_check() refuses, a min-share
 * below 0, an unknown scheduler, one that uses random numbers without a source (shaper_set_rng()),
 * a weight above SHAPER_WEIGHT_MAX, a parent where one of the two has libevent's scheduler. */
struct shaper_group *shaper_group_new(struct shaper *shaper,
                                      const struct shaper_group_setup *setup);
void shaper_group_free(struct shaper_group *group);

/* Changes the limit and the min-share of a live group, as bufferevent_rate_limit_group_set_cfg()
 * does: levels above a new burst are cut. SHAPER_OK or SHAPER_ERROR_MEMORY; SHAPER_ERROR_LIMIT
 * for a limit or a min-share that shaper_group_new() refuses and for another tick length (libevent
 * would continue to count in the old one). */
int shaper_group_set_limit(struct shaper_group *group, const struct shaper_limit *limit,
                           int64_t min_share_bytes);

/* (In the functions below, a value that is not one of the two directions changes nothing and has 0
 * bytes.) */

/* Charges a bucket for bytes that did not pass the group; a negative number credits it. libevent's
 * totals do not count them, and a credit above the burst makes its refill count wrong. */
void shaper_group_decrement(struct shaper_group *group, enum shaper_direction direction,
                            int64_t bytes);

/* Sets libevent's totals to 0. */
void shaper_group_reset_totals(struct shaper_group *group);

/* The bucket's level in bytes, as libevent keeps it: refilled by the group's timer alone. */
int64_t shaper_group_level(struct shaper_group *group, enum shaper_direction direction);

/* libevent's own count of the bytes that passed the group since it was made. */
uint64_t shaper_group_total(struct shaper_group *group, enum shaper_direction direction);

/* libevent's object, owned by the group. */
struct bufferevent_rate_limit_group *shaper_group_native(struct shaper_group *group);

#ifdef __cplusplus
}
#endif

#endif
