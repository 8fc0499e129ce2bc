/*
 * The packets of one direction of a flow that wait for what they react to, in trace order.
 *
 * There may be millions, so one takes 16 bytes; only a silence of more than 38 hours takes 16 more.
 * A run with filters or a shaped.pcap also keeps each packet's content or frame.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_HELD_QUEUE_H
#define SHAPESIM_SIM_ACCOUNT_HELD_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* What is kept of a packet besides; allocated by its owner with malloc(). */
struct held_copy {
    struct held_copy *next;
};

struct held {
    int64_t captured_us;
    uint32_t bytes;         /* as counted, 16 MiB at most */
    uint32_t number;        /* in the capture, in 32 bits that wrap */
    bool has_cause;         /* false: it follows its direction */
    bool is_bare;           /* an ACK alone: it has no cause, and nothing waits for it */
    uint32_t cause;         /* an ordinal of the other direction */
    struct held_copy *copy; /* NULL: none */
};

struct held_entry;

/* Embedded by value; zeroed is empty. */
struct held_queue {
    struct held_entry *ring;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t first;
    uint32_t count;              /* of entries */
    int64_t first_time_us;       /* when the oldest packet was captured */
    int64_t last_time_us;        /* and the newest */
    struct held_copy *last_copy; /* owned; the newest of a circle, of all packets; NULL: of none */
};

bool held_queue_is_empty(const struct held_queue *queue);

/* Appends a packet, captured not before the last one; takes ownership of its copy. 0, or -1 on
 * allocation failure. */
int held_queue_append(struct held_queue *queue, const struct held *held);

/* The oldest packet; the queue is not empty. Its copy stays owned by the queue. */
struct held held_queue_first(const struct held_queue *queue);

/* Removes it; its copy is the caller's, to be freed with free(). */
struct held held_queue_take(struct held_queue *queue);

/* Prefetches the `n`th packet from the oldest, which is 0. */
void held_queue_expect(const struct held_queue *queue, uint32_t n);

void held_queue_fini(struct held_queue *queue);

#endif
