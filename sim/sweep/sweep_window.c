#include "sim/sweep/sweep_window.h"

#include "sim/metrics/window_lengths.h"

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
        return;
    }
    if (window->multiple_ms < 0)
        return;
    int64_t factor = tick_ms / common_divisor(window->multiple_ms, tick_ms);
    if (__builtin_mul_overflow(window->multiple_ms, factor, &window->multiple_ms))
        window->multiple_ms = -1;
}

int64_t sweep_window_ms(const struct sweep_window *window, int64_t wanted_us)
{
    const int64_t longest_ms = NAMED_WINDOW_MAX_US / US_PER_MS;

    if (window->multiple_ms <= 0 || window->multiple_ms > longest_ms)
        return 0;
    int64_t multiple_us = window->multiple_ms * US_PER_MS;
    int64_t length_ms = window_ticks(wanted_us, multiple_us) * window->multiple_ms;
    return length_ms <= longest_ms ? length_ms : 0;
}

bool sweep_window_is_usual(int64_t window_ms, int64_t tick_ms)
{
    struct window_lengths lengths;

    window_lengths_init(&lengths, tick_ms * US_PER_MS, NULL);
    return window_ms % tick_ms == 0 && window_lengths_find(&lengths, window_ms / tick_ms) >= 0;
}
