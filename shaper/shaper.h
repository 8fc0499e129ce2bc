/*
 * The shaper: what every channel and group of one event base shares.
 *
 * libevent's own code decides everything about limits; this library moves the bytes. It never reads
 * a clock: filters that sleep and schedulers that need random numbers get both from the owner of
 * the event loop.
 *
 * The owner of the loop must
 *  - make the event base with SHAPER_PRIORITIES priorities, and
 *  - call shaper_poll() wherever libevent asks the kernel what is ready (its epoll_wait), and keep
 *    the time still while it returns more than 0, and
 *  - where mod_ratelimit is among the filters, give its clock with shaper_set_clock(), let the loop
 *    wait no longer than to shaper_next_timer_us(), and call shaper_run_timers() then, and
 *  - where groups have a scheduler that uses random numbers, give the source with shaper_set_rng().
 */
#ifndef SHAPESIM_SHAPER_SHAPER_H
#define SHAPESIM_SHAPER_SHAPER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct shaper;

#define SHAPER_ERROR_BYTES 256

enum shaper_status {
    SHAPER_OK = 0,
    SHAPER_ERROR_LIMIT = -1,       /* libevent refuses the limit, or would not keep it; or an
                                      argument is none of its enum's or outside its range */
    SHAPER_ERROR_MEMORY = -2,      /* libevent or malloc had no memory left */
    SHAPER_ERROR_DESCRIPTORS = -3, /* the process may not open that many sockets */
};

/* Seen from the shaped end: it reads what its peer sent, and writes to it. */
enum shaper_direction {
    SHAPER_READ,
    SHAPER_WRITE,
    SHAPER_DIRECTIONS,
};

static inline bool shaper_is_direction(enum shaper_direction direction)
{
    return direction == SHAPER_READ || direction == SHAPER_WRITE;
}

/* "read" or "write". */
static inline const char *shaper_direction_name(enum shaper_direction direction)
{
    return direction == SHAPER_READ ? "read" : "write";
}

/* What a channel's two ends are. */
enum shaper_transport {
    SHAPER_TRANSPORT_PAIR,   /* a bufferevent pair, granted and charged by this library */
    SHAPER_TRANSPORT_SOCKET, /* socket bufferevents on a socketpair, limited by libevent alone */
    SHAPER_TRANSPORT_TLS,    /* TLS filters over a bufferevent pair, limited by libevent alone */
};

/*
 * What is due at one instant happens in this order, the smallest number first. libevent gives its
 * own timers and the pairs' read callbacks the middle priority of the base, which cannot be
 * changed: everything else is ordered around it. (TLS filters act in those very callbacks: what a
 * refill releases is charged before the tick is recorded as open, and arrivals are charged as they
 * arrive.) (Closing a tick comes before all of these: the clock does it while it advances, still
 * showing the old tick's last microsecond.)
 */
enum shaper_priority {
    SHAPER_PRIORITY_LIBEVENT = 5, /* refills; read callbacks of pairs */
    SHAPER_PRIORITY_TICK_OPEN,    /* the bucket as it is just after the refill */
    SHAPER_PRIORITY_ARRIVAL,      /* packets are handed to their bufferevents, in trace order */
    SHAPER_PRIORITY_GRANT,        /* the ends of channels move bytes; read callbacks of sockets */
    SHAPER_PRIORITY_ROUND,        /* packets that a delivery has made due at this instant */
    SHAPER_PRIORITY_LEAVE,        /* closed flows that are drained leave, when nothing else is
                                   * due */
    SHAPER_PRIORITIES,            /* 11: libevent's middle is 11 / 2 */
};

/* The caller owns the result, frees it with shaper_free() after every channel and group on it;
 * NULL on allocation failure, or where the base has fewer than SHAPER_PRIORITIES. `base` is
 * borrowed until then. */
struct shaper *shaper_new(struct event_base *base);
void shaper_free(struct shaper *shaper);

/* Finds which ends of pairs can move bytes and lets at most `max_ends` of them act next, as
 * epoll_wait does for sockets. Returns how many. */
int shaper_poll(struct shaper *shaper, int max_ends);

/* Lets ends act until nothing is ready, something else is due, or a maximum number of waits is
 * reached: the same as shaper_poll(), without a pass of the loop for each wait. For the owner's own
 * event callbacks, when they have handed out bytes, at SHAPER_PRIORITY_ARRIVAL or later. true:
 * nothing is ready, and nothing else is due at this instant. false: ends may be ready, and act at
 * the next shaper_poll(), which must come before events of lower priority than
 * SHAPER_PRIORITY_GRANT run. */
bool shaper_act(struct shaper *shaper);

/* The owner's clock in microseconds. */
void shaper_set_clock(struct shaper *shaper, int64_t (*now_us)(void));

/* The owner's source of random numbers: a number from 0 to below - 1, below being 1 or more. */
void shaper_set_rng(struct shaper *shaper, uint64_t (*random_below)(uint64_t below));

/* When the next sleeping filter wakes; INT64_MAX: none sleeps. */
int64_t shaper_next_timer_us(const struct shaper *shaper);

/* Wakes the filters whose time has come. */
void shaper_run_timers(struct shaper *shaper);

/* The version of OpenSSL that TLS channels run on. */
const char *shaper_openssl_version(void);

/* Whether memory has run out (memory.h), or bytes could not be moved for lack of it: results are
 * wrong from then on. */
bool shaper_is_out_of_memory(const struct shaper *shaper);

#ifdef __cplusplus
}
#endif

#endif
