#include "shaper/group.h"

#include <stdlib.h>

#include <event2/bufferevent.h>

#include "shaper/libevent/state.h"
#include "shaper/schedulers/group_internal.h"
#include "shaper/schedulers/scheduler_ops.h"

/*
 * Where a scheduler of this library decides, libevent's group has a single member, the sentinel:
 * one end of a pair that carries nothing. It is charged for what the queues pass, and libevent
 * suspends and releases it as it would all members of the group.
 */
struct shaper_group {
    struct bucket bucket;
    struct shaper_group_setup setup;
    struct bufferevent *sentinel[2]; /* NULL: libevent's own scheduler */
    struct queue queues[SHAPER_DIRECTIONS];
};

/* Identifies a sentinel; never called, as nothing arrives. */
static void sentinel_readable(struct bufferevent *sentinel, void *arg)
{
    (void)sentinel;
    (void)arg;
}

struct shaper_group *group_of_sentinel(struct bufferevent *bufferevent)
{
    bufferevent_data_cb read_callback;
    void *arg;

    bufferevent_getcb(bufferevent, &read_callback, NULL, NULL, &arg);
    return read_callback == sentinel_readable ? arg : NULL;
}

static void update_queues(struct shaper_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        group->queues[d].effective_min_share_bytes =
            shaper_limit_min_share(&group->setup.limit, group->setup.min_share_bytes);
}

static int make_queues(struct shaper_group *group, struct shaper *shaper)
{
    if (bufferevent_pair_new(shaper->base, 0, group->sentinel) != 0)
        return -1;
    bufferevent_setcb(group->sentinel[0], sentinel_readable, NULL, NULL, group);
    group->bucket.sentinel = group->sentinel[0];
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct queue *queue = &group->queues[d];
        if (queue_init(queue, shaper, &group->bucket, (enum shaper_direction)d) != 0)
            return -1;
        queue->ops = scheduler_ops_of(group->setup.scheduler);
        queue->above.weight = group->setup.weight ? group->setup.weight : 1;
        if (group->setup.parent)
            queue_join(&group->setup.parent->queues[d], &queue->above);
    }
    update_queues(group);
    return bufferevent_add_to_rate_limit_group(group->sentinel[0], group->bucket.native);
}

/* Whether the scheduler can be used with this parent and weight. */
static bool is_schedulable(const struct shaper *shaper, const struct shaper_group_setup *setup)
{
    switch (setup->scheduler) {
    case SHAPER_SCHEDULER_LIBEVENT:
        return !setup->parent;
    case SHAPER_SCHEDULER_ACTIVE_SHARE:
    case SHAPER_SCHEDULER_SHUFFLE:
        if (!shaper->random_below)
            return false;
        break;
    case SHAPER_SCHEDULER_ROUND_ROBIN:
    case SHAPER_SCHEDULER_DRR:
    case SHAPER_SCHEDULER_SFQ:
        break;
    default:
        return false;
    }
    return setup->weight <= SHAPER_WEIGHT_MAX && (!setup->parent || setup->parent->sentinel[0]);
}

struct shaper_group *shaper_group_new(struct shaper *shaper, const struct shaper_group_setup *setup)
{
    if (!is_schedulable(shaper, setup) || setup->min_share_bytes < 0)
        return NULL;
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(&setup->limit);
    struct shaper_group *group = calloc(1, sizeof(*group));

    if (cfg && group)
        group->bucket.native = bufferevent_rate_limit_group_new(shaper->base, cfg);
    if (cfg)
        ev_token_bucket_cfg_free(cfg); /* a group keeps a copy */
    if (!group || !group->bucket.native) {
        free(group);
        return NULL;
    }
    group->setup = *setup;
    group->bucket.setup = &group->setup;
    bufferevent_rate_limit_group_set_min_share(group->bucket.native,
                                               (size_t)setup->min_share_bytes);
    if (setup->scheduler != SHAPER_SCHEDULER_LIBEVENT && make_queues(group, shaper) != 0) {
        shaper_group_free(group);
        return NULL;
    }
    return group;
}

static void free_queues(struct shaper_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        queue_fini(&group->queues[d]);
    bufferevent_remove_from_rate_limit_group(group->sentinel[0]);
    bufferevent_setcb(group->sentinel[0], NULL, NULL, NULL, NULL);
    bufferevent_free(group->sentinel[0]);
    bufferevent_free(group->sentinel[1]);
}

void shaper_group_free(struct shaper_group *group)
{
    if (!group)
        return;
    if (group->sentinel[0])
        free_queues(group);
    bufferevent_rate_limit_group_free(group->bucket.native);
    free(group);
}

struct queue *group_queue(struct shaper_group *group, enum shaper_direction direction)
{
    return group->sentinel[0] ? &group->queues[direction] : NULL;
}

void group_sentinel_suspended(struct shaper_group *group, enum shaper_direction direction,
                              bool stopped)
{
    queue_stopped(&group->queues[direction], stopped);
}

int64_t shaper_group_level(struct shaper_group *group, enum shaper_direction direction)
{
    return shaper_is_direction(direction) ? bucket_level(&group->bucket, direction) : 0;
}

uint64_t shaper_group_total(struct shaper_group *group, enum shaper_direction direction)
{
    ev_uint64_t read_bytes, written_bytes;

    if (!shaper_is_direction(direction))
        return 0;
    bufferevent_rate_limit_group_get_totals(group->bucket.native, &read_bytes, &written_bytes);
    return direction == SHAPER_READ ? read_bytes : written_bytes;
}

struct bufferevent_rate_limit_group *shaper_group_native(struct shaper_group *group)
{
    return group->bucket.native;
}

int shaper_group_set_limit(struct shaper_group *group, const struct shaper_limit *limit,
                           int64_t min_share_bytes)
{
    char error[SHAPER_ERROR_BYTES];

    if (shaper_limit_check(limit, error) != SHAPER_OK || min_share_bytes < 0 ||
        limit->tick_ms != group->setup.limit.tick_ms)
        return SHAPER_ERROR_LIMIT;
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(limit);
    if (!cfg)
        return SHAPER_ERROR_MEMORY;
    bufferevent_rate_limit_group_set_cfg(group->bucket.native, cfg);
    ev_token_bucket_cfg_free(cfg);
    bufferevent_rate_limit_group_set_min_share(group->bucket.native, (size_t)min_share_bytes);
    group->setup.limit = *limit;
    group->setup.min_share_bytes = min_share_bytes;
    update_queues(group);
    return SHAPER_OK;
}

void shaper_group_decrement(struct shaper_group *group, enum shaper_direction direction,
                            int64_t bytes)
{
    if (direction == SHAPER_READ)
        bufferevent_rate_limit_group_decrement_read(group->bucket.native, (ev_ssize_t)bytes);
    else if (direction == SHAPER_WRITE)
        bufferevent_rate_limit_group_decrement_write(group->bucket.native, (ev_ssize_t)bytes);
}

void shaper_group_reset_totals(struct shaper_group *group)
{
    bufferevent_rate_limit_group_reset_totals(group->bucket.native);
}
