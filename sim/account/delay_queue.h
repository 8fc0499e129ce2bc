/*
 * When the packets arrived that are not delivered yet: one entry for each, the oldest first.
 *
 * A backlog may hold millions of packets, so an entry is 8 bytes: how many bytes the packet has and
 * how long after the one before it came. Only a silence of more than 71 minutes takes another two.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DELAY_QUEUE_H
#define SHAPESIM_SIM_ACCOUNT_DELAY_QUEUE_H

#include <stdint.h>

/* Embedded by value; zeroed is empty. */
struct delay_queue {
    struct delay_arrival {
        uint32_t bytes; /* 0: what follows is a time, and then the packet of that time */
        uint32_t gap_us;
    } * arrivals;      /* a ring */
    uint32_t capacity; /* a power of two */
    uint32_t first;
    uint32_t count;        /* of entries */
    uint32_t left_bytes;   /* of the oldest packet, not delivered yet */
    int64_t first_time_us; /* when the oldest arrived */
    int64_t last_time_us;  /* and the newest */
};

/* A packet of so many bytes, 1 or more, arrived, not before the last one did. 0, or -1 without
 * memory. */
int delay_queue_arrive(struct delay_queue *queue, uint32_t bytes, int64_t time_us);

/* So many bytes are delivered: takes out the oldest packet if they cover what is left of it, and
 * its bytes from *bytes; returns 1 and when it arrived, or 0 when all *bytes are used up. */
int delay_queue_deliver(struct delay_queue *queue, uint64_t *bytes, int64_t *arrived_us);

/* What will be delivered soon is brought near. */
void delay_queue_expect(const struct delay_queue *queue);

void delay_queue_fini(struct delay_queue *queue);

#endif
