#include "sim/verify/verify_moves.h"

#include <stdlib.h>
#include <string.h>

#include "sim/verify/verify_rows.h"

/* Of a flow. */
struct flow_moves {
    struct verified_group *last_group;
    bool has_moved, was_unlimited;
};

/* Of a group. */
struct group_moves {
    bool is_touched, has_unseen;
};

struct verified_moves {
    struct flow_moves *flows;
    struct group_moves groups[GROUPS_MAX + 1];
    struct verified_move moves[EVENTS_MAX];
    size_t count;
    bool has_unrecorded;
};

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

static bool add_move(struct verification *v, const struct verified_flow *flow,
                     struct verified_group *to, int64_t time_us)
{
    struct verified_moves *moves = v->moves;
    struct flow_moves *of_flow = &moves->flows[flow->index];

    if (to == of_flow->last_group)
        return true;
    if (moves->count == EVENTS_MAX)
        return false;
    moves->moves[moves->count++] = (struct verified_move){
        .flow = flow, .from = of_flow->last_group, .to = to, .time_us = time_us};
    moves->groups[of_flow->last_group->index].is_touched = true;
    moves->groups[to->index].is_touched = true;
    of_flow->last_group = to;
    of_flow->has_moved = true;
    of_flow->was_unlimited = of_flow->was_unlimited || !to->limits;
    /* A flow that opens without limits is not recorded, whatever --flow-ticks says. */
    moves->has_unrecorded = moves->has_unrecorded || !flow->group->limits;
    return true;
}

static bool read_row(struct verification *v, struct csv_reader *reader,
                     const struct move_columns *columns)
{
    const char *event = csv_reader_text(reader, columns->event);
    bool leaves = run_event_is(event, EVENT_FLOW_LEAVE);

    if (!leaves && !run_event_is(event, EVENT_FLOW_JOIN))
        return true;
    int64_t time_us = csv_reader_time_us(reader, columns->time);
    const struct verified_flow *flow = verify_flow(v, csv_reader_count(reader, columns->flow));
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
    struct csv_reader *reader = verify_open(v, run_file_names[RUN_EVENTS]);
    struct move_columns columns;
    bool good = true;

    if (!reader)
        return false;
    columns.time = csv_table_find(&events_table, EVENTS_TIME, SHAPER_READ, reader);
    columns.group = csv_table_find(&events_table, EVENTS_GROUP, SHAPER_READ, reader);
    columns.event = csv_table_find(&events_table, EVENTS_EVENT, SHAPER_READ, reader);
    columns.flow = csv_table_find(&events_table, EVENTS_FLOW, SHAPER_READ, reader);
    while (good && csv_reader_next(reader))
        good = read_row(v, reader, &columns);
    good = verify_read_well(v, reader) && good;
    csv_reader_free(reader);
    return good;
}

static bool moves_open(struct verification *v)
{
    v->moves = verify_allocate(v, "flows.csv", 1, sizeof(*v->moves));
    if (!v->moves)
        return false;
    v->moves->flows =
        verify_allocate(v, "flows.csv", verify_flow_count(v), sizeof(*v->moves->flows));
    if (!v->moves->flows)
        return false;
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        v->moves->flows[flow->index] =
            (struct flow_moves){.last_group = flow->group, .was_unlimited = !flow->group->limits};
    return true;
}

bool verify_moves(struct verification *v)
{
    return moves_open(v) && (!has_moves(v->run) || read_moves(v));
}

void verify_moves_free(struct verification *v)
{
    if (v->moves)
        free(v->moves->flows);
    free(v->moves);
}

/* --- questions ------------------------------------------------------------------------------- */

size_t moves_count(const struct verification *v)
{
    return v->moves->count;
}

struct verified_move *moves_at(const struct verification *v, size_t index)
{
    return &v->moves->moves[index];
}

struct verified_group *moves_last_group(const struct verification *v,
                                        const struct verified_flow *flow)
{
    return v->moves->flows[flow->index].last_group;
}

bool moves_has_moved(const struct verification *v, const struct verified_flow *flow)
{
    return v->moves->flows[flow->index].has_moved;
}

bool moves_was_unlimited(const struct verification *v, const struct verified_flow *flow)
{
    return v->moves->flows[flow->index].was_unlimited;
}

bool moves_was_in(const struct verification *v, const struct verified_flow *flow,
                  const struct verified_group *group)
{
    const struct verified_moves *moves = v->moves;

    if (flow->group == group)
        return true;
    for (size_t i = 0; i < moves->count && moves_has_moved(v, flow); i++)
        if (moves->moves[i].flow == flow && moves->moves[i].to == group)
            return true;
    return false;
}

bool moves_came_in(const struct verification *v, const struct verified_flow *flow,
                   const struct verified_group *group, int64_t tick)
{
    const struct verified_moves *moves = v->moves;

    if (flow->group == group && flow->start_us / group->tick_us == tick)
        return true;
    for (size_t i = 0; i < moves->count && moves_has_moved(v, flow); i++)
        if (moves->moves[i].flow == flow && moves->moves[i].to == group &&
            moves->moves[i].time_us / group->tick_us == tick)
            return true;
    return false;
}

bool moves_touch(const struct verification *v, const struct verified_group *group)
{
    return v->moves->groups[group->index].is_touched;
}

bool moves_leave_in(const struct verification *v, const struct verified_group *group, int64_t tick)
{
    const struct verified_moves *moves = v->moves;

    for (size_t i = 0; i < moves->count && moves_touch(v, group); i++)
        if (moves->moves[i].from == group && moves->moves[i].time_us / group->tick_us == tick)
            return true;
    return false;
}

bool moves_have_unrecorded(const struct verification *v)
{
    return v->moves->has_unrecorded;
}

void moves_note_unseen(struct verification *v, const struct verified_group *group)
{
    v->moves->groups[group->index].has_unseen = true;
}

bool moves_have_unseen(const struct verification *v, const struct verified_group *group)
{
    return v->moves->groups[group->index].has_unseen;
}
