#include "shaper/group.h"

#include <stdlib.h>

#include <event2/bufferevent.h>

#include "shaper/charge.h"
#include "shaper/group_internal.h"
#include "shaper/internal.h"
#include "shaper/scheduler_internal.h"

/*
 * Where a scheduler of ours decides, libevent's group has a single member, one end of a pair that
 * carries nothing: it is charged for what the gates let through, and libevent stops and releases it
 * as it would all members of the group.
 */
struct shaper_group {
    struct bufferevent_rate_limit_group *native;
    struct shaper_group_setup setup;
    struct bufferevent *tap[2]; /* NULL: libevent's own scheduler */
    struct gate gates[SHAPER_DIRECTIONS];
};

/* Marks a tap; never called, as nothing comes. */
static void tap_readable(struct bufferevent *tap, void *arg)
{
    (void)tap;
    (void)arg;
}

struct shaper_group *group_of_tap(struct bufferevent *bufferevent)
{
    bufferevent_data_cb read_callback;
    void *arg;

    bufferevent_getcb(bufferevent, &read_callback, NULL, NULL, &arg);
    return read_callback == tap_readable ? arg : NULL;
}

static void update_gates(struct shaper_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        group->gates[d].min_share_bytes =
            shaper_limit_min_share(&group->setup.limit, group->setup.min_share_bytes);
}

static int make_gates(struct shaper_group *group, struct shaper *shaper)
{
    if (bufferevent_pair_new(shaper->base, 0, group->tap) != 0)
        return -1;
    bufferevent_setcb(group->tap[0], tap_readable, NULL, NULL, group);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct gate *gate = &group->gates[d];
        if (gate_init(gate, shaper, group, (enum shaper_direction)d) != 0)
            return -1;
        gate->ops = scheduler_ops_of(group->setup.scheduler);
        gate->above.weight = group->setup.weight ? group->setup.weight : 1;
        if (group->setup.parent)
            gate_join(&group->setup.parent->gates[d], &gate->above);
    }
    update_gates(group);
    return bufferevent_add_to_rate_limit_group(group->tap[0], group->native);
}

/* Whether the scheduler can serve the group where it is to be. */
static bool is_schedulable(const struct shaper *shaper, const struct shaper_group_setup *setup)
{
    switch (setup->scheduler) {
    case SHAPER_SCHEDULER_LIBEVENT:
        return !setup->parent;
    case SHAPER_SCHEDULER_ACTIVE_SHARE:
    case SHAPER_SCHEDULER_SHUFFLE:
        if (!shaper->draw)
            return false;
        break;
    case SHAPER_SCHEDULER_ROUND_ROBIN:
    case SHAPER_SCHEDULER_DRR:
    case SHAPER_SCHEDULER_SFQ:
        break;
    default:
        return false;
    }
    return setup->weight <= SHAPER_WEIGHT_MAX && (!setup->parent || setup->parent->tap[0]);
}

struct shaper_group *shaper_group_new(struct shaper *shaper, const struct shaper_group_setup *setup)
{
    if (!is_schedulable(shaper, setup) || setup->min_share_bytes < 0)
        return NULL;
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(&setup->limit);
    struct shaper_group *group = calloc(1, sizeof(*group));

    if (cfg && group)
        group->native = bufferevent_rate_limit_group_new(shaper->base, cfg);
    if (cfg)
        ev_token_bucket_cfg_free(cfg); /* a group keeps a copy */
    if (!group || !group->native) {
        free(group);
        return NULL;
    }
    group->setup = *setup;
    bufferevent_rate_limit_group_set_min_share(group->native, (size_t)setup->min_share_bytes);
    if (setup->scheduler != SHAPER_SCHEDULER_LIBEVENT && make_gates(group, shaper) != 0) {
        shaper_group_free(group);
        return NULL;
    }
    return group;
}

static void free_gates(struct shaper_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        gate_fini(&group->gates[d]);
    bufferevent_remove_from_rate_limit_group(group->tap[0]);
    bufferevent_setcb(group->tap[0], NULL, NULL, NULL, NULL);
    bufferevent_free(group->tap[0]);
    bufferevent_free(group->tap[1]);
}

void shaper_group_free(struct shaper_group *group)
{
    if (!group)
        return;
    if (group->tap[0])
        free_gates(group);
    bufferevent_rate_limit_group_free(group->native);
    free(group);
}

struct gate *group_gate(struct shaper_group *group, enum shaper_direction direction)
{
    return group->tap[0] ? &group->gates[direction] : NULL;
}

void group_charge(struct shaper_group *group, enum shaper_direction direction, size_t bytes)
{
    charge(group->tap[0], direction, bytes);
}

void group_charged_from_below(struct shaper_group *group, enum shaper_direction direction,
                              size_t bytes)
{
    if (group->setup.charged_from_below)
        group->setup.charged_from_below(group->setup.arg, direction, bytes);
}

void group_tap_suspended(struct shaper_group *group, enum shaper_direction direction, bool stopped)
{
    gate_stopped(&group->gates[direction], stopped);
}

int64_t shaper_group_level(struct shaper_group *group, enum shaper_direction direction)
{
    if (!shaper_is_direction(direction))
        return 0;
    return direction == SHAPER_READ ? bufferevent_rate_limit_group_get_read_limit(group->native)
                                    : bufferevent_rate_limit_group_get_write_limit(group->native);
}

uint64_t shaper_group_total(struct shaper_group *group, enum shaper_direction direction)
{
    ev_uint64_t read_bytes, written_bytes;

    if (!shaper_is_direction(direction))
        return 0;
    bufferevent_rate_limit_group_get_totals(group->native, &read_bytes, &written_bytes);
    return direction == SHAPER_READ ? read_bytes : written_bytes;
}

struct bufferevent_rate_limit_group *shaper_group_native(struct shaper_group *group)
{
    return group->native;
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
    bufferevent_rate_limit_group_set_cfg(group->native, cfg);
    ev_token_bucket_cfg_free(cfg);
    bufferevent_rate_limit_group_set_min_share(group->native, (size_t)min_share_bytes);
    group->setup.limit = *limit;
    group->setup.min_share_bytes = min_share_bytes;
    update_gates(group);
    return SHAPER_OK;
}

void shaper_group_decrement(struct shaper_group *group, enum shaper_direction direction,
                            int64_t bytes)
{
    if (direction == SHAPER_READ)
        bufferevent_rate_limit_group_decrement_read(group->native, (ev_ssize_t)bytes);
    else if (direction == SHAPER_WRITE)
        bufferevent_rate_limit_group_decrement_write(group->native, (ev_ssize_t)bytes);
}

void shaper_group_reset_totals(struct shaper_group *group)
{
    bufferevent_rate_limit_group_reset_totals(group->native);
}
