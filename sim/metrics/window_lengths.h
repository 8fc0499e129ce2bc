/*
 * How long the windows are over which fairness is measured, in ticks of a group:
 *
 *  - 1, 2, 5, 10, ... 1,000,000 ticks;
 *  - of 1, 2, 5, 10, ... ms each the nearest whole number of ticks that is not below it, likewise
 *    up to 1,000,000 ticks: runs with other ticks have windows of (nearly) the same time;
 *  - of each time that was named (--fairness-window) likewise, however many ticks that is.
 *
 * Example: a tick of 30 ms has windows of 1, 2, 4 (100 ms: 0.12 s), 5, 7 (200 ms: 0.21 s), 10, 17
 * (500 ms: 0.51 s), 20, 34 (1 s: 1.02 s), ... ticks. A tick of 1 or 10 ms has 1, 2, 5, 10, ...
 * only.
 */
#ifndef SHAPESIM_SIM_METRICS_WINDOW_LENGTHS_H
#define SHAPESIM_SIM_METRICS_WINDOW_LENGTHS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/config/named_windows.h"

#define WINDOW_LADDER_TICKS 1000000 /* the longest that nobody has to name */
#define WINDOW_LENGTHS_MAX  (2 * 19 + NAMED_WINDOWS_MAX)

/* Embedded by value. Sorted, each length once. */
struct window_lengths {
    size_t count;
    int64_t ticks[WINDOW_LENGTHS_MAX];
};

/* Fills in the lengths for ticks of `tick_us`, whole ms; `named` may be NULL: none. */
void window_lengths_init(struct window_lengths *lengths, int64_t tick_us,
                         const struct named_windows *named);

/* The nearest whole number of ticks that is not below a time: one where the tick is longer. */
int64_t window_ticks(int64_t us, int64_t tick_us);

/* The index of a length; -1: it is none of them. */
int window_lengths_find(const struct window_lengths *lengths, int64_t ticks);

#endif
