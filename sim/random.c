#include "sim/random.h"

static uint64_t the_state;
static uint64_t the_draws;

void random_seed(uint64_t seed)
{
    the_state = seed;
    the_draws = 0;
}

uint64_t random_draws(void)
{
    return the_draws;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_u64(void)
{
    uint64_t z = the_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* libevent's name and type: a number from 0 to top - 1. */
int32_t evutil_weakrand_range_(void *state, int32_t top);

int32_t evutil_weakrand_range_(void *state, int32_t top)
{
    (void)state;
    the_draws++;
    return (int32_t)((next_u64() >> 33) * (uint64_t)top >> 31);
}

uint64_t random_draw(uint64_t below)
{
    return (next_u64() >> 33) * below >> 31;
}
