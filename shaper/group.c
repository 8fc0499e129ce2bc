#include "shaper/group.h"

#include <stdlib.h>

#include <event2/bufferevent.h>

struct shaper_group {
    struct bufferevent_rate_limit_group *native;
};

struct shaper_group *shaper_group_new(struct event_base *base, const struct shaper_limit *limit,
                                      int64_t min_share_bytes)
{
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(limit);
    struct shaper_group *group = calloc(1, sizeof(*group));

    if (cfg && group)
        group->native = bufferevent_rate_limit_group_new(base, cfg);
    if (cfg)
        ev_token_bucket_cfg_free(cfg); /* a group keeps a copy */
    if (!group || !group->native) {
        free(group);
        return NULL;
    }
    bufferevent_rate_limit_group_set_min_share(group->native, (size_t)min_share_bytes);
    return group;
}

void shaper_group_free(struct shaper_group *group)
{
    if (!group)
        return;
    bufferevent_rate_limit_group_free(group->native);
    free(group);
}

int64_t shaper_group_level(struct shaper_group *group, enum shaper_direction direction)
{
    return direction == SHAPER_READ ? bufferevent_rate_limit_group_get_read_limit(group->native)
                                    : bufferevent_rate_limit_group_get_write_limit(group->native);
}

uint64_t shaper_group_total(struct shaper_group *group, enum shaper_direction direction)
{
    ev_uint64_t read_bytes, written_bytes;

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
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(limit);

    if (!cfg)
        return SHAPER_ERROR_MEMORY;
    bufferevent_rate_limit_group_set_cfg(group->native, cfg);
    ev_token_bucket_cfg_free(cfg);
    bufferevent_rate_limit_group_set_min_share(group->native, (size_t)min_share_bytes);
    return SHAPER_OK;
}

void shaper_group_decrement(struct shaper_group *group, enum shaper_direction direction,
                            int64_t bytes)
{
    if (direction == SHAPER_READ)
        bufferevent_rate_limit_group_decrement_read(group->native, (ev_ssize_t)bytes);
    else
        bufferevent_rate_limit_group_decrement_write(group->native, (ev_ssize_t)bytes);
}

void shaper_group_reset_totals(struct shaper_group *group)
{
    bufferevent_rate_limit_group_reset_totals(group->native);
}
