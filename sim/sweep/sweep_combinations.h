/* Which combinations of values a sweep uses. */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_COMBINATIONS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_COMBINATIONS_H

#include <stddef.h>
#include <stdint.h>

/* The numbers of `sample` of `all` combinations, chosen at random without repetition, each set of
 * them as likely as any other; all of them if `sample` is 0 or no less. In ascending order, *count
 * of them; freed by the caller, NULL on allocation failure. */
uint64_t *sweep_combinations_choose(uint64_t all, uint64_t sample, uint64_t seed, size_t *count);

#endif
