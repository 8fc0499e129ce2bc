/*
 * The arrival times of the packets that are not delivered yet: one entry for each, the oldest
 * first.
 *
 * A backlog may hold millions of packets, so an entry is 8 bytes: the packet's bytes and the time
 * since the arrival before it. Only a silence of more than 71 minutes takes two more entries.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DELAY_QUEUE_H
#define SHAPESIM_SIM_ACCOUNT_DELAY_QUEUE_H

#include <stdint.h>

/* Embedded by value; zeroed is empty. */
struct delay_queue {
    struct delay_arrival {
        uint32_t bytes; /* 0: a time follows, and then the packet of that time */
        uint32_t gap_us;
    } * arrivals;      /* a ring */
    uint32_t capacity; /* a power of two */
    uint32_t first;
    uint32_t count;        /* of entries */
    uint32_t left_bytes;   /* of the oldest packet, not delivered yet */
    int64_t first_time_us; /* the oldest packet's arrival */
    int64_t last_time_us;  /* the newest packet's arrival */
};

/* A packet of `bytes`, 1 or more, arrived, not before the last one. 0, or -1 on allocation
 * failure. */
int delay_queue_arrive(struct delay_queue *queue, uint32_t bytes, int64_t time_us);

/* Bytes are delivered: removes the oldest packet if *bytes cover the rest of it, and subtracts that
 * from *bytes; returns 1 and its arrival, or 0 when *bytes are used up. */
int delay_queue_deliver(struct delay_queue *queue, uint64_t *bytes, int64_t *arrived_us);

/* Prefetches what will be delivered soon. */
void delay_queue_expect(const struct delay_queue *queue);

void delay_queue_fini(struct delay_queue *queue);

#endif
