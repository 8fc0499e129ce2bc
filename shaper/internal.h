/* What the modules of shaper/ share among themselves. */
#ifndef SHAPESIM_SHAPER_INTERNAL_H
#define SHAPESIM_SHAPER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>
#include <sys/queue.h>

#include "shaper/channel.h"
#include "shaper/poller.h"
#include "shaper/shaper.h"

struct bufferevent;
struct event;
struct ssl_ctx_st;

struct shaper {
    struct event_base *base; /* borrowed */
    struct poller poller;
    struct event *grants; /* runs the poller's actions */
    /* Callbacks that libevent has deferred: sockets have none, so no wait happens before they
     * have run. */
    unsigned callbacks_due;
    bool is_out_of_memory;
    TAILQ_HEAD(channel_list, shaper_channel) leaving; /* closed and drained */
    struct event *leave;
    struct ssl_ctx_st *tls_context; /* NULL until a TLS channel is made */
};

/* What a channel's bytes are: only their number matters. */
#define CHANNEL_ZEROS_BYTES (64 * 1024)
extern const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

/* What differs between transports. */
struct channel_ops {
    /* Hands bytes that are counted already to the sending end. 0, or -1 without memory. */
    int (*offer)(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);
    /* Lets the peer see the end of file; channel_saw_end() follows. */
    void (*end)(struct shaper_channel *channel);
    /* Frees what the transport added to the channel; the bufferevents are freed after it. */
    void (*fini)(struct shaper_channel *channel);
    /* Sets off what comes before the first byte, when the limits are set; NULL: nothing does. */
    void (*start)(struct shaper_channel *channel);
};

/* The part of a channel that all transports share; the first member of theirs. */
struct shaper_channel {
    const struct channel_ops *ops;
    struct shaper *shaper;
    struct shaper_channel_setup setup;
    struct bufferevent *shaped;
    struct bufferevent *peer;
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    bool is_opening;             /* a handshake is going on: it cannot leave yet */
    bool is_charged_by_libevent; /* it tells by channel_charged(); else what is delivered is */
    bool closing;                /* no more bytes will be offered */
    bool is_leaving;             /* in the shaper's list */
    bool ending;                 /* has left; the peer is about to see the end of file */
    bool is_broken;              /* libevent gave up on it: leaves whatever is left in it */
    TAILQ_ENTRY(shaper_channel) leaving;
};

/* Makes a transport's channel without limits; *status says why it returns NULL. */
struct shaper_channel *channel_pair_new(struct shaper *shaper, int *status);
struct shaper_channel *channel_socket_new(struct shaper *shaper, int *status);
struct shaper_channel *channel_tls_new(struct shaper *shaper,
                                       const struct shaper_channel_setup *setup, int *status);

/* Both ends have shaken hands, for which so many bytes were moved. */
void channel_opened(struct shaper_channel *channel, const uint64_t bytes[SHAPER_DIRECTIONS]);

/* libevent has charged the shaped end. */
void channel_charged(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);

/* Empties an end's input and counts it as delivered. */
void channel_take_out(struct shaper_channel *channel, enum shaper_direction direction);

/* libevent has given up on an end without reason. */
void channel_broke(struct shaper_channel *channel);

/* The peer has seen the end of file: frees the channel and tells its owner. */
void channel_saw_end(struct shaper_channel *channel);

/* Lets every drained channel of the list leave. */
void channel_leave_all(struct shaper *shaper);

#endif
