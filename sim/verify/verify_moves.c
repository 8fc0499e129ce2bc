/* Flows that leave a group or join another: learnt from events.csv before all that depends on who
 * was where. And when flows came and went, for verify_ticks.c to count them. */
#include "sim/verify/verification.h"

#include <stdlib.h>
#include <string.h>

struct move_columns {
    int time, group, event, flow;
};

/* --- events.csv ------------------------------------------------------------------------------ */

static bool has_moves(const struct run_config *run)
{
    for (size_t i = 0; i < run->event_count; i++)
        if (run->events[i].kind == EVENT_FLOW_LEAVE || run->events[i].kind == EVENT_FLOW_JOIN)
            return true;
    return false;
}

static bool add_move(struct verification *v, struct verified_flow *flow, struct verified_group *to,
                     int64_t time_us)
{
    if (to == flow->last_group)
        return true;
    if (v->move_count == EVENTS_MAX)
        return false;
    v->moves[v->move_count++] = (struct verified_move){
        .flow = flow, .from = flow->last_group, .to = to, .time_us = time_us};
    flow->last_group->is_moved = true;
    to->is_moved = true;
    flow->last_group = to;
    flow->has_moved = true;
    flow->was_unlimited = flow->was_unlimited || !to->limits;
    /* A flow that opens without limits is not recorded, whatever --flow-ticks says. */
    v->has_partial_group = v->has_partial_group || !flow->group->limits;
    return true;
}

static bool take_row(struct verification *v, struct csv_reader *reader,
                     const struct move_columns *columns)
{
    const char *event = csv_reader_text(reader, columns->event);
    bool leaves = strcmp(event, "leave") == 0;

    if (!leaves && strcmp(event, "join") != 0)
        return true;
    int64_t time_us = csv_reader_time_us(reader, columns->time);
    struct verified_flow *flow = verify_flow(v, csv_reader_count(reader, columns->flow));
    struct verified_group *to =
        verify_group(v, leaves ? GROUP_NAME_NONE : csv_reader_text(reader, columns->group));
    if (!verify_read_well(v, reader))
        return false;
    if (flow && to && add_move(v, flow, to, time_us))
        return true;
    verify_row_fails(v, CHECK_EVENTS, reader, flow ? columns->group : columns->flow,
                     flow ? "no group of summary.json that the flow can go to"
                          : "no flow of flows.csv");
    return false;
}

static bool read_moves(struct verification *v)
{
    struct csv_reader *reader = verify_open(v, "events.csv");
    struct move_columns columns;
    bool good = true;

    if (!reader)
        return false;
    columns.time = csv_reader_column(reader, "time_s");
    columns.group = csv_reader_column(reader, "group");
    columns.event = csv_reader_column(reader, "event");
    columns.flow = csv_reader_column(reader, "flow");
    while (good && csv_reader_next(reader))
        good = take_row(v, reader, &columns);
    good = verify_read_well(v, reader) && good;
    csv_reader_free(reader);
    return good;
}

/* --- questions ------------------------------------------------------------------------------- */

bool verify_flow_was_in(const struct verification *v, const struct verified_flow *flow,
                        const struct verified_group *group)
{
    if (flow->group == group)
        return true;
    for (size_t i = 0; i < v->move_count && flow->has_moved; i++)
        if (v->moves[i].flow == flow && v->moves[i].to == group)
            return true;
    return false;
}

bool verify_flow_came_in(const struct verification *v, const struct verified_flow *flow,
                         const struct verified_group *group, int64_t tick)
{
    if (flow->group == group && flow->start_us / group->tick_us == tick)
        return true;
    for (size_t i = 0; i < v->move_count && flow->has_moved; i++)
        if (v->moves[i].flow == flow && v->moves[i].to == group &&
            v->moves[i].time_us / group->tick_us == tick)
            return true;
    return false;
}

bool verify_somebody_left(const struct verification *v, const struct verified_group *group,
                          int64_t tick)
{
    for (size_t i = 0; i < v->move_count && group->is_moved; i++)
        if (v->moves[i].from == group && v->moves[i].time_us / group->tick_us == tick)
            return true;
    return false;
}

/* --- times ----------------------------------------------------------------------------------- */

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool make_times(struct verified_group *group, size_t moves)
{
    size_t count = group->flows + moves + 1;

    group->starts_us = calloc(count, sizeof(int64_t));
    group->ends_us = calloc(count, sizeof(int64_t));
    group->stay_starts_us = calloc(count, sizeof(int64_t));
    group->stay_ends_us = calloc(count, sizeof(int64_t));
    return group->starts_us && group->ends_us && group->stay_starts_us && group->stay_ends_us;
}

static void add_stay(struct verified_group *group, const struct verified_flow *flow,
                     int64_t start_us, int64_t end_us)
{
    group->starts_us[group->open_count] = start_us;
    group->ends_us[group->open_count++] = end_us;
    if (verify_close_may_return(flow->close))
        return;
    group->stay_starts_us[group->stay_count] = start_us;
    group->stay_ends_us[group->stay_count++] = end_us;
}

static void add_stays(const struct verification *v, const struct verified_flow *flow)
{
    struct verified_group *group = flow->group;
    int64_t start_us = flow->start_us;

    for (size_t i = 0; i < v->move_count && flow->has_moved; i++) {
        const struct verified_move *move = &v->moves[i];
        if (move->flow != flow)
            continue;
        add_stay(group, flow, start_us, move->time_us);
        group = move->to;
        start_us = move->time_us;
    }
    add_stay(group, flow, start_us, flow->end_us);
    group->waiting_at_end += flow->end_us == v->end_us && verify_was_waiting(flow);
}

static bool collect_times(struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (!make_times(&v->groups[i], v->move_count)) {
            sim_fail(v->error, SIM_FAILED, "flows.csv: out of memory");
            return false;
        }
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        add_stays(v, flow);
    for (size_t i = 0; i < v->group_count; i++) {
        struct verified_group *group = &v->groups[i];
        qsort(group->starts_us, group->open_count, sizeof(int64_t), compare_i64);
        qsort(group->ends_us, group->open_count, sizeof(int64_t), compare_i64);
        qsort(group->stay_starts_us, group->stay_count, sizeof(int64_t), compare_i64);
        qsort(group->stay_ends_us, group->stay_count, sizeof(int64_t), compare_i64);
    }
    return true;
}

bool verify_moves(struct verification *v)
{
    return (!has_moves(v->run) || read_moves(v)) && collect_times(v);
}
