#include "sim/verify/tick_totals.h"

#include <stdlib.h>

#include "sim/base/numbers.h"

bool tick_totals_open(struct verification *v)
{
    v->tick_totals = verify_allocate(v, "ticks.csv", v->group_count, sizeof(*v->tick_totals));
    return v->tick_totals != NULL;
}

void tick_totals_free(struct verification *v)
{
    free(v->tick_totals);
}

const struct tick_totals *tick_totals_of(const struct verification *v,
                                         const struct verified_group *group)
{
    return &v->tick_totals[group->index];
}

void tick_totals_count(struct verification *v, const struct verified_group *group)
{
    v->tick_totals[group->index].rows++;
}

void tick_totals_add(struct verification *v, const struct verified_tick *tick)
{
    struct tick_totals *totals = &v->tick_totals[tick->group->index];

    totals->peak_members = max_i64(totals->peak_members, tick->members);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t bytes = tick->bytes[d], backlog = tick->backlog_bytes[d];
        totals->charged_bytes[d] += bytes;
        totals->peak_tick_bytes[d] = max_i64(totals->peak_tick_bytes[d], bytes);
        totals->backlog_bytes[d] = backlog;
        totals->max_backlog_bytes[d] = max_i64(totals->max_backlog_bytes[d], backlog);
        totals->most_backlog_bytes[d] = max_i64(totals->most_backlog_bytes[d], backlog + bytes);
    }
}
