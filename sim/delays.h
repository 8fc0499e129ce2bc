/*
 * When packets arrived, and how long each took until its last byte was delivered.
 *
 * A queue holds one entry per packet that is not delivered yet. The delays themselves go into a
 * histogram of bounded size: below 256 us exactly, above in steps of 1/128 of the value or finer.
 * A percentile is the smallest delay that so many of the packets do not exceed (nearest rank),
 * given as the upper edge of its step, never above the largest delay seen: at most 0.8 % too long,
 * never too short.
 */
#ifndef SHAPESIM_SIM_DELAYS_H
#define SHAPESIM_SIM_DELAYS_H

#include <stddef.h>
#include <stdint.h>

#define DELAY_STEPS_PER_PAGE 128
#define DELAY_PAGES          57 /* 63 bits of microseconds */

/* Embedded by value; zeroed is empty. */
struct delay_histogram {
    uint64_t packets;
    uint64_t undelayed; /* of them, with a delay of 0 */
    int64_t max_us;
    uint32_t *pages[DELAY_PAGES]; /* made when first needed */
};

/* Embedded by value; zeroed is empty. */
struct delay_queue {
    struct delay_arrival {
        uint64_t end_byte; /* of the packet, in the flow's stream */
        int64_t time_us;
    } * arrivals; /* a ring */
    size_t capacity;
    size_t first;
    size_t count;
};

/* 0, or -1 without memory. */
int delay_histogram_add(struct delay_histogram *histogram, int64_t delay_us);

/* The delay that `per_mille` of the packets do not exceed; -1 without packets. */
int64_t delay_histogram_percentile_us(const struct delay_histogram *histogram, unsigned per_mille);
/* Tells `take` each step that holds packets, from the shortest delay on: its upper edge, as above.
 */
typedef void delay_taker(void *arg, int64_t delay_us, uint64_t packets);
void delay_histogram_each(const struct delay_histogram *histogram, delay_taker *take, void *arg);
void delay_histogram_fini(struct delay_histogram *histogram);

/* A packet whose last byte is number `end_byte` of its stream arrived. 0, or -1 without memory. */
int delay_queue_arrive(struct delay_queue *queue, uint64_t end_byte, int64_t time_us);

/* Takes out the oldest packet if `delivered_bytes` of the stream cover it: returns 1 and when it
 * arrived, or 0. */
int delay_queue_deliver(struct delay_queue *queue, uint64_t delivered_bytes, int64_t *arrived_us);
void delay_queue_fini(struct delay_queue *queue);

#endif
