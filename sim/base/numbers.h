/* The smaller and the larger of two numbers. */
#ifndef SHAPESIM_SIM_BASE_NUMBERS_H
#define SHAPESIM_SIM_BASE_NUMBERS_H

#include <stdint.h>

static inline int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
