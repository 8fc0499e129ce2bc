#include "shaper/schedulers/bucket.h"

#include <event2/bufferevent.h>

#include "shaper/libevent/charge.h"

int64_t bucket_level(const struct bucket *bucket, enum shaper_direction direction)
{
    return direction == SHAPER_READ ? bufferevent_rate_limit_group_get_read_limit(bucket->native)
                                    : bufferevent_rate_limit_group_get_write_limit(bucket->native);
}

void bucket_charge(const struct bucket *bucket, enum shaper_direction direction, size_t bytes)
{
    charge(bucket->sentinel, direction, bytes);
}

void bucket_charged_from_below(const struct bucket *bucket, enum shaper_direction direction,
                               size_t bytes)
{
    if (bucket->setup->charged_from_below)
        bucket->setup->charged_from_below(bucket->setup->arg, direction, bytes);
}
