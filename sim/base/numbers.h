/* The smaller and the larger of two numbers, and the conversion from a fraction to a whole
 * number. */
#ifndef SHAPESIM_SIM_BASE_NUMBERS_H
#define SHAPESIM_SIM_BASE_NUMBERS_H

#include <math.h>
#include <stdbool.h>
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

/* Numbers read from files may be anything: NaN, infinite, beyond 63 bits. */
#define NUMBERS_WHOLE_MAX INT64_C(9000000000000000000)

/* The whole number nearest to `value`, halves away from 0. False if there is none within
 * +-NUMBERS_WHOLE_MAX; *whole is then 0. */
static inline bool number_round_i64(double value, int64_t *whole)
{
    bool is_one = value >= -(double)NUMBERS_WHOLE_MAX && value <= (double)NUMBERS_WHOLE_MAX;

    *whole = is_one ? (int64_t)llround(value) : 0;
    return is_one;
}

#endif
