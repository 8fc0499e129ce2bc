/*
 * One end of all flows of a plan: clients or a server, that send each packet when it is due and
 * read what comes, over libevent's socket bufferevents, on the wall clock.
 *
 *     due_i   = max(t_i + shift, read_c + (t_i - t_c))     the second only if there is a cause c
 *     shift   = due_i - t_i                                0 at first, for each flow
 *
 * An end needs to know nothing of the other but what it reads: so clients and server are processes
 * of their own. What they note of packets is in memory that both share; each writes its own fields.
 *
 * libevent rounds the time it waits up to milliseconds, so that dues have a timer of the kernel's.
 * How late it was at most is noted: in closed loop whatever waits for a packet is late by that,
 * too.
 */
#ifndef SHAPESIM_TESTS_REFERENCE_PLAYER_H
#define SHAPESIM_TESTS_REFERENCE_PLAYER_H

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "tests/reference/plan.h"

#define NOT_YET INT64_C(-1)

/* When things happened to a packet, in microseconds from the start of the play, or NOT_YET. */
struct played_packet {
    int64_t due_us;       /* by its sender, like the next */
    int64_t sent_us;      /* handed to its bufferevent */
    int64_t delivered_us; /* by its receiver: its last byte was read */
};

/* What an end has noted of itself. */
struct player_result {
    int64_t latest_us;      /* how late its own timer was at most */
    int64_t latest_tick_us; /* how late a timer of libevent's was, of the length of a tick */
    bool is_done;           /* all was sent, read, and as it should be */
    _Atomic bool has_failed;
};

struct player;

/* One flow's end. */
struct player_end {
    struct player *player;
    struct bufferevent *bev; /* NULL before the flow begins and when it has ended */
    uint32_t flow;
    uint32_t unsent;   /* the next to send, or PLAN_NONE */
    uint32_t expected; /* the next to read, or PLAN_NONE */
    uint64_t sent_bytes;
    uint64_t read_bytes;
    int64_t shift_us;
    bool is_shut; /* nothing more is sent */
    bool has_eof;
    bool has_ended;
};

/* Embedded by value; zeroed but for what the caller sets: */
struct player {
    const struct plan *plan;     /* borrowed, like the next */
    struct played_packet *times; /* of all packets */
    struct player_result *result;
    const struct player_result *other; /* of the other end: if that fails, so does this one */
    enum flow_direction sends;         /* FLOW_FROM_INITIATOR: these are clients */
    bool is_open_loop;                 /* packets do not wait for their causes */
    int64_t origin_us;                 /* the start, of CLOCK_MONOTONIC */
    /* Clients: opens a flow's connection, a nonblocking socket; -1: it failed, and errno tells. */
    int (*connect)(const struct player *player, uint32_t flow);
    /* Server: the flow has begun; it ends. */
    void (*joined)(struct player *player, struct bufferevent *bev);
    void (*leaves)(struct player *player, struct bufferevent *bev);
    void *arg;

    struct event_base *base; /* owned, like the next */
    struct event *alarm;
    struct event *watch; /* fires each second: whether anything still moves */
    struct player_end *ends;
    int timer; /* descriptor */
    int64_t alarm_us;
    int64_t last_move_us;
    uint64_t left; /* packets to send, and packets with payload to read */
};

int64_t player_now_us(const struct player *player);

/* Creates the base and the ends. 0, or -1, which is reported. */
int player_init(struct player *player);

/* Waits for the origin. */
void player_wait(const struct player *player);

/* Server: the flow's connection was accepted; takes ownership of the descriptor. */
void player_attach(struct player *player, uint32_t flow, int descriptor);

/* Plays until all is done, has failed, or nothing has moved for ten seconds.
 * Failures go to standard error. */
void player_run(struct player *player);

/* Reports a failure and stops. */
void player_fail(struct player *player, const char *what);

/* Ends the flows that have not ended. */
void player_end_flows(struct player *player);

/* Frees what player_init() has created; no flow is left. */
void player_fini(struct player *player);

#endif
