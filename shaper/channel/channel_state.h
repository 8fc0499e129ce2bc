/* The state of a channel, and what every transport must be able to do for it. */
#ifndef SHAPESIM_SHAPER_CHANNEL_CHANNEL_STATE_H
#define SHAPESIM_SHAPER_CHANNEL_CHANNEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/queue.h>

#include <event2/bufferevent.h>

#include "shaper/channel.h"
#include "shaper/libevent/state.h"

struct filter_chain;

/* What differs between transports. */
struct channel_ops {
    /* Hands bytes that are already counted to the sending end. 0, or -1 on allocation failure. Not
     * called where there are filters: these write to the ends' output buffers. */
    int (*offer)(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);
    /* Keeps what cannot be written yet, to channel_send() it later: 1 if it did (`bytes` is then
     * empty), 0, or -1 on allocation failure. NULL: everything can be written. */
    int (*hold)(struct shaper_channel *channel, enum shaper_direction direction,
                struct evbuffer *bytes);
    /* Filters have been put on the ends. NULL: no effect. */
    void (*filtered)(struct shaper_channel *channel);
    /* The shaped end has been suspended or released. NULL: not reported. */
    void (*suspended)(struct shaper_channel *channel, enum shaper_direction direction,
                      unsigned reason, bool stopped);
    /* The read callback of a lowest bufferevent has been called. NULL: not reported. */
    void (*received)(struct shaper_channel *channel, enum shaper_direction direction);
    /* Delivers what has arrived; only for channels in the shaper's list of these. */
    void (*deliver)(struct shaper_channel *channel);
    /* An event that libevent reports for the shaped end. */
    void (*shaped_event)(struct shaper_channel *channel, short what);
    /* Joins the shaped end to its group's queues, or removes it from them where `group` is NULL. 0,
     * or -1 on allocation failure. NULL: this transport cannot be in a scheduled group. */
    int (*set_queues)(struct shaper_channel *channel, struct shaper_group *group);
    /* Bytes that wait in the shaped end to be written, below all filters. */
    uint64_t (*output_bytes)(const struct shaper_channel *channel);
    /* Flushes what both ends send, filters included. NULL: as libevent does. */
    void (*flush)(struct shaper_channel *channel, enum bufferevent_flush_mode mode);
    /* Lets the peer see the end of file; channel_saw_end() follows. */
    void (*end)(struct shaper_channel *channel);
    /* Frees what the transport added to the channel; the bufferevents are freed after it. */
    void (*fini)(struct shaper_channel *channel);
    /* Starts what comes before the first byte, once the limits are set; NULL: there is nothing. */
    void (*start)(struct shaper_channel *channel);
};

/* The part of a channel that all transports share; the first member of theirs. */
struct shaper_channel {
    const struct channel_ops *ops;
    struct shaper *shaper;
    const struct shaper_channel_setup *setup; /* shared; without the fields that differ per
                                               * channel: */
    void *arg;
    uint32_t weight;
    struct bufferevent *shaped; /* the lowest ones: the limits are here */
    struct bufferevent *peer;
    struct bufferevent *shaped_top; /* those that applications use; without filters the same */
    struct bufferevent *peer_top;
    struct filter_chain *chain; /* NULL: no filters */
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    bool is_opening;  /* a handshake is in progress: the end cannot leave yet */
    bool closing;     /* no more bytes will be offered */
    bool is_finished; /* what was sent before closing has been flushed */
    bool is_leaving;  /* in the shaper's list */
    bool ending;      /* has left; the peer is about to see the end of file */
    bool is_broken;   /* libevent has given up on it: leaves even with a backlog */
    bool has_arrived; /* likewise, in the list of those leaving */
    TAILQ_ENTRY(shaper_channel) leaving;
    TAILQ_ENTRY(shaper_channel) arrived;
};

#endif
