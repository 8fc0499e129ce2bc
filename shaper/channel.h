/*
 * A channel: the two bufferevents of one flow. The shaped end belongs to a group, has a limit of
 * its own, both or neither; the peer is not limited.
 *
 *     peer --- read: what the peer sends pays the shaped end's read buckets ---> shaped end
 *     peer <-- write: what the shaped end sends pays its write buckets --------- shaped end
 *
 * Bytes are offered to the sending end's output buffer, delivered when the other end's read
 * callback has taken them out; what is in between is the backlog. What lies in the buffers is
 * zeros, as only numbers of bytes matter; but where there are filters (filter.h), it is what was
 * offered. Offered and delivered bytes are those above all filters, charged ones those below.
 *
 * SHAPER_TRANSPORT_SOCKET: a socketpair with socket bufferevents at both ends. libevent limits
 * these by itself; this library only hands bytes in and takes them out.
 *
 * SHAPER_TRANSPORT_PAIR: libevent does not limit pairs by itself. So what may not be sent yet is
 * kept back, and for each grant k = min(backlog, bufferevent_get_max_to_write / _read of the shaped
 * end [, 4096 for a read]) exactly k bytes cross the pair and are charged with libevent's own
 * bufferevent_decrement_..._buckets_, which counts the group's totals and suspends whom it must.
 * Who is granted next follows from the poller: the order is that of sockets, and so are the bytes
 * of every flow in every tick.
 *
 * SHAPER_TRANSPORT_TLS: a TLS filter (libevent_openssl) over each end of a pair, limited by
 * libevent alone, which charges what passes below the filter: both handshakes and each record's
 * 22 bytes. Bytes offered at once are one record for each SHAPER_RECORD_MAX_BYTES of them. A bucket
 * is asked before a record and charged for the whole of it: at 1000 B a tick 16384 bytes, a record
 * of 16406, drive it from 1000 to -15406, and it takes 16 ticks to be above 0 again. Handshakes do
 * not ask (they wait if the read bucket alone is empty), nor does the close-notify (24 bytes),
 * which is not charged either.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_H
#define SHAPESIM_SHAPER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/filter.h"
#include "shaper/group.h"
#include "shaper/limit.h"
#include "shaper/shaper.h"

struct shaper_channel;

/* Told to the owner of a channel; `arg` is what it gave. */
struct shaper_channel_callbacks {
    /* `bytes` were taken out at the far end. (Those of one instant may come together, where
     * `sums_deliveries` says so.) */
    void (*delivered)(void *arg, enum shaper_direction direction, size_t bytes);
    /* libevent has charged `bytes` to the shaped end's buckets, if it has any: one grant. They are
     * delivered at the same instant; with TLS they are those of handshakes and whole records. NULL:
     * not told. */
    void (*charged)(void *arg, enum shaper_direction direction, size_t bytes);
    /* A flush has driven so many bytes past the limits. NULL: not told. */
    void (*flushed)(void *arg, enum shaper_direction direction, size_t bytes);
    /* The shaped end has written, and no more than write_low_bytes are left in its output. Told
     * only if tells_writable. */
    void (*writable)(void *arg);
    /* The shaped end has neither read nor written for its timeout; libevent has disabled that
     * direction, and it is enabled again. NULL: not told. */
    void (*timed_out)(void *arg, enum shaper_direction direction);
    /* TLS: both ends have shaken hands, for which the shaped end moved so many bytes, all of them
     * charged. NULL: not told. */
    void (*opened)(void *arg, const uint64_t bytes[SHAPER_DIRECTIONS]);
    /* The shaped end is about to leave its group and be freed: its last state can be read. */
    void (*leaving)(void *arg);
    /* The peer has seen the end of file and the channel is gone. */
    void (*closed)(void *arg);
    /* TLS: what the peer has seen is no end of file but an error, as there was no close-notify;
     * `closed` follows. NULL: not told. */
    void (*unclean)(void *arg);
    /* libevent has reported an end of file or an error where there is none (a socket in a group
     * with min-share 0), or a handshake has failed: `leaving` and `closed` follow, and the backlog
     * is lost. NULL: not told. */
    void (*broken)(void *arg);
};

/* How the shaped end of a TLS channel ends. */
enum shaper_tls_end {
    SHAPER_TLS_END_CLOSE_NOTIFY,  /* the peer sees the end of file */
    SHAPER_TLS_END_DIRTY,         /* without close-notify: the peer sees an error */
    SHAPER_TLS_END_DIRTY_ALLOWED, /* likewise, but it was told to take that for an end of file */
};

/* What a closing channel's ends call bufferevent_flush() with, for what they send. */
enum shaper_flush {
    SHAPER_FLUSH_NONE,     /* they do not; filters end their streams */
    SHAPER_FLUSH_NORMAL,   /* filters are not told of an end: what they hold they keep */
    SHAPER_FLUSH_FLUSH,    /* filters pass on what they hold */
    SHAPER_FLUSH_FINISHED, /* filters end their streams */
};

struct shaper_channel_setup {
    enum shaper_transport transport;
    bool shaped_is_initiator; /* it is the client of TLS, and no responder to mod_ratelimit */
    enum shaper_tls_end tls_end;
    const struct shaper_filter *filters; /* borrowed until the channel is gone */
    size_t filter_count;
    /* With FLUSH and FINISHED, a pair (not a socket, nor TLS) drives across all that waits, past
     * every limit. */
    enum shaper_flush flush;
    /* Of the shaped end; 0: none. It reads at most read_high_bytes in one callback, as its input
     * is full then; the timeouts are those of the bufferevent that its application uses. */
    size_t read_high_bytes;
    bool tells_writable;
    size_t write_low_bytes;
    int64_t timeout_us[SHAPER_DIRECTIONS];
    size_t max_single_bytes[SHAPER_DIRECTIONS]; /* of one callback of the shaped end; 0: libevent's
                                                   16384. An own limit overrides it. */
    struct shaper_group *group;                 /* NULL: none; borrowed until the channel is gone */
    uint32_t weight;                     /* in a group whose scheduler knows weights; 0 is 1 */
    struct ev_token_bucket_cfg *own_cfg; /* NULL: no limit of its own; borrowed likewise */
    /* Nobody reacts to a delivery: those of one instant may be told when all else at that instant
     * is done, in one sum. Bytes then cross a pair once and not with each grant. */
    bool sums_deliveries;
    const struct shaper_channel_callbacks *callbacks; /* borrowed likewise */
    void *arg;
};

/* Makes a channel; it is gone after `closed`, or after shaper_channel_free(). NULL without memory
 * or descriptors, or for a setup that is refused: *status says which. It is SHAPER_ERROR_LIMIT for
 * an unknown transport, end or flush, a filter that shaper_filter_check() refuses, more than
 * SHAPER_FILTERS_MAX of them, mod_ratelimit without a clock (shaper_set_clock()), a weight above
 * SHAPER_WEIGHT_MAX, and for a socket or TLS in a group with a scheduler of ours. */
struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup, int *status);

/* Hands bytes to the sending end, in one write. `data` holds them, NULL stands for zeros; without
 * filters nobody looks at it. SHAPER_OK or SHAPER_ERROR_MEMORY; SHAPER_ERROR_LIMIT for another
 * direction than the two, which in all other functions has 0 bytes and changes nothing. */
int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         const void *data, size_t bytes);

/* No more bytes will be offered: once the backlog is empty, and all else that is due at that
 * instant is done, the shaped end leaves its group, the peer sees the end of file and both are
 * freed. (If more is offered all the same before it has left, it stays until that is drained.) */
void shaper_channel_close(struct shaper_channel *channel);

/* Bytes offered and not delivered. */
uint64_t shaper_channel_backlog(const struct shaper_channel *channel,
                                enum shaper_direction direction);

/* Bytes that filters have been given and not passed on, in both directions; 0 without filters. */
uint64_t shaper_channel_held_bytes(const struct shaper_channel *channel);

/* Whether its filters hold bytes and nothing lies below them: no token would move anything. */
bool shaper_channel_is_held(const struct shaper_channel *channel);

/* Bytes that wait in the shaped end's lowest output buffer to be written; what a filter holds is
 * not among them. */
uint64_t shaper_channel_output_bytes(const struct shaper_channel *channel);

/* Bytes before and after each filter so far; `filter` counts from 0, the application's. NULL for
 * one that is not there. */
const struct shaper_filter_counts *
shaper_channel_filter_counts(const struct shaper_channel *channel, size_t filter,
                             enum shaper_direction direction);

/* Moves the shaped end to another group; NULL: to none. SHAPER_OK or SHAPER_ERROR_MEMORY;
 * SHAPER_ERROR_LIMIT, and it stays where it is, for a socket or TLS and a group with a scheduler of
 * ours. */
int shaper_channel_set_group(struct shaper_channel *channel, struct shaper_group *group);

/* Gives the shaped end another limit of its own; NULL: none. The one before is taken away first, so
 * that the buckets are fresh ones: libevent counts a live bucket's ticks on in the old length, and
 * would fill it at once or stop for years. `cfg` is borrowed until it is replaced or the channel
 * gone. */
int shaper_channel_set_own_limit(struct shaper_channel *channel, struct ev_token_bucket_cfg *cfg);

/* Charges the own bucket, which it must have (libevent aborts), for bytes that did not pass;
 * negative gives back. */
void shaper_channel_decrement_own(struct shaper_channel *channel, enum shaper_direction direction,
                                  int64_t bytes);

/* The level of the shaped end's own bucket; meaningful only with a limit of its own. */
int64_t shaper_channel_own_level(struct shaper_channel *channel, enum shaper_direction direction);

/* Frees a channel at once, whatever is left in it, without calling back. */
void shaper_channel_free(struct shaper_channel *channel);

/* Frees those that have left and whose peers have not seen the end yet, without calling back: for
 * an owner who stops the loop before that. */
void shaper_abandon_ending(struct shaper *shaper);

#endif
