/*
 * A queue: one direction of a group whose grants a scheduler makes. It is open while libevent would
 * let the group's members continue; what it passes is charged to the group's bucket.
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
struct queue;
struct scheduler_ops;

/* A member: one direction of a channel, or a queue below. Embedded in it; zeroed and then set up by
 * queue_join(). The fields after `members` belong to the schedulers. */
struct queue_member {
    struct queue *queue; /* NULL: in none */
    /* How many bytes wait that only this queue holds back. */
    uint64_t (*wanted_bytes)(const struct queue_member *member);
    /* Moves `bytes`, a queue below perhaps fewer, and returns how many it moved. */
    uint64_t (*grant)(struct queue_member *member, uint64_t bytes);
    uint32_t weight; /* 1 or more */
    bool is_waiting;
    TAILQ_ENTRY(queue_member) others; /* the members that wait */
    int64_t deficit_bytes;
    bool is_visited;
    uint64_t start_tag;
    uint64_t tag_rest; /* the remainder of its division */
    uint64_t order;    /* tie-breaker among equal tags */
    size_t heap_index;
};

TAILQ_HEAD(queue_members, queue_member);

struct queue {
    struct shaper *shaper;
    const struct bucket *bucket; /* borrowed */
    enum shaper_direction direction;
    const struct scheduler_ops *ops;
    int64_t effective_min_share_bytes;
    bool is_stopped; /* libevent holds the group's members */
    bool is_serving; /* serving now */
    struct event *serve;
    struct queue_member above; /* as a member of its parent */
    uint64_t member_count;
    uint64_t waiting_count;
    struct queue_members waiting; /* in the order in which they are served */
    /* of SFQ: */
    struct queue_member **heap;
    size_t heap_room;
    uint64_t virtual_time;
    uint64_t order;
};

/* What a scheduler does for a queue (scheduler_ops.h). */
struct scheduler_ops {
    /* A member begins or ceases to wait. 0, or -1 on allocation failure. */
    int (*begins)(struct queue *queue, struct queue_member *member);
    void (*ends)(struct queue *queue, struct queue_member *member);
    /* libevent has released the group: a new tick. NULL: no effect. */
    void (*opens)(struct queue *queue);
    /* Which member is next, and the most it gets of a level above 0. At least one waits. */
    struct queue_member *(*next)(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes);
    /* The member got `bytes`, and may still wait. */
    void (*served)(struct queue *queue, struct queue_member *member, uint64_t bytes);
};

/* Sets up a queue; 0, or -1 on allocation failure. */
int queue_init(struct queue *queue, struct shaper *shaper, const struct bucket *bucket,
               enum shaper_direction direction);
void queue_fini(struct queue *queue); /* its members have left */

/* A member joins and leaves. */
void queue_join(struct queue *queue, struct queue_member *member);
void queue_leave(struct queue_member *member);

/* What a member wants may have changed: it is put in line, or taken out. */
void queue_member_changed(struct queue_member *member);

/* libevent suspended or released the group. */
void queue_stopped(struct queue *queue, bool is_stopped);

#endif
