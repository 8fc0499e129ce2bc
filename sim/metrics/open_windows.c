#include "sim/metrics/open_windows.h"

#include "sim/base/numbers.h"

void open_windows_settle(struct open_windows *open, size_t longest)
{
    for (size_t i = longest + 1; i-- > 0;) {
        struct open_window *window = &open->windows[i];
        const struct open_window *longer = i + 1 < open->count ? window + 1 : window;
        bool is_longest = longer == window;
        window->latest_start =
            is_longest ? window->start : max_i64(window->start, longer->latest_start);
        window->oldest_start =
            is_longest ? window->start : min_i64(window->start, longer->oldest_start);
        window->least_end = is_longest ? window->end : min_i64(window->end, longer->least_end);
    }
}

void open_windows_init(struct open_windows *open, const struct window_lengths *lengths)
{
    open->count = lengths->count;
    for (size_t i = 0; i < lengths->count; i++)
        open->windows[i] =
            (struct open_window){.ticks = lengths->ticks[i], .end = lengths->ticks[i]};
    open_windows_settle(open, open->count - 1);
}

void open_windows_advance(struct open_windows *open, size_t index, int64_t next_tick)
{
    struct open_window *window = &open->windows[index];

    window->start = window->end;
    if (next_tick - window->start >= window->ticks)
        window->start = next_tick / window->ticks * window->ticks;
    window->end = window->start + window->ticks;
}

int64_t open_windows_next_end(const struct open_windows *open)
{
    return open->count > 0 ? open->windows[0].least_end : INT64_MAX;
}

void open_windows_drop_longest(struct open_windows *open)
{
    open->count--;
    if (open->count > 0)
        open_windows_settle(open, open->count - 1);
}
