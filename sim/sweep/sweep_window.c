#include "sim/sweep/sweep_window.h"

#define US_PER_MS 1000

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void sweep_window_add_tick(struct sweep_window *window, int64_t tick_ms)
{
    if (window->multiple_ms == 0) {
        window->multiple_ms = tick_ms;
        window->shortest_ms = tick_ms;
        return;
    }
    if (tick_ms < window->shortest_ms)
        window->shortest_ms = tick_ms;
    if (window->multiple_ms < 0)
        return;
    int64_t factor = tick_ms / common_divisor(window->multiple_ms, tick_ms);
    if (__builtin_mul_overflow(window->multiple_ms, factor, &window->multiple_ms))
        window->multiple_ms = -1;
}

int64_t sweep_window_ms(const struct sweep_window *window, int64_t wanted_us)
{
    int64_t wanted_ms = wanted_us / US_PER_MS + (wanted_us % US_PER_MS != 0), length_ms;

    if (window->multiple_ms <= 0)
        return 0;
    int64_t times =
        wanted_ms / window->multiple_ms + (wanted_ms % window->multiple_ms != 0 || wanted_ms == 0);
    if (__builtin_mul_overflow(window->multiple_ms, times, &length_ms) ||
        length_ms / window->shortest_ms > FAIRNESS_WINDOW_TICKS_MAX)
        return 0;
    return length_ms;
}

/* Calls for 1, 2, 5, 10, ...: whether one of these numbers of units, rounded up to ticks, is that
 * window. */
static bool is_on_ladder(int64_t window_ticks, int64_t unit_ms, int64_t tick_ms)
{
    static const int64_t steps[] = {1, 2, 5};

    for (int64_t power = 1; power <= INT64_C(100000000000000); power *= 10)
        for (int i = 0; i < 3; i++) {
            int64_t ticks = (steps[i] * power * unit_ms + tick_ms - 1) / tick_ms;
            if (ticks >= window_ticks)
                return ticks == window_ticks;
        }
    return false;
}

bool sweep_window_is_usual(int64_t window_ms, int64_t tick_ms)
{
    int64_t ticks = window_ms / tick_ms;

    return window_ms % tick_ms == 0 && ticks <= FAIRNESS_WINDOW_TICKS_MAX &&
           (is_on_ladder(ticks, tick_ms, tick_ms) || is_on_ladder(ticks, 1, tick_ms));
}
