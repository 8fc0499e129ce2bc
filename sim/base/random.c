#include "sim/base/random.h"

#include "traces/synth_random.h"

static uint64_t the_state;
static uint64_t the_draws;

void random_seed(uint64_t seed)
{
    the_state = seed;
    the_draws = 0;
}

uint64_t random_libevent_calls(void)
{
    return the_draws;
}

/* libevent's name and type: a number from 0 to top - 1. */
int32_t evutil_weakrand_range_(void *state, int32_t top);

int32_t evutil_weakrand_range_(void *state, int32_t top)
{
    (void)state;
    the_draws++;
    return (int32_t)((synth_random_next(&the_state) >> 33) * (uint64_t)top >> 31);
}

uint64_t random_below(uint64_t below)
{
    return (synth_random_next(&the_state) >> 33) * below >> 31;
}
