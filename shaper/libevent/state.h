/*
 * The state of one shaper: its place in libevent's loop, and what all of its groups and channels
 * share.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_STATE_H
#define SHAPESIM_SHAPER_LIBEVENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

#include "shaper/libevent/poller.h"
#include "shaper/shaper.h"

struct timer;
struct event;
struct event_base;
struct shaper_channel;
struct shaper_channel_setup;
struct ssl_ctx_st;

struct shaper {
    struct event_base *base; /* borrowed */
    struct poller poller;
    struct event *grants; /* runs the poller's actions */
    int max_ends;         /* the most that one wait reports: libevent's room for events, as it would
                           * grow */
    /* Callbacks that libevent has deferred: sockets have none, so no wait happens before they
     * have run. */
    unsigned callbacks_due;
    bool is_out_of_memory;
    TAILQ_HEAD(channel_list, shaper_channel) leaving; /* closed and drained */
    struct channel_list arrived; /* with bytes that have crossed and are not delivered yet */
    struct channel_list ending;  /* have left; their peers are about to see the end of file */
    struct event *leave;
    const struct shaper_channel_setup *last_setup; /* the newest of the setups that channels
                                                    * share */
    struct ssl_ctx_st *tls_contexts[2];   /* by version; NULL until a TLS channel of it is made */
    TAILQ_HEAD(timer_list, timer) timers; /* in the order in which they expire */
    int64_t (*now_us)(void);
    uint64_t (*random_below)(uint64_t below);
};

#endif
