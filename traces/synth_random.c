#include "traces/synth_random.h"

#include "traces/exact_math.h"

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

uint64_t synth_random_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return mix(*state);
}

uint64_t synth_random_init(uint64_t seed, uint32_t flow, uint32_t purpose)
{
    uint64_t state = seed;

    state = synth_random_next(&state) ^ flow;
    return synth_random_next(&state) ^ purpose;
}

double synth_random_uniform(uint64_t *state)
{
    return (double)((synth_random_next(state) >> 11) + 1) * 0x1p-53;
}

double synth_random_exponential(uint64_t *state, double mean)
{
    return -exact_log(synth_random_uniform(state)) * mean;
}
