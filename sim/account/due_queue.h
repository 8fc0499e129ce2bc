/*
 * What waits for a known time: the earliest first, and of one time what comes first in the trace.
 * What is found due while a round of an instant is under way waits for the next round of it.
 *
 * Those who wait are in thousands of places in memory, so nothing of theirs is looked at to find
 * the first: each has a handle while it waits, and a heap of four children a node has times and
 * handles alone.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DUE_QUEUE_H
#define SHAPESIM_SIM_ACCOUNT_DUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in its owner; zeroed, it is in no queue. */
struct due {
    int64_t due_us;
    uint32_t number; /* of a packet in the capture, in 32 bits that wrap */
    uint32_t handle; /* 0: in no queue */
};

/* Orders those of one time and number. */
struct due_rank {
    uint32_t rank;
    uint16_t copy; /* of the flow: orders those of one rank */
};

struct due_entry {
    int64_t due_us;
    uint32_t number;
    uint32_t handle;
};

struct due_heap {
    struct due_entry *entries;
    uint32_t count;
    uint32_t room;
};

struct due_waiter {
    struct due *due; /* borrowed */
    struct due_rank rank;
};

/* Embedded by value; zeroed is empty. */
struct due_queue {
    struct due_heap present;    /* this round, and later instants */
    struct due_heap next;       /* the next round */
    struct due_waiter *waiters; /* by handle, from 1, as are: */
    uint32_t *places;           /* twice the index in a heap, 1 more in `next`; or a free handle */
    uint32_t handles;
    uint32_t free_handle; /* 0: none */
};

/* Adds one that is in no queue, borrowed until it is removed. 0, or -1 on allocation failure. */
int due_queue_add(struct due_queue *queue, struct due *due, struct due_rank rank,
                  bool is_in_next_round);

/* Removes it, if it is in the queue. */
void due_queue_remove(struct due_queue *queue, struct due *due);

/* The first of the present round, or NULL; *rank is set unless it is NULL. */
struct due *due_queue_first(const struct due_queue *queue, struct due_rank *rank);

/* When that is due; INT64_MAX: there is none. And when the first of any round is. */
int64_t due_queue_first_us(const struct due_queue *queue);
int64_t due_queue_next_us(const struct due_queue *queue);

/* The next round becomes the present one. 0, or -1 on allocation failure. */
int due_queue_begin_round(struct due_queue *queue);

void due_queue_fini(struct due_queue *queue);

#endif
