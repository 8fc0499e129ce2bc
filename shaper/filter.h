/*
 * Filters: libevent's filtering bufferevents above both ends of a channel. What an end's
 * application writes passes the filters in the order in which they were given; at the other end it
 * passes them in the opposite order and comes out as it went in.
 *
 *     application -> filter 0 -> filter 1 -> ... -> [limits] pair, socket or TLS -> ... ->
 * application
 *
 * Limits stay below all filters, on the bufferevent that libevent would limit: the bytes after the
 * last filter are charged. (A limit put on a filter does nothing.)
 *
 *  - overhead: cuts each write into segments and puts a header before each, as a transport does.
 *    n bytes become n + ceil(n / segment) * header.
 *  - deflate: zlib's compressed stream (RFC 1950), flushed after each write (Z_SYNC_FLUSH), so that
 *    nothing waits in zlib; ended (Z_FINISH) when the channel closes.
 *  - ratelimit: Apache's mod_ratelimit (mod_ratelimit.h) on what the flow's responder sends; a flow
 *    is one response, unless shaper_channel_end_response() tells where responses end.
 *  - hook: callbacks of the program's own, like a code or framing that this library does not know.
 */
#ifndef SHAPESIM_SHAPER_FILTER_H
#define SHAPESIM_SHAPER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/mod_ratelimit.h"
#include "shaper/shaper.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHAPER_FILTERS_MAX      8
#define SHAPER_HEADER_MAX_BYTES 65535

enum shaper_filter_kind {
    SHAPER_FILTER_OVERHEAD,
    SHAPER_FILTER_DEFLATE,
    SHAPER_FILTER_RATELIMIT,
    SHAPER_FILTER_HOOK,
};

struct evbuffer;

/* One half of a hook: of one direction of one channel, at the sending or the receiving end. */
struct shaper_hook_stream {
    void *arg;   /* the hook's, the same for all */
    void *state; /* NULL at first; the callbacks' own */
    enum shaper_direction direction;
    bool is_sender;
};

/*
 * A callback takes bytes from the front of `from` and appends what becomes of them to `to`. What it
 * leaves in `from` is held: it is there, with what follows, at the next call. Both buffers are
 * borrowed for the call. The callbacks may use their stream and these buffers, and not the channel.
 *
 * 0; or -1, and the channel is broken: nothing more passes this half, and `broken`, `leaving` and
 * `closed` follow (shaper_channel_callbacks).
 */
typedef int shaper_hook_callback(struct shaper_hook_stream *stream, struct evbuffer *from,
                                 struct evbuffer *to);

/*
 * What `in` passes on goes over the wire, past the limits, to the peer's `out`, cut anywhere. `out`
 * gives back as many bytes as `in` took: with more the channel breaks, with fewer it never drains.
 */
struct shaper_filter_hook {
    /* At the sending end, once for each write: what the application, or the filter above, has
     * written. */
    shaper_hook_callback *in;
    /* At the receiving end, each time bytes have come. */
    shaper_hook_callback *out;
    /* Frees the state of a half whose `in` or `out` was called; the state is NULL after it.
     *  - At the sending end of a channel that closes (not with SHAPER_FLUSH_NORMAL), once, after
     * the last `in`: `to` takes what ends the stream. What is left in `from` follows as it is. If
     * more is offered nevertheless, another stream begins.
     *  - At every other half, when the channel is freed: `from` has what is lost and `to` is NULL.
     * NULL: there is no state. */
    shaper_hook_callback *end;
    void *arg;
};

struct shaper_filter {
    enum shaper_filter_kind kind;
    uint32_t header_bytes;  /* overhead: 1 to SHAPER_HEADER_MAX_BYTES */
    uint32_t segment_bytes; /* overhead: 1 or more */
    int level;              /* deflate: 0 to 9, or -1 for zlib's default */
    struct mod_ratelimit_config ratelimit;
    uint64_t brigade_bytes; /* ratelimit: of each brigade; 0: everything that has arrived is the
                             * next */
    bool flushes_writes;    /* ratelimit: a FLUSH follows each write */
    const struct shaper_filter_hook *hook; /* hook: borrowed, valid until the channel is freed */
};

/* Of one filter in one direction: bytes in and out at the sending end, bytes in and out at the
 * receiving end, and the CRC-32 of what was sent and of what came out. */
struct shaper_filter_counts {
    uint64_t sent_before_bytes;
    uint64_t sent_after_bytes;
    uint64_t received_before_bytes;
    uint64_t received_after_bytes;
    uint32_t sent_crc32;
    uint32_t received_crc32;
};

/* Adds the counts of the same kind of filter in another channel. */
void shaper_filter_counts_add(struct shaper_filter_counts *sum,
                              const struct shaper_filter_counts *more);

/* Checks a filter's settings. SHAPER_OK, or SHAPER_ERROR_LIMIT with the reason in `error`
 * (SHAPER_ERROR_BYTES). */
int shaper_filter_check(const struct shaper_filter *filter, char *error);

/* "overhead", "deflate", "ratelimit", "hook". */
const char *shaper_filter_name(enum shaper_filter_kind kind);

/* The version of zlib that deflate runs on. */
const char *shaper_zlib_version(void);

#ifdef __cplusplus
}
#endif

#endif
