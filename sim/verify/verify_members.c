#include "sim/verify/verify_members.h"

#include <stdlib.h>

#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_moves.h"

/* Sorted, and how many of them have been counted so far. */
struct times {
    int64_t *us;
    size_t counted;
};

/* Starts and ends of a group's flows. */
struct stays {
    struct times starts, ends;
    size_t count;
};

/* Of a group. */
struct group_members {
    struct stays all;
    struct stays certain;   /* those of flows that cannot leave and come back */
    int64_t waiting_at_end; /* flows that were certainly open at the end of the run */
};

struct verified_members {
    struct group_members groups[GROUPS_MAX + 1];
};

static struct group_members *members_of(const struct verification *v,
                                        const struct verified_group *group)
{
    return &v->members->groups[group->index];
}

/* --- opening --------------------------------------------------------------------------------- */

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool make_stays(struct verification *v, struct stays *stays, size_t count)
{
    stays->starts.us = verify_allocate(v, "flows.csv", count, sizeof(int64_t));
    stays->ends.us = verify_allocate(v, "flows.csv", count, sizeof(int64_t));
    return stays->starts.us && stays->ends.us;
}

static void add_stay(struct stays *stays, int64_t start_us, int64_t end_us)
{
    stays->starts.us[stays->count] = start_us;
    stays->ends.us[stays->count++] = end_us;
}

static void add_to_group(struct group_members *members, const struct verified_flow *flow,
                         int64_t start_us, int64_t end_us)
{
    add_stay(&members->all, start_us, end_us);
    if (!verify_close_may_return(flow->close))
        add_stay(&members->certain, start_us, end_us);
}

static void add_flow(struct verification *v, const struct verified_flow *flow)
{
    const struct verified_group *group = flow->group;
    int64_t start_us = flow->start_us;

    for (size_t i = 0; i < moves_count(v) && moves_has_moved(v, flow); i++) {
        const struct verified_move *move = moves_at(v, i);
        if (move->flow != flow)
            continue;
        add_to_group(members_of(v, group), flow, start_us, move->time_us);
        group = move->to;
        start_us = move->time_us;
    }
    add_to_group(members_of(v, group), flow, start_us, flow->end_us);
    members_of(v, group)->waiting_at_end += flow->end_us == v->end_us && verify_was_waiting(flow);
}

static void sort_stays(struct stays *stays)
{
    qsort(stays->starts.us, stays->count, sizeof(int64_t), compare_i64);
    qsort(stays->ends.us, stays->count, sizeof(int64_t), compare_i64);
}

bool members_open(struct verification *v)
{
    v->members = verify_allocate(v, "flows.csv", 1, sizeof(*v->members));
    if (!v->members)
        return false;
    for (size_t i = 0; i < v->group_count; i++) {
        struct group_members *members = &v->members->groups[i];
        size_t most = flow_totals_of(v, &v->groups[i])->flows + moves_count(v);
        if (!make_stays(v, &members->all, most) || !make_stays(v, &members->certain, most))
            return false;
    }
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        add_flow(v, flow);
    for (size_t i = 0; i < v->group_count; i++) {
        sort_stays(&v->members->groups[i].all);
        sort_stays(&v->members->groups[i].certain);
    }
    return true;
}

static void free_stays(struct stays *stays)
{
    free(stays->starts.us);
    free(stays->ends.us);
}

void members_free(struct verification *v)
{
    for (size_t i = 0; i < v->group_count && v->members; i++) {
        free_stays(&v->members->groups[i].all);
        free_stays(&v->members->groups[i].certain);
    }
    free(v->members);
}

/* --- rows of ticks.csv ----------------------------------------------------------------------- */

/* Counts the times before `time_us`. */
static int64_t count_before(struct times *times, size_t count, int64_t time_us)
{
    while (times->counted < count && times->us[times->counted] < time_us)
        times->counted++;
    return (int64_t)times->counted;
}

static int64_t open_at(struct stays *stays, int64_t time_us)
{
    return count_before(&stays->starts, stays->count, time_us) -
           count_before(&stays->ends, stays->count, time_us);
}

/* Members are the flows that have started and not ended when the tick ends. Flows that closed can
 * have left and come back: they count only for the upper bound. */
void members_check(struct verification *v, const struct verified_tick *tick, int column)
{
    struct group_members *members = members_of(v, tick->group);
    int64_t end_us = (tick->tick + 1) * tick->group->tick_us;
    int64_t most = open_at(&members->all, end_us);
    int64_t least = open_at(&members->certain, end_us);

    if (end_us > v->end_us) { /* the run's end: the flows open then */
        least = v->is_drained ? 0 : members->waiting_at_end;
        most = least;
        for (size_t i = 0; i < members->all.count && !v->is_drained; i++)
            most += members->all.ends.us[i] == v->end_us;
        most = v->is_drained ? 0 : most - members->waiting_at_end;
    }
    if (most == least)
        verify_equal(v, CHECK_MEMBERS, tick->reader, column, tick->members, most,
                     "that many flows of flows.csv are open");
    else
        verify_true(v, CHECK_MEMBERS, tick->reader, column,
                    tick->members >= least && tick->members <= most,
                    "flows of flows.csv that are open, and have not left in between");
}

/* --- questions ------------------------------------------------------------------------------- */

/* Flows end after others have started at the same instant. */
int64_t members_most(const struct verification *v, const struct verified_group *group)
{
    const struct stays *stays = &members_of(v, group)->all;
    int64_t most = 0;
    size_t ended = 0;

    for (size_t begun = 0; begun < stays->count; begun++) {
        while (ended < stays->count && stays->ends.us[ended] < stays->starts.us[begun])
            ended++;
        if ((int64_t)(begun + 1 - ended) > most)
            most = (int64_t)(begun + 1 - ended);
    }
    return most;
}

bool members_are_known(const struct verification *v, const struct verified_group *group)
{
    const struct group_members *members = members_of(v, group);

    return members->all.count == members->certain.count && !moves_touch(v, group);
}
