/*
 * The random numbers of synthetic captures, and of replays: splitmix64, the same on every machine.
 * A generator is one 64-bit state, kept by the caller.
 */
#ifndef SHAPESIM_TRACES_SYNTH_RANDOM_H
#define SHAPESIM_TRACES_SYNTH_RANDOM_H

#include <stdint.h>

/* The first state of a generator for one purpose of one flow. */
uint64_t synth_random_init(uint64_t seed, uint32_t flow, uint32_t purpose);

uint64_t synth_random_next(uint64_t *state);

/* Uniform in (0, 1], a multiple of 2^-53. */
double synth_random_uniform(uint64_t *state);

/* Exponential with this mean. */
double synth_random_exponential(uint64_t *state, double mean);

#endif
