/*
 * The relative fairness bound (Golestani 1994): the largest difference in service of two flows by
 * their weights, |W_i / w_i - W_j / w_j|, over any interval in which both waited at the end of
 * every tick. It is in bytes per unit of weight.
 *
 * Over the ticks that two flows both wait, W_i / w_i - W_j / w_j is a walk, and the largest
 * difference over any interval is the walk's highest point less its lowest. Both are kept for every
 * pair of up to SERVICE_GAP_SLOTS flows that wait at the same time. If no more do, the figure is
 * exact; otherwise it is that of the pairs that had a slot, a lower bound.
 *
 * Example: two flows of weight 1 that get 3, 0, 0 and 1, 2, 2 bytes: the walk is 0, 2, 0, -2, the
 * figure 4. With weights of 3 and 1 that get 9, 0 and 1, 2: 0, 2, 0, the figure 2.
 */
#ifndef SHAPESIM_SIM_METRICS_SERVICE_GAP_H
#define SHAPESIM_SIM_METRICS_SERVICE_GAP_H

#include <stdbool.h>
#include <stdint.h>

#define SERVICE_GAP_SLOTS 16

/* W_i w_j - W_j w_i: whole numbers, exact up to 2^53. */
struct service_walk {
    double now;
    double lowest;
    double highest;
};

/* Embedded by value; zeroed is empty. */
struct service_gap {
    int taken;
    bool is_taken[SERVICE_GAP_SLOTS];
    double weights[SERVICE_GAP_SLOTS];
    double tick_bytes[SERVICE_GAP_SLOTS];
    struct service_walk walks[SERVICE_GAP_SLOTS][SERVICE_GAP_SLOTS]; /* of i and j < i */
    bool is_partial;                                                 /* some flow had no slot */
    double largest_bytes;                                            /* per unit of weight */
};

/* A flow of a weight above 0 begins to wait: returns its slot, or -1 if none is free. */
int service_gap_join(struct service_gap *gap, double weight);
void service_gap_leave(struct service_gap *gap, int slot);

/* What a waiting flow got in the tick that ends; then the tick's end, for all. */
void service_gap_serve(struct service_gap *gap, int slot, uint64_t bytes);
void service_gap_end_tick(struct service_gap *gap);

/* An interval had this difference, per unit of weight. */
void service_gap_attained(struct service_gap *gap, double bytes);

#endif
