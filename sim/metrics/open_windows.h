/*
 * The windows that contain the present tick, one of each length. Windows of a length begin at its
 * multiples; lengths need not be multiples of each other. A tick looks only at the lengths that may
 * have ended with it: for each length it is known what holds of it and of all longer ones.
 */
#ifndef SHAPESIM_SIM_METRICS_OPEN_WINDOWS_H
#define SHAPESIM_SIM_METRICS_OPEN_WINDOWS_H

#include "sim/metrics/window_lengths.h"

struct open_window {
    int64_t ticks;
    int64_t start;
    int64_t end;          /* the tick after its last */
    int64_t latest_start; /* these three: of this length and all longer ones */
    int64_t oldest_start;
    int64_t least_end;
};

/* Embedded by value; shorter lengths first. */
struct open_windows {
    size_t count;
    struct open_window windows[WINDOW_LENGTHS_MAX];
};

/* Opens the first window of each length. */
void open_windows_init(struct open_windows *open, const struct window_lengths *lengths);

/* The window of length number `index` has ended: the one that contains `next_tick`, which is not
 * before its end, is opened. After the last of a tick, open_windows_settle() with the index of the
 * longest of them. */
void open_windows_advance(struct open_windows *open, size_t index, int64_t next_tick);
void open_windows_settle(struct open_windows *open, size_t longest);

/* When the first one ends; INT64_MAX without any. */
int64_t open_windows_next_end(const struct open_windows *open);

/* Of the lengths, which must not be none, the longest is no longer one. */
void open_windows_drop_longest(struct open_windows *open);

#endif
