#include "sim/advise/advise_doubts.h"

#include <math.h>

bool advise_figure_holds(const struct advise_figure *figure)
{
    return figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_NEVER_CONTENDED;
}

/* How near a figure comes: above 0 what holds, -INFINITY what has no figure. */
static double nearness(const struct advise_figure *figure)
{
    if (advise_figure_holds(figure))
        return INFINITY;
    return isnan(figure->margin) ? -INFINITY : figure->margin;
}

size_t advise_nearest(const struct advise_table *table, size_t want)
{
    size_t nearest = 0;

    for (size_t i = 1; i < table->probe_count; i++)
        if (nearness(advise_table_at(table, i, want)) >
            nearness(advise_table_at(table, nearest, want)))
            nearest = i;
    return nearest;
}

/* Whether two settings differ in the rate, the first having the lower one, and in no other value
 * than the burst, which is the same number of ticks' worth, or one's. */
static bool is_below(const struct advise_setting *a, const struct advise_setting *b)
{
    double worth_a = (double)a->burst_bytes / (double)a->rate_bytes_per_tick;
    double worth_b = (double)b->burst_bytes / (double)b->rate_bytes_per_tick;

    return a->tick_ms == b->tick_ms && a->min_share_bytes == b->min_share_bytes &&
           a->rate_bytes_per_tick < b->rate_bytes_per_tick &&
           (a->burst_bytes == b->burst_bytes ||
            fabs(worth_a - worth_b) < ADVISE_RESOLUTION * worth_a);
}

bool advise_falls(const struct advise_table *table, size_t want, size_t *holds, size_t *fails)
{
    double nearest = INFINITY;

    for (size_t i = 0; i < table->probe_count; i++)
        for (size_t k = 0; k < table->probe_count; k++) {
            const struct advise_setting *a = &table->probes[i].setting;
            const struct advise_setting *b = &table->probes[k].setting;
            double factor = (double)b->rate_bytes_per_tick / (double)a->rate_bytes_per_tick;
            if (!advise_figure_holds(advise_table_at(table, i, want)) ||
                advise_figure_holds(advise_table_at(table, k, want)) || !is_below(a, b) ||
                factor >= nearest)
                continue;
            nearest = factor;
            *holds = i;
            *fails = k;
        }
    return nearest < INFINITY;
}
