#include "sim/verify/verify_charges.h"

#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/verify/verify_moves.h"

struct verified_charges {
    struct charge_bounds *flows;
    struct charge_bounds groups[GROUPS_MAX + 1];
};

/* What may wait below --read-low when a run ends: it has paid. */
static int64_t most_unread(const struct verification *v, const struct verified_flow *flow, int d)
{
    int64_t low_bytes = d == SHAPER_READ ? v->run->application.read_low_bytes : 0;

    return min_i64(max_i64(low_bytes - 1, 0), flow->offered_bytes[d] - flow->delivered_bytes[d]);
}

bool charges_open(struct verification *v)
{
    v->charges = verify_allocate(v, "flows.csv", 1, sizeof(*v->charges));
    if (!v->charges)
        return false;
    v->charges->flows =
        verify_allocate(v, "flows.csv", verify_flow_count(v), sizeof(*v->charges->flows));
    if (!v->charges->flows)
        return false;
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next) {
        struct charge_bounds *bounds = &v->charges->flows[flow->index];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            bounds->least_bytes[d] = flow->delivered_bytes[d];
            bounds->most_bytes[d] =
                v->is_tls ? INT64_MAX : flow->delivered_bytes[d] + most_unread(v, flow, d);
        }
    }
    return true;
}

void charges_free(struct verification *v)
{
    if (v->charges)
        free(v->charges->flows);
    free(v->charges);
}

void charges_set(struct verification *v, const struct verified_flow *flow, int d,
                 int64_t received_bytes, int64_t sent_bytes)
{
    struct charge_bounds *bounds = &v->charges->flows[flow->index];

    bounds->least_bytes[d] = received_bytes;
    if (bounds->most_bytes[d] < INT64_MAX)
        bounds->most_bytes[d] = sent_bytes;
}

void charges_subtract(struct verification *v, const struct verified_flow *flow, int d,
                      int64_t bytes)
{
    struct charge_bounds *bounds = &v->charges->flows[flow->index];

    bounds->least_bytes[d] -= bytes;
    if (bounds->most_bytes[d] < INT64_MAX)
        bounds->most_bytes[d] -= bytes;
}

void charges_sum(struct verification *v)
{
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next) {
        const struct charge_bounds *bounds = &v->charges->flows[flow->index];
        struct charge_bounds *sum = &v->charges->groups[moves_last_group(v, flow)->index];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            sum->least_bytes[d] += bounds->least_bytes[d];
            if (__builtin_add_overflow(sum->most_bytes[d], bounds->most_bytes[d],
                                       &sum->most_bytes[d]))
                sum->most_bytes[d] = INT64_MAX;
        }
    }
}

const struct charge_bounds *charges_of_flow(const struct verification *v,
                                            const struct verified_flow *flow)
{
    return &v->charges->flows[flow->index];
}

const struct charge_bounds *charges_of_group(const struct verification *v,
                                             const struct verified_group *group)
{
    return &v->charges->groups[group->index];
}
