/*
 * Draws of the campaign: the same seed gives the same settings and traces on every machine.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_RNG_H
#define SHAPESIM_TESTS_CAMPAIGN_RNG_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/synth_random.h"

struct rng {
    uint64_t state;
};

/* A generator of its own for each setting of a seed. */
static inline struct rng rng_init(uint64_t seed, uint32_t setting)
{
    return (struct rng){.state = synth_random_init(seed, setting, 0)};
}

/* From 0 to n - 1. */
static inline int64_t rng_below(struct rng *rng, int64_t n)
{
    return (int64_t)(synth_random_next(&rng->state) % (uint64_t)n);
}

/* From `least` to `most`. */
static inline int64_t rng_from(struct rng *rng, int64_t least, int64_t most)
{
    return least + rng_below(rng, most - least + 1);
}

/* One time in n. */
static inline bool rng_one_in(struct rng *rng, int64_t n)
{
    return rng_below(rng, n) == 0;
}

#define RNG_ONE_OF(rng, array) \
    ((array)[rng_below((rng), (int64_t)(sizeof(array) / sizeof((array)[0])))])

#endif
