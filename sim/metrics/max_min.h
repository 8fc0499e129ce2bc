/*
 * Max-min fair shares by water filling (Bertsekas, Gallager: Data Networks, 6.5; Keshav: An
 * Engineering Approach to Computer Networking, 9.4): no claim gets more than its demand, and those
 * that get less all get the same per weight, the largest there is. So there is one level L with
 *
 *     share_i = min(demand_i, weight_i * L),   sum of the shares = capacity
 *
 * Example: demands 2, 2.6, 4 and 5 of a capacity of 10 have L = 2.7: 2, 2.6, 2.7 and 2.7.
 */
#ifndef SHAPESIM_SIM_METRICS_MAX_MIN_H
#define SHAPESIM_SIM_METRICS_MAX_MIN_H

#include <stddef.h>

/* Demand and capacity are in one unit, here bytes; demands are 0 or more, weights above 0. */
struct max_min_claim {
    double demand;
    double weight;
};

/* The level L; where the capacity covers every demand, the largest demand per weight (0 without
 * claims). Takes linear time on average and leaves the claims in another order. */
double max_min_level(struct max_min_claim *claims, size_t count, double capacity);

/* What a claim gets at a level. */
double max_min_share(const struct max_min_claim *claim, double level);

#endif
