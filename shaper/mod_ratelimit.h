/*
 * The output filter mod_ratelimit of the Apache HTTP server, as a model: one object for each
 * response (never for a client), handed the brigades that httpd would hand to the filter, it says
 * what is passed on and how long the worker sleeps before. It uses no clock and no loop.
 *
 * The limiter is a pacer that sleeps for a fixed time, not a token bucket: it gives no credit for
 * an idle producer, and none for the time that passing on takes.
 *
 *     speed = rate-limit * 1024 B/s,  chunk = floor(speed / 5) B,  one piece each 200 ms
 *     a piece is at most chunk + burst, burst = rate-initial-burst * 1024 B at first
 *     the k pieces of any k - 1 sleeps in a row: <= k * chunk + initial burst   (fixed, corrected)
 *
 * Example: rate-limit 60 is 61440 B/s, chunk 12288 B. A response of 38400 B in one brigade with an
 * EOS at its end leaves as 12288, 12288, 12288 and 38400 - 3 * 12288 = 1536 B, at 0, 200, 400 and
 * 600 ms. (httpd's developer guide prints this example with 12228 and 1716.) The last piece waits
 * its 200 ms like the others, whatever follows it.
 *
 * The variants, for an endless response in brigades of B bytes without other elements:
 *  - naive: up to 2.4.33, before r1833875. Each brigade starts anew, without a sleep, and is passed
 *    on to its last byte, so its ceil(B / chunk) pieces have one sleep less than that:
 *        rate = B / ((ceil(B / chunk) - 1) * 200 ms), unlimited where B <= chunk,
 *    which is (B / chunk) / (ceil(B / chunk) - 1) times the limit: 38400 B in each brigade at
 *    rate-limit 60 are 64000 B/s. (PR 62362)
 *  - fixed: r1833875 in trunk, r1835168 = 2.4.34 and later. The sleep is remembered from brigade to
 *    brigade, and what does not exceed a piece is held until more arrives: 38400 B without an EOS
 *    leave 1536 B held, 12288 B are held whole. It spends the burst on bytes that it holds, and on
 *    the same bytes again with the next brigade.
 *  - corrected: fixed, but only bytes that are passed on spend the burst, and an RL_END before an
 *    RL_START does not end what that begins. No release of httpd does this.
 *
 * What fixed and corrected pass on, from what is held and the brigade after it:
 *  - More than chunk + burst: pieces of that size, each with the markers right after it. The rest,
 *    which may be a whole piece, is held or ends as follows.
 *  - An EOS as the last element passes everything on, and the filter removes itself: what comes
 *    later is passed on untouched, and what was left after that EOS never is. A response that ends
 *    without one stays held. (PR 63192)
 *  - A FLUSH as the last element passes everything on. It costs a sleep whatever its bytes: five
 *    pieces a second at most. A FLUSH before the last element is held with what surrounds it.
 *  - RL_START lets what follows pass at once, in one piece, up to an RL_END. What was held passes
 *    with it, unlimited; the burst that fixed has spent on it is gone.
 *  - Where an RL_END is held itself, as in RL_START, a, RL_END, b, RL_START, c with no more than a
 *    piece in b, fixed ends the second section at that one, holds b again, and so on forever.
 *
 * The naive variant ends each piece with a FLUSH, cuts before the markers after it (so that these
 * make an empty piece with its own sleep) and ignores EOS.
 */
#ifndef SHAPESIM_SHAPER_MOD_RATELIMIT_H
#define SHAPESIM_SHAPER_MOD_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/shaper.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MOD_RATELIMIT_INTERVAL_US INT64_C(200000)

/* What httpd's int holds: 2097151 * 1024 = 2147482624. It does not check: 2097152 KiB/s wraps to
 * -2147483648 and means no limit, 4194305 KiB/s wraps to 1024 B/s and is kept. */
#define MOD_RATELIMIT_MAX_KIB INT64_C(2097151)

enum mod_ratelimit_variant {
    MOD_RATELIMIT_NAIVE,
    MOD_RATELIMIT_FIXED,
    MOD_RATELIMIT_CORRECTED,
};

struct mod_ratelimit_config {
    int64_t rate_kib_per_s;    /* KiB = 1024 bytes; 1 to MOD_RATELIMIT_MAX_KIB */
    int64_t initial_burst_kib; /* 0: none */
    enum mod_ratelimit_variant variant;
};

enum mod_ratelimit_element {
    MOD_RATELIMIT_DATA,
    MOD_RATELIMIT_FLUSH,
    MOD_RATELIMIT_EOS,
    MOD_RATELIMIT_START, /* RL_START: full speed from here */
    MOD_RATELIMIT_END,   /* RL_END: limited again */
};

/* One bucket of a brigade. */
struct mod_ratelimit_item {
    enum mod_ratelimit_element element;
    uint64_t bytes; /* of data, 0 included; 0 for all others */
};

/* What one call of the next filter receives: the next `bytes` of the stream. */
struct mod_ratelimit_piece {
    int64_t sleep_us; /* the worker sleeps this long first: 0 or MOD_RATELIMIT_INTERVAL_US */
    uint64_t bytes;
    bool is_limited; /* cut by the limiter: neither at full speed nor after the filter's removal */
    bool is_flushed; /* a FLUSH is its last element */
    bool has_eos;
};

struct mod_ratelimit;

/* Checks that mod_ratelimit accepts the setting and keeps to it; if not (it would not limit, ignore
 * the burst, or overflow), writes the reason into `error` (SHAPER_ERROR_BYTES) and returns
 * SHAPER_ERROR_LIMIT. */
int mod_ratelimit_check(const struct mod_ratelimit_config *config, char *error);

/* The most that one piece of a checked setting has once the burst is spent; 0 for a rate that
 * mod_ratelimit_check() refuses. */
uint64_t mod_ratelimit_chunk_bytes(const struct mod_ratelimit_config *config);

/* One response with a setting, which is copied. The caller owns the result and frees it with
 * mod_ratelimit_free(), at any time; NULL on allocation failure, or where mod_ratelimit_check()
 * refuses the setting. */
struct mod_ratelimit *mod_ratelimit_new(const struct mod_ratelimit_config *config);
void mod_ratelimit_free(struct mod_ratelimit *response);

/*
 * Hands over a brigade of `count` items, which are copied; 0 is allowed. SHAPER_OK; or
 * SHAPER_ERROR_MEMORY, or SHAPER_ERROR_LIMIT for an item that is none of its enum's or a marker
 * with bytes, and nothing has changed. Then mod_ratelimit_next() must be called until it
 * returns false, and only then may the next brigade be handed over: the worker that sleeps also
 * makes the brigades.
 */
int mod_ratelimit_give(struct mod_ratelimit *response, const struct mod_ratelimit_item *items,
                       size_t count);

/* The next piece; false when the filter has returned and waits for a brigade, with *piece
 * unchanged. The sleep counts from when the piece before it was passed on. */
bool mod_ratelimit_next(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece);

/* Bytes received and not passed on. */
uint64_t mod_ratelimit_held_bytes(const struct mod_ratelimit *response);

/* What the next piece may have above a chunk. */
uint64_t mod_ratelimit_burst_bytes(const struct mod_ratelimit *response);

/* Whether the filter has removed itself after an EOS. */
bool mod_ratelimit_is_removed(const struct mod_ratelimit *response);

/* Whether httpd's filter would loop forever (fixed only). The model then accepts further brigades
 * and never passes anything on. */
bool mod_ratelimit_is_stuck(const struct mod_ratelimit *response);

#ifdef __cplusplus
}
#endif

#endif
