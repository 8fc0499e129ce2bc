#include "sim/verify/bucket_windows.h"

#include "sim/base/numbers.h"

void bucket_windows_init(struct bucket_windows *windows, int64_t level_bytes, int64_t burst_bytes)
{
    *windows = (struct bucket_windows){.depth_bytes = burst_bytes, .initial_bytes = level_bytes};
}

void bucket_windows_fill(struct bucket_windows *windows, int64_t rate_bytes, int64_t ticks)
{
    int64_t filled_bytes;

    if (__builtin_mul_overflow(rate_bytes, ticks, &filled_bytes) || filled_bytes > INT64_MAX / 4)
        filled_bytes = INT64_MAX / 4;
    windows->window_bytes = max_i64(0, windows->window_bytes - filled_bytes);
    windows->sigma_bytes = max_i64(0, windows->sigma_bytes - filled_bytes);
    windows->excess_bytes = max_i64(windows->excess_bytes - filled_bytes, -(INT64_MAX / 4));
}

void bucket_windows_take(struct bucket_windows *windows, int64_t bytes, int64_t credit_bytes,
                         int64_t start_bytes)
{
    windows->window_bytes += bytes - credit_bytes;
    windows->sigma_bytes += bytes;
    windows->excess_bytes += bytes - credit_bytes;
    windows->window_max_bytes = max_i64(windows->window_max_bytes, windows->window_bytes);
    windows->sigma_max_bytes = max_i64(windows->sigma_max_bytes, windows->sigma_bytes);
    windows->excess_max_bytes = max_i64(windows->excess_max_bytes, windows->excess_bytes);
    windows->depth_bytes = max_i64(windows->depth_bytes, start_bytes);
}
