/*
 * A channel: the two bufferevents of one flow. The shaped end belongs to a group, has a per-flow
 * limit, both or neither; the peer is not limited.
 *
 *     peer --- read: what the peer sends pays the shaped end's read buckets ---> shaped end
 *     peer <-- write: what the shaped end sends pays its write buckets --------- shaped end
 *
 * Bytes are offered to the sending end's output buffer, delivered when the other end's read
 * callback has taken them out; what is in between is the backlog. Without filters the buffers hold
 * zeros, as only byte counts matter; with filters (filter.h) they hold the offered bytes. Offered
 * and delivered bytes are counted above all filters, charged bytes below them.
 *
 * SHAPER_TRANSPORT_SOCKET: a socketpair with socket bufferevents at both ends. libevent limits
 * these itself; this library only writes bytes at one end and reads them at the other.
 *
 * SHAPER_TRANSPORT_PAIR: libevent does not limit pairs. So this library holds bytes back until they
 * may be sent, and for each grant k = min(backlog, bufferevent_get_max_to_write / _read of the
 * shaped end [, 4096 for a read]) exactly k bytes cross the pair and are charged with libevent's
 * own bufferevent_decrement_..._buckets_, which counts the group's totals and suspends members
 * whose bucket is empty. The poller decides which flow is served next: the order is that of
 * sockets, and so are the bytes of every flow in every tick.
 *
 * SHAPER_TRANSPORT_TLS: a TLS filter (libevent_openssl) over each end of a pair, limited by
 * libevent alone, which charges what passes below the filter: both handshakes and each record's
 * overhead, which struct shaper_tls_lengths names. Bytes offered at once are one record for each
 * SHAPER_RECORD_MAX_BYTES of them. A bucket is checked before a record and charged for all of it:
 * at 1000 B per tick, 16384 bytes (a record of 16406 with TLS 1.3) take it from 1000 to -15406, and
 * it needs 16 ticks to rise above 0 again. Handshakes do not check the write bucket (they wait only
 * for the read bucket), nor does the close-notify, which is not charged either.
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

#ifdef __cplusplus
extern "C" {
#endif

struct shaper_channel;

/* Called for the owner of a channel; `arg` is what the owner set. */
struct shaper_channel_callbacks {
    /* `bytes` were read at the far end. Deliveries of one instant may be reported as one sum where
     * `sums_deliveries` is set. */
    void (*delivered)(void *arg, enum shaper_direction direction, size_t bytes);
    /* libevent has charged `bytes` to the shaped end's buckets, if it has any: one grant. They are
     * delivered at the same instant, unless read_low_bytes holds them; with TLS they are the bytes
     * of handshakes and whole records. NULL: not reported. */
    void (*charged)(void *arg, enum shaper_direction direction, size_t bytes);
    /* A flush has moved `bytes` past the limits. NULL: not reported. */
    void (*flushed)(void *arg, enum shaper_direction direction, size_t bytes);
    /* The shaped end has written, and at most write_low_bytes are left in its output. Called only
     * if reports_writable is set. */
    void (*writable)(void *arg);
    /* The shaped end has neither read nor written for its timeout; libevent has disabled that
     * direction, and it is enabled again. NULL: not reported. */
    void (*timed_out)(void *arg, enum shaper_direction direction);
    /* TLS: both ends have completed the handshake, for which the shaped end moved `bytes`, all of
     * them charged. NULL: not reported. */
    void (*opened)(void *arg, const uint64_t bytes[SHAPER_DIRECTIONS]);
    /* The shaped end is about to leave its group and be freed: its last state can be read. */
    void (*leaving)(void *arg);
    /* The peer has seen the end of file and the channel is gone. */
    void (*closed)(void *arg);
    /* TLS: the peer has seen an error instead of the end of file, as there was no close-notify;
     * `closed` follows. NULL: not reported. */
    void (*unclean)(void *arg);
    /* libevent has reported an end of file or an error without cause (a socket in a group with
     * min-share 0), a handshake has failed, or a hook among the filters: `leaving` and `closed`
     * follow, and the backlog is lost. NULL: not reported. */
    void (*broken)(void *arg);
};

enum shaper_tls_version {
    SHAPER_TLS_1_3,
    SHAPER_TLS_1_2,
};

/* What a version of TLS adds to the bytes of an application. Handshakes are those of OpenSSL 3.0;
 * another version's hello of the client may be longer. */
struct shaper_tls_lengths {
    int64_t client_handshake_bytes; /* what the client sends */
    int64_t server_handshake_bytes;
    int64_t record_overhead_bytes; /* of each record */
    int64_t close_notify_bytes;
};

/* Those of a version; valid for as long as the program runs. */
const struct shaper_tls_lengths *shaper_tls_lengths(enum shaper_tls_version version);

/* How the shaped end of a TLS channel ends. */
enum shaper_tls_end {
    SHAPER_TLS_END_CLOSE_NOTIFY,  /* the peer sees the end of file */
    SHAPER_TLS_END_DIRTY,         /* without close-notify: the peer sees an error */
    SHAPER_TLS_END_DIRTY_ALLOWED, /* likewise, but the peer is set to accept that as an end of
                                   * file */
};

/* The mode with which the ends of a closing channel call bufferevent_flush() for what they send. */
enum shaper_flush {
    SHAPER_FLUSH_NONE,     /* no flush; filters end their streams */
    SHAPER_FLUSH_NORMAL,   /* filters see no end and keep what they hold */
    SHAPER_FLUSH_FLUSH,    /* filters pass on what they hold */
    SHAPER_FLUSH_FINISHED, /* filters end their streams */
};

struct shaper_channel_setup {
    enum shaper_transport transport;
    bool shaped_is_initiator; /* the shaped end is the TLS client, and mod_ratelimit does not apply
                               * to what it sends */
    enum shaper_tls_version tls_version;
    enum shaper_tls_end tls_end;
    const struct shaper_filter *filters; /* borrowed, valid until the channel is freed */
    size_t filter_count;
    /* With FLUSH and FINISHED, a pair (not a socket, nor TLS) moves everything that waits, past
     * every limit. */
    enum shaper_flush flush;
    /* Of the shaped end; 0: none. It reads at most read_high_bytes in one callback, as its input is
     * then full; the timeouts belong to the bufferevent that its application uses, as does
     * read_low_bytes: that one's read callback waits until the input holds this much, and what
     * waits is charged already. Once the channel is closing the rest is taken as soon as
     * all of it has come, however little that is, as an application takes it at the end of file; so
     * is what has come when the channel breaks. */
    size_t read_high_bytes;
    size_t read_low_bytes;
    /* The write high watermark below the filters of the shaped end, which pass on no more while so
     * much waits there; 0: none. Only with filters. What does not fit waits in the filters; when
     * the output has fallen to write_low_bytes, they continue. A flush passes the mark. */
    size_t filter_high_bytes;
    bool reports_writable;
    size_t write_low_bytes;
    int64_t timeout_us[SHAPER_DIRECTIONS];
    size_t max_single_bytes[SHAPER_DIRECTIONS]; /* of one callback of the shaped end; 0: libevent's
                                                   16384. A per-flow limit overrides it. */
    struct shaper_group *group;                 /* NULL: none; borrowed, valid until the channel is
                                                 * freed */
    uint32_t weight;                          /* in a group whose scheduler knows weights; 0 is 1 */
    struct ev_token_bucket_cfg *per_flow_cfg; /* NULL: no per-flow limit; borrowed likewise */
    /* Nothing reacts to a delivery before all that is granted has been: the deliveries of one
     * instant may be reported as one sum, before anything of lower priority than
     * SHAPER_PRIORITY_GRANT. Bytes then cross a pair once instead of once per grant. */
    bool sums_deliveries;
    const struct shaper_channel_callbacks *callbacks; /* borrowed likewise */
    void *arg;
};

/* Makes a channel; it is freed after `closed` is called, or by shaper_channel_free(). NULL if
 * memory or descriptors run out, or for a setup that is refused: *status says which. It is
 * SHAPER_ERROR_LIMIT for an unknown transport, TLS version, end or flush, a filter that
 * shaper_filter_check() refuses, more than SHAPER_FILTERS_MAX filters, a mark below filters where
 * there are none, mod_ratelimit without a clock (shaper_set_clock()), a weight above
 * SHAPER_WEIGHT_MAX, without filters read_low_bytes above a read_high_bytes (the input would be
 * full before the callback comes, and stay so), and for a socket or TLS in a group with a scheduler
 * of this library. */
struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup, int *status);

/* Hands bytes to the sending end, in one write. `data` holds them; NULL stands for zeros, and
 * without filters the contents are never read. SHAPER_OK or SHAPER_ERROR_MEMORY; SHAPER_ERROR_LIMIT
 * for a value that is not one of the two directions. In all other functions such a value has 0
 * bytes and changes nothing. */
int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         const void *data, size_t bytes);

/* What was offered in that direction since the last call is one response: filters that limit
 * responses (mod_ratelimit) see its end after it. */
void shaper_channel_end_response(struct shaper_channel *channel, enum shaper_direction direction);

/* No more bytes will be offered: once the backlog is empty and everything else due at that instant
 * is done, the shaped end leaves its group, the peer sees the end of file and both are freed. If
 * more is offered before the shaped end has left, it stays until that has drained. */
void shaper_channel_close(struct shaper_channel *channel);

/* Bytes offered and not delivered. */
uint64_t shaper_channel_backlog(const struct shaper_channel *channel,
                                enum shaper_direction direction);

/* Bytes that filters have received and not passed on, in both directions; 0 without filters. */
uint64_t shaper_channel_held_bytes(const struct shaper_channel *channel);

/* Whether the channel's filters hold bytes and nothing waits below them: tokens would move
 * nothing. */
bool shaper_channel_is_held(const struct shaper_channel *channel);

/* Bytes that wait in the shaped end's lowest output buffer to be written; what a filter holds is
 * not among them. */
uint64_t shaper_channel_output_bytes(const struct shaper_channel *channel);

/* Bytes that have come to the shaped end's application and wait for more, as read_low_bytes
 * says. */
uint64_t shaper_channel_unread_bytes(const struct shaper_channel *channel);

/* Bytes before and after each filter so far; `filter` counts from 0, the application's side. NULL
 * for an index out of range. */
const struct shaper_filter_counts *
shaper_channel_filter_counts(const struct shaper_channel *channel, size_t filter,
                             enum shaper_direction direction);

/* Moves the shaped end to another group; NULL: to none. SHAPER_OK or SHAPER_ERROR_MEMORY;
 * SHAPER_ERROR_LIMIT, and nothing changes, for a socket or TLS and a group with a scheduler of this
 * library. */
int shaper_channel_set_group(struct shaper_channel *channel, struct shaper_group *group);

/* Replaces the per-flow limit; NULL: none. The old limit is removed first, so that the buckets
 * start fresh: libevent would continue to count a live bucket's ticks in the old length, and would
 * fill it at once or stop it for years. `cfg` is borrowed, valid until it is replaced or the
 * channel is freed. */
int shaper_channel_set_per_flow_limit(struct shaper_channel *channel,
                                      struct ev_token_bucket_cfg *cfg);

/* Charges the per-flow bucket, which must exist (libevent aborts otherwise), for bytes that did not
 * pass; a negative number credits it. */
void shaper_channel_decrement_per_flow(struct shaper_channel *channel,
                                       enum shaper_direction direction, int64_t bytes);

/* The level of the shaped end's per-flow bucket; meaningful only with a per-flow limit. */
int64_t shaper_channel_per_flow_level(struct shaper_channel *channel,
                                      enum shaper_direction direction);

/* What libevent's own bufferevent_get_max_to_read() and _write() say of the shaped end: the level
 * of its per-flow bucket, or max_single_bytes without one, and at most its share of the group's
 * bucket (level / members, at least min-share); 0 where that is negative or the group is suspended.
 * With a group of 1000 bytes, 4 members and min-share 64 it is 250; of 100 bytes, 64. A group with
 * a scheduler of this library takes no part in it. */
uint64_t shaper_channel_max_bytes(const struct shaper_channel *channel,
                                  enum shaper_direction direction);

/* Frees a channel at once, even with a backlog, without calling back. */
void shaper_channel_free(struct shaper_channel *channel);

/* Frees the channels that have left and whose peers have not seen the end yet, without calling
 * back: for an owner that stops the loop before then. */
void shaper_abandon_ending(struct shaper *shaper);

#ifdef __cplusplus
}
#endif

#endif
