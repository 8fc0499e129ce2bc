/*
 * A limit as libevent keeps it: bytes per tick, and a burst, for each direction.
 *
 * A bucket starts with one tick's worth (`rate`), grows by `rate` each tick and never beyond
 * `burst`. Example: rate 300 B/tick, tick 100 ms, burst 900 B is 3000 B/s; after a silence of three
 * ticks or more 900 B may pass at once, and N.1 ticks from the start carry up to N + 1 ticks'
 * worth.
 */
#ifndef SHAPESIM_SHAPER_LIMIT_H
#define SHAPESIM_SHAPER_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/shaper.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ev_token_bucket_cfg;

/* libevent 2.1.12 keeps larger values but casts a level to int before it reads: at 2^32 a socket
 * sees a false end of file. */
#define SHAPER_LIMIT_MAX_BYTES INT64_C(2147483647)

/* What 2.1.12 moves in one callback at most: reads by evbuffer_read(), writes by max_single_write.
 */
#define SHAPER_READ_MAX_BYTES  4096
#define SHAPER_WRITE_MAX_BYTES 16384

#define SHAPER_RECORD_MAX_BYTES 16384 /* the most that OpenSSL puts into one record of TLS */

#define SHAPER_MIN_SHARE_DEFAULT_BYTES 64 /* libevent's own */

struct shaper_limit {
    int64_t tick_ms; /* at least 1 */
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
};

/* What can be wrong with one direction of a limit: a bit for each. */
enum shaper_limit_fault {
    SHAPER_LIMIT_RATE_TOO_LOW = 1,   /* below 1 byte per tick */
    SHAPER_LIMIT_RATE_TOO_HIGH = 2,  /* above SHAPER_LIMIT_MAX_BYTES per tick */
    SHAPER_LIMIT_BURST_TOO_HIGH = 4, /* above SHAPER_LIMIT_MAX_BYTES */
    SHAPER_LIMIT_BURST_TOO_LOW = 8,  /* below one tick's worth */
};

/* All faults of a direction; 0: none. */
unsigned shaper_limit_faults(const struct shaper_limit *limit, enum shaper_direction direction);

/* Checks that libevent accepts the limit and keeps to it; if not, writes the reason into `error`
 * (SHAPER_ERROR_BYTES) and returns SHAPER_ERROR_LIMIT. */
int shaper_limit_check(const struct shaper_limit *limit, char *error);

/* libevent's form of a limit; the caller frees it with ev_token_bucket_cfg_free() after the last
 * bufferevent that uses it (libevent does not count references). NULL on allocation failure, or
 * where shaper_limit_check() refuses the limit. */
struct ev_token_bucket_cfg *shaper_limit_cfg(const struct shaper_limit *limit);

/* The min-share that libevent uses: at most the smaller direction's rate, for both. */
int64_t shaper_limit_min_share(const struct shaper_limit *limit, int64_t min_share_bytes);

/*
 * Setups that libevent accepts silently but that cost throughput or skew the shares. (Not covered:
 * what shaper_limit_check() refuses, and a value that is not one of the two directions.)
 *
 * Lost tokens: a member may overdraw the bucket by m - 1 bytes, m = min(min-share, what one
 * callback moves). The group is released at a level of min-share or more, so after an overdraft it
 * can wait with up to min-share - 1 bytes for one more refill, of which the burst cuts the rest.
 * Nothing is lost iff burst >= rate + min-share - 1 or rate >= min-share + m - 1.
 */
bool shaper_limit_loses_tokens(const struct shaper_limit *limit, int64_t min_share_bytes,
                               enum shaper_direction direction);

/* One grant empties a tick: the random start then favours members that come after idle ones. */
bool shaper_limit_skews_shares(const struct shaper_limit *limit, int64_t min_share_bytes,
                               enum shaper_direction direction);

/* The slower direction's rate cuts the min-share of the faster one. */
bool shaper_limit_clips_min_share(const struct shaper_limit *limit, int64_t min_share_bytes);

#ifdef __cplusplus
}
#endif

#endif
