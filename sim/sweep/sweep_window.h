/*
 * The window by which the settings of a sweep are compared in fairness. Settings with different
 * ticks are compared over the same length of time: the smallest one that is whole in all their
 * ticks and not below a wanted length, --fairness-window.
 *
 * Example: ticks of 1, 10 and 30 ms and 100 ms wanted: a multiple of 30 ms, so 120 ms. Ticks of 10
 * and 500 ms: 500 ms.
 *
 * A run measures the windows of window_lengths.h, and others where they are asked for.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_WINDOW_H
#define SHAPESIM_SIM_SWEEP_SWEEP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* The ticks of a sweep; none when zeroed. */
struct sweep_window {
    int64_t multiple_ms; /* the least common multiple; 0: of none, -1: beyond 63 bits */
};

void sweep_window_add_tick(struct sweep_window *window, int64_t tick_ms);

/* The length; 0 if there are no ticks, or it is longer than a run can be asked for. */
int64_t sweep_window_ms(const struct sweep_window *window, int64_t wanted_us);

/* Whether a run with this tick measures that window without being asked. */
bool sweep_window_is_usual(int64_t window_ms, int64_t tick_ms);

#endif
