/*
 * A gate: one direction of a group whose grants a scheduler makes. It is open while libevent would
 * let the group's members go on; what it lets through is charged to the group's bucket.
 */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_GATE_H
#define SHAPESIM_SHAPER_SCHEDULERS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/queue.h>

#include "shaper/schedulers/bucket.h"
#include "shaper/shaper.h"

struct event;
struct gate;
struct scheduler_ops;

/* A member: one direction of a channel, or a gate below. Embedded in it; zeroed and then set up by
 * gate_join(). What stands behind `members` belongs to the schedulers. */
struct gate_member {
    struct gate *gate; /* NULL: in none */
    /* How many bytes wait that nothing but this gate keeps back. */
    uint64_t (*wanted_bytes)(const struct gate_member *member);
    /* Moves so many bytes, a gate below perhaps less, and returns how many it did. */
    uint64_t (*grant)(struct gate_member *member, uint64_t bytes);
    uint32_t weight; /* 1 or more */
    bool is_waiting;
    TAILQ_ENTRY(gate_member) others; /* that wait */
    int64_t deficit_bytes;
    bool is_visited;
    uint64_t start_tag;
    uint64_t tag_rest; /* what its division left over */
    uint64_t order;    /* among equal tags */
    size_t heap_index;
};

TAILQ_HEAD(gate_members, gate_member);

struct gate {
    struct shaper *shaper;
    const struct bucket *bucket; /* borrowed */
    enum shaper_direction direction;
    const struct scheduler_ops *ops;
    int64_t min_share_bytes;
    bool is_stopped; /* libevent holds the group's members */
    bool is_serving; /* in the middle of it */
    struct event *serve;
    struct gate_member above; /* as a member of its parent */
    uint64_t member_count;
    uint64_t waiting_count;
    struct gate_members waiting; /* in the order in which they are served */
    /* of SFQ: */
    struct gate_member **heap;
    size_t heap_room;
    uint64_t virtual_time;
    uint64_t order;
};

/* What a gate asks its scheduler (scheduler_ops.h). */
struct scheduler_ops {
    /* A member begins to wait, or does no longer. 0, or -1 without memory. */
    int (*begins)(struct gate *gate, struct gate_member *member);
    void (*ends)(struct gate *gate, struct gate_member *member);
    /* libevent has released the group: a new tick. NULL: makes no difference. */
    void (*opens)(struct gate *gate);
    /* Who is next, and the most that it gets of a level above 0. Somebody waits. */
    struct gate_member *(*next)(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes);
    /* It got so many of them, and may still wait. */
    void (*served)(struct gate *gate, struct gate_member *member, uint64_t bytes);
};

/* Sets up a gate; 0, or -1 without memory. */
int gate_init(struct gate *gate, struct shaper *shaper, const struct bucket *bucket,
              enum shaper_direction direction);
void gate_fini(struct gate *gate); /* its members have left */

/* A member comes and goes. */
void gate_join(struct gate *gate, struct gate_member *member);
void gate_leave(struct gate_member *member);

/* What a member wants may have changed: it lines up, or is taken out. */
void gate_member_changed(struct gate_member *member);

/* libevent stopped or released the group. */
void gate_stopped(struct gate *gate, bool is_stopped);

#endif
