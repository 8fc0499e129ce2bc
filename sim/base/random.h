/*
 * The one source of chance of a run. libevent draws where in a group's member list a release
 * begins from evutil_weakrand_range_(), which this module defines in the program itself: draws come
 * from a generator seeded by the run (splitmix64), not from the time and an address.
 */
#ifndef SHAPESIM_SIM_BASE_RANDOM_H
#define SHAPESIM_SIM_BASE_RANDOM_H

#include <stdint.h>

/* Starts the sequence of draws anew. */
void random_seed(uint64_t seed);

/* A number from 0 to below - 1 for schedulers of our own; below is 1 or more, 2^31 at most. */
uint64_t random_draw(uint64_t below);

/* How many draws libevent has made since. */
uint64_t random_draws(void);

#endif
