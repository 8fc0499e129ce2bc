#include "shaper/limit.h"

#include <stdio.h>

#include <event2/bufferevent.h>

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum shaper_limit_fault shaper_limit_fault(const struct shaper_limit *limit,
                                           enum shaper_direction direction)
{
    int64_t rate = limit->rate_bytes_per_tick[direction];
    int64_t burst = limit->burst_bytes[direction];

    if (rate < 1)
        return SHAPER_LIMIT_RATE_TOO_LOW;
    if (rate > SHAPER_LIMIT_MAX_BYTES)
        return SHAPER_LIMIT_RATE_TOO_HIGH;
    if (burst > SHAPER_LIMIT_MAX_BYTES)
        return SHAPER_LIMIT_BURST_TOO_HIGH;
    return burst < rate ? SHAPER_LIMIT_BURST_TOO_LOW : SHAPER_LIMIT_NO_FAULT;
}

static int refuse(char *error, enum shaper_direction direction, const char *what, int64_t value,
                  const char *why)
{
    snprintf(error, SHAPER_ERROR_BYTES, "%s %s of %lld bytes %s", shaper_direction_name(direction),
             what, (long long)value, why);
    return SHAPER_ERROR_LIMIT;
}

static int check_direction(const struct shaper_limit *limit, enum shaper_direction direction,
                           char *error)
{
    int64_t rate = limit->rate_bytes_per_tick[direction];
    int64_t burst = limit->burst_bytes[direction];

    switch (shaper_limit_fault(limit, direction)) {
    case SHAPER_LIMIT_NO_FAULT:
        return SHAPER_OK;
    case SHAPER_LIMIT_RATE_TOO_LOW:
        return refuse(error, direction, "rate", rate, "a tick is below 1");
    case SHAPER_LIMIT_RATE_TOO_HIGH:
        return refuse(error, direction, "rate", rate,
                      "a tick is above 2147483647, where libevent cuts it");
    case SHAPER_LIMIT_BURST_TOO_HIGH:
        return refuse(error, direction, "burst", burst,
                      "is above 2147483647, where libevent cuts it");
    case SHAPER_LIMIT_BURST_TOO_LOW:
        return refuse(error, direction, "burst", burst, "is below one tick's worth");
    }
    return SHAPER_ERROR_LIMIT;
}

int shaper_limit_check(const struct shaper_limit *limit, char *error)
{
    int status = SHAPER_OK;

    if (limit->tick_ms < 1) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "a tick must be a whole number of milliseconds, at least 1");
        return SHAPER_ERROR_LIMIT;
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && status == SHAPER_OK; d++)
        status = check_direction(limit, (enum shaper_direction)d, error);
    return status;
}

static bool is_taken(const struct shaper_limit *limit)
{
    char error[SHAPER_ERROR_BYTES];

    return shaper_limit_check(limit, error) == SHAPER_OK;
}

struct ev_token_bucket_cfg *shaper_limit_cfg(const struct shaper_limit *limit)
{
    if (!is_taken(limit))
        return NULL;
    /* libevent aborts later on a timeval that is not normalised. */
    struct timeval tick = {.tv_sec = limit->tick_ms / 1000,
                           .tv_usec = limit->tick_ms % 1000 * 1000};

    return ev_token_bucket_cfg_new((size_t)limit->rate_bytes_per_tick[SHAPER_READ],
                                   (size_t)limit->burst_bytes[SHAPER_READ],
                                   (size_t)limit->rate_bytes_per_tick[SHAPER_WRITE],
                                   (size_t)limit->burst_bytes[SHAPER_WRITE], &tick);
}

int64_t shaper_limit_min_share(const struct shaper_limit *limit, int64_t min_share_bytes)
{
    return smaller(min_share_bytes, smaller(limit->rate_bytes_per_tick[SHAPER_READ],
                                            limit->rate_bytes_per_tick[SHAPER_WRITE]));
}

bool shaper_limit_loses_tokens(const struct shaper_limit *limit, int64_t min_share_bytes,
                               enum shaper_direction direction)
{
    if (!is_taken(limit) || !shaper_is_direction(direction))
        return false;
    int64_t share = shaper_limit_min_share(limit, min_share_bytes);
    int64_t most = direction == SHAPER_READ ? SHAPER_READ_MAX_BYTES : SHAPER_WRITE_MAX_BYTES;
    int64_t m = smaller(share, most);
    int64_t rate = limit->rate_bytes_per_tick[direction];

    return limit->burst_bytes[direction] < rate + share - 1 && rate < share + m - 1;
}

bool shaper_limit_skews_shares(const struct shaper_limit *limit, int64_t min_share_bytes,
                               enum shaper_direction direction)
{
    if (!is_taken(limit) || !shaper_is_direction(direction))
        return false;
    return shaper_limit_min_share(limit, min_share_bytes) >=
               limit->rate_bytes_per_tick[direction] &&
           limit->rate_bytes_per_tick[direction] <=
               (direction == SHAPER_READ ? SHAPER_READ_MAX_BYTES : SHAPER_WRITE_MAX_BYTES);
}

bool shaper_limit_clips_min_share(const struct shaper_limit *limit, int64_t min_share_bytes)
{
    int64_t read = limit->rate_bytes_per_tick[SHAPER_READ];
    int64_t write = limit->rate_bytes_per_tick[SHAPER_WRITE];
    int64_t faster = read > write ? read : write;

    return shaper_limit_min_share(limit, min_share_bytes) < smaller(min_share_bytes, faster);
}
