/* What the modules of shaper/ share among themselves. */
#ifndef SHAPESIM_SHAPER_INTERNAL_H
#define SHAPESIM_SHAPER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>
#include <sys/queue.h>

#include <event2/bufferevent.h>

#include "shaper/alarm.h"
#include "shaper/channel.h"
#include "shaper/poller.h"
#include "shaper/shaper.h"

struct event;
struct ssl_ctx_st;
struct stack;

struct shaper {
    struct event_base *base; /* borrowed */
    struct poller poller;
    struct event *grants; /* runs the poller's actions */
    int max_ends;         /* that one wait reports: libevent's room for events, as it would grow */
    /* Callbacks that libevent has deferred: sockets have none, so no wait happens before they
     * have run. */
    unsigned callbacks_due;
    bool is_out_of_memory;
    TAILQ_HEAD(channel_list, shaper_channel) leaving; /* closed and drained */
    struct channel_list arrived; /* with bytes that are across, and not delivered yet */
    struct channel_list ending;  /* have left; their peers are about to see the end of file */
    struct event *leave;
    const struct shaper_channel_setup *last_setup; /* the newest of those that channels share */
    struct ssl_ctx_st *tls_context;                /* NULL until a TLS channel is made */
    struct alarm_list alarms;
    int64_t (*now_us)(void);
    uint64_t (*draw)(uint64_t below);
};

/* What a channel's bytes are where only their number matters. */
#define CHANNEL_ZEROS_BYTES (64 * 1024)
extern const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

/* What differs between transports. */
struct channel_ops {
    /* Hands bytes that are counted already to the sending end. 0, or -1 without memory. Not called
     * where there are filters: these write to the ends' output buffers. */
    int (*offer)(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);
    /* Keeps what cannot be written yet, and then channel_send()s it: 1 if it did (`bytes` is
     * empty), 0, or -1 without memory. NULL: everything can be written. */
    int (*hold)(struct shaper_channel *channel, enum shaper_direction direction,
                struct evbuffer *bytes);
    /* Filters have been put on the ends. NULL: makes no difference. */
    void (*filtered)(struct shaper_channel *channel);
    /* The shaped end has been stopped or released. NULL: not told. */
    void (*suspended)(struct shaper_channel *channel, enum shaper_direction direction,
                      unsigned reason, bool stopped);
    /* A lowest bufferevent's read callback has come. NULL: not told. */
    void (*received)(struct shaper_channel *channel, enum shaper_direction direction);
    /* Delivers what has arrived; only for channels in the shaper's list of these. */
    void (*deliver)(struct shaper_channel *channel);
    /* What libevent tells of the shaped end in its event callback. */
    void (*shaped_event)(struct shaper_channel *channel, short what);
    /* Lines the shaped end up at its group's gates, or takes it out of them where `group` is NULL.
     * 0, or -1 without memory. NULL: this transport can be in no scheduled group. */
    int (*set_gates)(struct shaper_channel *channel, struct shaper_group *group);
    /* Bytes that wait in the shaped end to be written, below all filters. */
    uint64_t (*output_bytes)(const struct shaper_channel *channel);
    /* Flushes what both ends send, filters included. NULL: as libevent does. */
    void (*flush)(struct shaper_channel *channel, enum bufferevent_flush_mode mode);
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
    const struct shaper_channel_setup *setup; /* shared; without what is the channel's own: */
    void *arg;
    uint32_t weight;
    struct bufferevent *shaped; /* the lowest ones: the limits are here */
    struct bufferevent *peer;
    struct bufferevent *shaped_top; /* those that applications use; without filters the same */
    struct bufferevent *peer_top;
    struct stack *stack; /* NULL: no filters */
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    bool is_opening;  /* a handshake is going on: it cannot leave yet */
    bool closing;     /* no more bytes will be offered */
    bool is_finished; /* what was sent has been flushed after that */
    bool is_leaving;  /* in the shaper's list */
    bool ending;      /* has left; the peer is about to see the end of file */
    bool is_broken;   /* libevent gave up on it: leaves whatever is left in it */
    bool has_arrived; /* likewise, in the other one */
    TAILQ_ENTRY(shaper_channel) leaving;
    TAILQ_ENTRY(shaper_channel) arrived;
};

/* Makes a transport's channel without limits; *status says why it returns NULL. */
struct shaper_channel *channel_pair_new(struct shaper *shaper, int *status);
struct shaper_channel *channel_socket_new(struct shaper *shaper, int *status);
struct shaper_channel *channel_tls_new(struct shaper *shaper,
                                       const struct shaper_channel_setup *setup, int *status);

/* The event callback of every transport's shaped end, which is known by it; its argument, as that
 * of the read callbacks, is the channel. */
void channel_shaped_event(struct bufferevent *shaped, short what, void *arg);

/* The read callbacks of every transport's ends; a pair without filters has none, as its bytes are
 * taken out when they cross. */
void channel_shaped_readable(struct bufferevent *shaped, void *arg);
void channel_peer_readable(struct bufferevent *peer, void *arg);

/* Bytes are across: channel_deliver_all() hands them to the application at this same instant. */
void channel_arrived(struct shaper_channel *channel);

/* Delivers what has arrived everywhere. Returns whether there was any. */
bool channel_deliver_all(struct shaper *shaper);

/* Whether a channel leaves as soon as so many bytes are delivered. */
bool channel_drains_with(const struct shaper_channel *channel,
                         const uint64_t bytes[SHAPER_DIRECTIONS]);

/* The end that sends in a direction, as its application sees it. */
struct bufferevent *channel_sender(const struct shaper_channel *channel,
                                   enum shaper_direction direction);

/* Writes bytes that the transport has held; empties the buffer. */
void channel_send(struct shaper_channel *channel, enum shaper_direction direction,
                  struct evbuffer *bytes);

/* Both ends have shaken hands, for which so many bytes were moved. */
void channel_opened(struct shaper_channel *channel, const uint64_t bytes[SHAPER_DIRECTIONS]);

/* The shaped end's lowest bufferevent has written. */
void channel_wrote(struct shaper_channel *channel);

/* Charges the shaped end for what it moves, and tells the owner. */
void channel_charge(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);

/* A flush drives so many bytes past the limits. */
void channel_flushed(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);

/* One of the shaped end's timeouts is over. `what` holds BEV_EVENT_TIMEOUT. */
void channel_timed_out(struct shaper_channel *channel, short what);

/* libevent has given up on an end without reason. */
void channel_broke(struct shaper_channel *channel);

/* The peer has seen the end of file: frees the channel and tells its owner. */
void channel_saw_end(struct shaper_channel *channel);

/* Lets every drained channel of the list leave. */
void channel_leave_all(struct shaper *shaper);

#endif
