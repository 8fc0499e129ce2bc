#include "sim/account/run_figures.h"

struct run_losses run_losses(const struct outcome *outcome, const struct group_totals *group,
                             enum shaper_direction direction)
{
    uint64_t offered = group->offered_bytes[direction];
    uint64_t delivered = group->delivered_bytes[direction];
    struct run_losses losses = {.undelivered_bytes = offered - delivered,
                                .knows_unoffered = !outcome->uncounted,
                                .unoffered_bytes = group->unoffered_bytes[direction]};
    uint64_t of_trace = offered + losses.unoffered_bytes;

    losses.has_percent = losses.knows_unoffered && of_trace > 0;
    if (losses.has_percent)
        losses.delivered_percent = 100 * (double)delivered / (double)of_trace;
    return losses;
}
