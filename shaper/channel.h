/*
 * A channel: the two bufferevents of one flow. The shaped end belongs to a group, has a limit of
 * its own, both or neither; the peer is not limited.
 *
 *     peer --- read: what the peer sends pays the shaped end's read buckets ---> shaped end
 *     peer <-- write: what the shaped end sends pays its write buckets --------- shaped end
 *
 * Bytes are offered to the sending end's output buffer, delivered when the other end's read
 * callback has taken them out; what is in between is the backlog. What lies in the buffers is
 * zeros: only numbers of bytes matter here.
 *
 * SHAPER_TRANSPORT_PAIR: a libevent does not limit pairs by itself. So the backlog waits in the
 * sending end's output buffer, the far end does not read, and for each grant
 *     k = min(backlog, bufferevent_get_max_to_write / _read of the shaped end [, 4096 for a read])
 * exactly k bytes are let through (read high watermark) and charged with libevent's own
 * bufferevent_decrement_..._buckets_, which counts the group's totals and suspends whom it must.
 * Who is granted next follows from the poller: the order is that of sockets.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_H
#define SHAPESIM_SHAPER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/group.h"
#include "shaper/limit.h"
#include "shaper/shaper.h"

struct shaper_channel;

/* Told to the owner of a channel; `arg` is what it gave. */
struct shaper_channel_callbacks {
    /* `bytes` were taken out at the far end. */
    void (*delivered)(void *arg, enum shaper_direction direction, size_t bytes);
    /* The shaped end is about to leave its group and be freed: its last state can be read. */
    void (*leaving)(void *arg);
    /* The peer has seen the end of file and the channel is gone. */
    void (*closed)(void *arg);
};

struct shaper_channel_setup {
    struct shaper_group *group;          /* NULL: none; borrowed until the channel is gone */
    struct ev_token_bucket_cfg *own_cfg; /* NULL: no limit of its own; borrowed likewise */
    const struct shaper_channel_callbacks *callbacks; /* borrowed likewise */
    void *arg;
};

/* Makes a channel; it is gone after `closed`, or after shaper_channel_free(). NULL without
 * memory. */
struct shaper_channel *shaper_channel_new(struct shaper *shaper,
                                          const struct shaper_channel_setup *setup);

/* Hands bytes to the sending end. SHAPER_OK or SHAPER_ERROR_MEMORY. */
int shaper_channel_offer(struct shaper_channel *channel, enum shaper_direction direction,
                         size_t bytes);

/* No more bytes will be offered: once the backlog is empty the shaped end leaves its group, the
 * peer sees the end of file and both are freed. May call back at once. */
void shaper_channel_close(struct shaper_channel *channel);

/* Bytes offered and not delivered. */
uint64_t shaper_channel_backlog(const struct shaper_channel *channel,
                                enum shaper_direction direction);

/* The level of the shaped end's own bucket; meaningful only with a limit of its own. */
int64_t shaper_channel_own_level(struct shaper_channel *channel, enum shaper_direction direction);

/* Whether libevent's own-limit timer runs for a direction of it. */
bool shaper_channel_own_suspended(const struct shaper_channel *channel);

/* Frees a channel at once, whatever is left in it, without calling back. */
void shaper_channel_free(struct shaper_channel *channel);

#endif
