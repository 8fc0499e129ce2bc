/*
 * The only source of random numbers of a run. libevent chooses the member of a group at which a
 * release begins with evutil_weakrand_range_(), which this module defines in the program itself:
 * its numbers come from a generator seeded by the run (splitmix64), not from the time and an
 * address.
 */
#ifndef SHAPESIM_SIM_BASE_RANDOM_H
#define SHAPESIM_SIM_BASE_RANDOM_H

#include <stdint.h>

/* Restarts the sequence of random numbers. */
void random_seed(uint64_t seed);

/* A number from 0 to below - 1 for schedulers of shaper/; below is 1 or more, 2^31 at most. */
uint64_t random_below(uint64_t below);

/* How many numbers libevent has asked for since. */
uint64_t random_libevent_calls(void);

#endif
