/*
 * What waits for a known time: the earliest first, and of one time what comes first in the trace.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DUE_QUEUE_H
#define SHAPESIM_SIM_ACCOUNT_DUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in its owner; zeroed, it is in no queue. */
struct due {
    int64_t due_us;
    uint32_t number;         /* of a packet in the capture, in 32 bits that wrap */
    uint32_t rank;           /* orders those of one number */
    uint16_t copy;           /* of the flow: orders those of one rank */
    struct due_queue *queue; /* NULL: in none */
    size_t slot;             /* in the queue */
};

/* Embedded by value; zeroed is empty. */
struct due_queue {
    struct due **heap;
    size_t count;
    size_t room;
};

/* Adds one that is in no queue, borrowed until it is removed. 0, or -1 on allocation failure. */
int due_queue_add(struct due_queue *queue, struct due *due);

/* Removes it from its queue, if it is in one. */
void due_queue_remove(struct due *due);

/* The first, or NULL. */
struct due *due_queue_first(const struct due_queue *queue);

void due_queue_fini(struct due_queue *queue);

#endif
