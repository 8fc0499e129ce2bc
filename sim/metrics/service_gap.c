#include "sim/metrics/service_gap.h"

int service_gap_join(struct service_gap *gap, double weight)
{
    for (int slot = 0; slot < SERVICE_GAP_SLOTS && gap->taken < SERVICE_GAP_SLOTS; slot++) {
        if (gap->is_taken[slot])
            continue;
        gap->is_taken[slot] = true;
        gap->weights[slot] = weight;
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
    gap->tick_bytes[slot] = (double)bytes;
}

static void take_step(struct service_gap *gap, int i, int j)
{
    struct service_walk *walk = &gap->walks[i][j];
    double weights = gap->weights[i] * gap->weights[j];

    walk->now += gap->tick_bytes[i] * gap->weights[j] - gap->tick_bytes[j] * gap->weights[i];
    if (walk->now < walk->lowest)
        walk->lowest = walk->now;
    if (walk->now > walk->highest)
        walk->highest = walk->now;
    if (walk->highest - walk->lowest > gap->largest_bytes * weights)
        service_gap_attained(gap, (walk->highest - walk->lowest) / weights);
}

void service_gap_end_tick(struct service_gap *gap)
{
    for (int i = 1; i < SERVICE_GAP_SLOTS; i++)
        for (int j = 0; j < i && gap->is_taken[i]; j++)
            if (gap->is_taken[j])
                take_step(gap, i, j);
}

void service_gap_attained(struct service_gap *gap, double bytes)
{
    if (bytes > gap->largest_bytes)
        gap->largest_bytes = bytes;
}
