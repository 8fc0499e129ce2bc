#include "sim/verify/verify_nesting.h"

#include <inttypes.h>
#include <stdlib.h>

/* Of a group with others in it. */
struct verified_nesting {
    bool is_uneven; /* a child's ticks are not as long */
    int64_t tick;
    int64_t balance_bytes[SHAPER_DIRECTIONS]; /* carried by it, less by its flows and children */
};

bool nesting_open(struct verification *v)
{
    const struct run_config *run = v->run;

    v->nesting = verify_allocate(v, "ticks.csv", v->group_count, sizeof(*v->nesting));
    if (!v->nesting)
        return false;
    for (size_t i = 0; i < run->groups; i++) {
        int parent = scheduling_parent(run->specs, run->groups, i);
        if (parent < 0)
            continue;
        v->groups[i].parent = &v->groups[parent];
        v->groups[parent].has_children = true;
        v->nesting[parent].is_uneven |= v->groups[parent].tick_us != v->groups[i].tick_us;
    }
    return true;
}

void nesting_free(struct verification *v)
{
    free(v->nesting);
}

static void close_balance(struct verification *v, const struct verified_group *parent)
{
    struct verified_nesting *nesting = &v->nesting[parent->index];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t rest = nesting->balance_bytes[d];
        nesting->balance_bytes[d] = 0;
        if (v->records_all ? rest == 0 : rest >= 0)
            check_holds(v->checks, CHECK_FLOW_TICKS);
        else
            check_fails(v->checks, CHECK_FLOW_TICKS,
                        "ticks.csv: tick %" PRId64 " of group %s, %s: differs by %" PRId64
                        " from what its own flows and the groups in it were charged",
                        nesting->tick, parent->name, verify_byte_column(d), rest);
    }
}

static void add_to_balance(struct verification *v, const struct verified_group *parent,
                           int64_t tick, const int64_t bytes[SHAPER_DIRECTIONS], int64_t sign)
{
    struct verified_nesting *nesting = &v->nesting[parent->index];

    if (nesting->is_uneven || v->is_real)
        return;
    if (tick != nesting->tick)
        close_balance(v, parent);
    nesting->tick = tick;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        nesting->balance_bytes[d] += sign * bytes[d];
}

void nesting_add_tick(struct verification *v, const struct verified_tick *tick,
                      const int64_t flow_bytes[SHAPER_DIRECTIONS])
{
    const struct verified_group *group = tick->group;

    if (group->has_children) {
        add_to_balance(v, group, tick->tick, tick->bytes, 1);
        add_to_balance(v, group, tick->tick, flow_bytes, -1);
    }
    if (group->parent)
        add_to_balance(v, group->parent, tick->tick, tick->bytes, -1);
}

void nesting_finish(struct verification *v, const struct verified_group *group)
{
    if (group->has_children)
        close_balance(v, group);
}
