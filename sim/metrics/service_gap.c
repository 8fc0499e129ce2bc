#include "sim/metrics/service_gap.h"

int service_gap_join(struct service_gap *gap)
{
    for (int slot = 0; slot < SERVICE_GAP_SLOTS && gap->taken < SERVICE_GAP_SLOTS; slot++) {
        if (gap->is_taken[slot])
            continue;
        gap->is_taken[slot] = true;
        gap->taken++;
        for (int other = 0; other < SERVICE_GAP_SLOTS; other++)
            gap->walks[slot > other ? slot : other][slot > other ? other : slot] =
                (struct service_walk){0};
        return slot;
    }
    gap->is_partial = true;
    return -1;
}

void service_gap_leave(struct service_gap *gap, int slot)
{
    gap->is_taken[slot] = false;
    gap->taken--;
}

void service_gap_serve(struct service_gap *gap, int slot, uint64_t bytes)
{
    gap->tick_bytes[slot] = (int64_t)bytes;
}

static void take_step(struct service_gap *gap, struct service_walk *walk, int64_t bytes)
{
    walk->bytes += bytes;
    if (walk->bytes < walk->lowest)
        walk->lowest = walk->bytes;
    if (walk->bytes > walk->highest)
        walk->highest = walk->bytes;
    service_gap_attained(gap, (uint64_t)(walk->highest - walk->lowest));
}

void service_gap_end_tick(struct service_gap *gap)
{
    for (int i = 1; i < SERVICE_GAP_SLOTS; i++)
        for (int j = 0; j < i && gap->is_taken[i]; j++)
            if (gap->is_taken[j])
                take_step(gap, &gap->walks[i][j], gap->tick_bytes[i] - gap->tick_bytes[j]);
}

void service_gap_attained(struct service_gap *gap, uint64_t bytes)
{
    if (bytes > gap->largest_bytes)
        gap->largest_bytes = bytes;
}
