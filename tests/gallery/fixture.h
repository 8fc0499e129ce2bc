/*
 * A fixture on which libevent's own rate limiting is shown: an event base under the simulator's
 * clock, and members, each a bufferevent that can be limited and its peer. No other part of the
 * simulator is used: members are libevent's socket bufferevents on a socketpair, or its pairs.
 *
 * Unlike the simulator's clock alone, the wall clock here may be set while monotonic time
 * continues, and the process may wake late. A fixture runs to an instant at which libevent has
 * nothing to do (whole milliseconds, between two ticks); what is looked at or changed then happens
 * in between.
 *
 *     fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
 *     group = fixture_group(&fixture, fixture_limit(&fixture, 1000, 1000, 1000000));
 *     member_init(&member, &fixture, STAGE_SOCKET);
 *     bufferevent_add_to_rate_limit_group(member.limited, group);
 *     member_offer_read(&member, 5000);
 *     fixture_run_to(&fixture, 500);         0.5 s later member.read_bytes is 1000
 *     member_fini(&member);
 *     fixture_close(&fixture);
 *
 * On any failure the program ends with a message.
 */
#ifndef SHAPESIM_TESTS_GALLERY_FIXTURE_H
#define SHAPESIM_TESTS_GALLERY_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

/* Where time starts when it does not matter: the same on both clocks, and long past libevent's
 * first seconds. */
#define STAGE_WALL_MS      INT64_C(2000000000)
#define STAGE_MONOTONIC_US (STAGE_WALL_MS * 1000)

#define STAGE_LIMITS 2
#define STAGE_GROUPS 2

struct fixture {
    struct event_base *base;                                   /* owned */
    struct ev_token_bucket_cfg *limits[STAGE_LIMITS];          /* owned */
    struct bufferevent_rate_limit_group *groups[STAGE_GROUPS]; /* owned */
    int limit_count;
    int group_count;
    int64_t end_us;  /* of the current run */
    int64_t late_us; /* each wait ends that much after its deadline; 0 unless set */
};

/* Opens the one fixture at a wall time of 10^9 ms or more. Closing it frees its groups and limits:
 * members go first. */
void fixture_open(struct fixture *fixture, int64_t wall_ms, int64_t monotonic_us);
void fixture_close(struct fixture *fixture);

/* The same limit in both directions, and a group; the fixture owns them. */
struct ev_token_bucket_cfg *fixture_limit(struct fixture *fixture, size_t rate_bytes,
                                          size_t burst_bytes, int64_t tick_us);
struct bufferevent_rate_limit_group *fixture_group(struct fixture *fixture,
                                                   const struct ev_token_bucket_cfg *cfg);

/* Lets virtual time pass to `ms` after the opening, or after the wall was last set. */
void fixture_run_to(struct fixture *fixture, int64_t ms);

/* Sets the wall clock forwards or backwards; monotonic time continues from its present value. */
void fixture_set_wall(struct fixture *fixture, int64_t wall_ms);

/* One pass of the loop in which no time passes: libevent lets go of what was freed. */
void fixture_settle(struct fixture *fixture);

enum fixture_transport { STAGE_SOCKET, STAGE_PAIR };

/* Embedded by value; the counts are of what came out at the far end since the start. */
struct member {
    struct bufferevent *limited; /* owned: this end may get limits */
    struct bufferevent *peer;    /* owned */
    uint64_t read_bytes;         /* taken out of `limited` */
    uint64_t written_bytes;      /* taken out of `peer` */
    size_t largest_read_bytes;   /* that one callback of `limited` found */
    bool end_of_file;            /* `limited` has had this event */
};

void member_init(struct member *member, struct fixture *fixture, enum fixture_transport transport);

/* Frees both ends. */
void member_fini(struct member *member);

/* Bytes that the limited end can read from now on, or has to write. */
void member_offer_read(struct member *member, size_t bytes);
void member_offer_write(struct member *member, size_t bytes);

/* Two connected sockets that do not block; the caller closes them. */
void fixture_sockets(int sockets[2]);

/* Whether a descriptor is "open" or "closed". */
const char *fixture_descriptor(int fd);

/* libevent's warnings are not printed from now on. */
void fixture_mute(void);

/* Ends the program unless `holds`. */
void require(bool holds, const char *what);

#endif
