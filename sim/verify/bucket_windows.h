/*
 * The most bytes that pass a bucket in windows of any length, in one pass over its ticks
 * (Cruz 1991):
 *
 *     Q = max(0, Q - rate) + bytes
 *
 * is the most that any k ticks up to this one carried beyond rate x (k - 1), and must not exceed
 * burst + overdraft. With rate 100 ticks of 150, 0 and 120 B make Q 150, 50, 120.
 */
#ifndef SHAPESIM_SIM_VERIFY_BUCKET_WINDOWS_H
#define SHAPESIM_SIM_VERIFY_BUCKET_WINDOWS_H

#include <stdint.h>

struct bucket_windows {
    int64_t depth_bytes; /* the highest level that the bucket can have had */
    /* Net of what events gave back, and gross. */
    int64_t window_bytes, window_max_bytes;
    int64_t sigma_bytes, sigma_max_bytes;
    /* From the start: bytes beyond what refills added. */
    int64_t initial_bytes;
    int64_t excess_bytes, excess_max_bytes;
};

/* Zeroed but for a bucket's first level and burst. */
void bucket_windows_init(struct bucket_windows *windows, int64_t level_bytes, int64_t burst_bytes);

/* `ticks` refills: what may pass in a window grows by them. */
void bucket_windows_fill(struct bucket_windows *windows, int64_t rate_bytes, int64_t ticks);

/* A tick's bytes, what events gave back in it, and the level that it began with. */
void bucket_windows_take(struct bucket_windows *windows, int64_t bytes, int64_t credit_bytes,
                         int64_t start_bytes);

#endif
