#include "sim/metrics/window_lengths.h"

#include <string.h>

#define US_PER_MS 1000

int64_t window_ticks(int64_t us, int64_t tick_us)
{
    return (us - 1) / tick_us + 1;
}

static void add(struct window_lengths *lengths, int64_t ticks)
{
    size_t at = 0;

    while (at < lengths->count && lengths->ticks[at] < ticks)
        at++;
    if (at < lengths->count && lengths->ticks[at] == ticks)
        return;
    memmove(&lengths->ticks[at + 1], &lengths->ticks[at],
            (lengths->count - at) * sizeof(lengths->ticks[0]));
    lengths->ticks[at] = ticks;
    lengths->count++;
}

/* Lengths of 1, 2, 5, 10, ... units, each of `unit_us`, up to the longest. */
static void add_ladder(struct window_lengths *lengths, int64_t unit_us, int64_t tick_us)
{
    static const int64_t steps[] = {1, 2, 5};

    for (int64_t decade = 1;; decade *= 10)
        for (int i = 0; i < 3; i++) {
            int64_t ticks = window_ticks(steps[i] * decade * unit_us, tick_us);
            if (ticks > WINDOW_LADDER_TICKS)
                return;
            add(lengths, ticks);
        }
}

void window_lengths_init(struct window_lengths *lengths, int64_t tick_us,
                         const struct named_windows *named)
{
    lengths->count = 0;
    add_ladder(lengths, tick_us, tick_us);
    add_ladder(lengths, US_PER_MS, tick_us);
    for (size_t i = 0; named && i < named->count; i++)
        add(lengths, window_ticks(named->us[i], tick_us));
}

int window_lengths_find(const struct window_lengths *lengths, int64_t ticks)
{
    for (size_t i = 0; i < lengths->count; i++)
        if (lengths->ticks[i] == ticks)
            return (int)i;
    return -1;
}
