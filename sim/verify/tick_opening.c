#include "sim/verify/tick_opening.h"

#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_recomputed.h"

void tick_opening(struct verification *v, const struct verified_group *group, int64_t tick,
                  const struct csv_reader *reader, int column)
{
    int64_t left_out = buckets_open_tick(v, group, tick, reader, column);

    if (left_out > 0)
        recomputed_skip_ticks(v, group, left_out);
}

void tick_opening_early(struct verification *v, const struct verified_group *group, int64_t tick,
                        const struct csv_reader *reader, int column)
{
    if (tick > buckets_tick(v, group) && v->run->skip_idle_ticks)
        tick_opening(v, group, tick, reader, column);
}
