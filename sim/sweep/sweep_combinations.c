#include "sim/sweep/sweep_combinations.h"

#include <stdbool.h>
#include <stdlib.h>

#include "traces/synth_random.h"

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool is_among(const uint64_t *numbers, size_t count, uint64_t number)
{
    return bsearch(&number, numbers, count, sizeof(*numbers), by_number) != NULL;
}

/* A random number below `bound`, uniformly distributed. */
static uint64_t random_number(uint64_t *state, uint64_t bound)
{
    uint64_t number, excess = (UINT64_MAX % bound + 1) % bound;

    do
        number = synth_random_next(state);
    while (number > UINT64_MAX - excess);
    return number % bound;
}

/* Chooses `count` different ones at random, in ascending order: rejects repeated ones. */
static void choose(uint64_t *numbers, size_t count, uint64_t bound, uint64_t seed)
{
    uint64_t state = synth_random_init(seed, 0, 0);

    for (size_t have = 0, chosen = 0; have < count; chosen = have) {
        while (chosen < count) {
            uint64_t number = random_number(&state, bound);
            if (!is_among(numbers, have, number))
                numbers[chosen++] = number;
        }
        qsort(numbers, chosen, sizeof(*numbers), by_number);
        have = 0;
        for (size_t i = 0; i < chosen; i++)
            if (have == 0 || numbers[have - 1] != numbers[i])
                numbers[have++] = numbers[i];
    }
}

uint64_t *sweep_combinations_choose(uint64_t all, uint64_t sample, uint64_t seed, size_t *count)
{
    bool is_sample = sample > 0 && sample < all;

    *count = (size_t)(is_sample ? sample : all);
    uint64_t *numbers = calloc(*count, sizeof(*numbers));
    if (!numbers)
        return NULL;
    for (size_t i = 0; i < *count; i++)
        numbers[i] = i;
    if (is_sample)
        choose(numbers, *count, all, seed);
    return numbers;
}
