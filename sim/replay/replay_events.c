#include "sim/replay/replay_events.h"

#include <string.h>

#include <event2/bufferevent.h>
#include <utlist.h>

#include "sim/clock/clock.h"
#include "sim/replay/replay_application.h"
#include "sim/replay/replay_per_flow_buckets.h"

/* The flow of that number while it is open; NULL otherwise. */
static struct flow_state *open_flow(const struct replay *replay, uint64_t number)
{
    struct flow_state *flow;

    DL_FOREACH2 (replay->flows, flow, all_next) {
        if (flow->row.flow == number)
            return flow->channel ? flow : NULL;
    }
    return NULL;
}

/* Another group, with all that is the flow's: its backlog was offered there from then on. */
static int move_to(struct replay *replay, struct flow_state *flow, struct group_state *to)
{
    replay_count_arrived(flow);
    group_state_flow_moves(flow->group, flow, to, replay->setup.record);
    flow->group = to;
    return shaper_channel_set_group(flow->channel, to->shaper_group);
}

/* The group's buckets are written down: they stay as they are. */
static int change_group(struct replay *replay, struct flow_state *flow, struct group_state *to,
                        struct event_row *row)
{
    const struct group_state *of = to->shaper_group ? to : flow->group;

    row->group = of->totals.name;
    row->tick = of->tick;
    row->has_bucket = true;
    group_state_read_levels(of, row->before_bytes);
    uint64_t charged_bytes[SHAPER_DIRECTIONS];
    memcpy(charged_bytes, of->tick_bytes, sizeof(charged_bytes));
    int status = to == flow->group ? SHAPER_OK : move_to(replay, flow, to);
    group_state_read_levels(of, row->after_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) /* by now TLS has sent what it joined with */
        row->after_bytes[d] += (int64_t)(of->tick_bytes[d] - charged_bytes[d]);
    replay_fill_limit(row, &of->limit);
    row->has_min_share = true;
    row->effective_min_share_bytes = of->effective_min_share_bytes;
    return status;
}

static int change_per_flow_limit(struct flow_state *flow, const struct run_event *event,
                                 struct event_row *row)
{
    struct ev_token_bucket_cfg *before = flow->set_cfg, *cfg = NULL;

    row->has_bucket = flow->has_per_flow_limit;
    replay_read_per_flow_levels(flow, row->before_bytes);
    if (event->kind == EVENT_FLOW_LIMIT && !(cfg = shaper_limit_cfg(&event->limit)))
        return SHAPER_ERROR_MEMORY;
    int status = shaper_channel_set_per_flow_limit(flow->channel, cfg);
    if (before)
        ev_token_bucket_cfg_free(before);
    flow->per_flow_cfg = cfg;
    flow->set_cfg = cfg;
    flow->has_per_flow_limit = cfg != NULL;
    if (cfg) {
        flow->per_flow_limit = event->limit;
        flow->per_flow = &flow->per_flow_limit;
        replay_fill_limit(row, flow->per_flow);
    }
    row->has_bucket_after = flow->has_per_flow_limit;
    replay_read_per_flow_levels(flow, row->after_bytes);
    replay_note_per_flow_bucket(flow);
    return status;
}

static void take_flow_event(struct replay *replay, const struct run_event *event)
{
    struct flow_state *flow = open_flow(replay, event->flow);
    bool leaves = event->kind == EVENT_FLOW_LEAVE;

    if (!flow || (leaves && !flow->group->shaper_group)) {
        replay->events_missed++;
        return;
    }
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = flow->group->tick,
                            .group = flow->group->totals.name,
                            .event = run_event_name(event->kind, event->direction),
                            .flow = flow->row.flow};
    int status;
    if (leaves || event->kind == EVENT_FLOW_JOIN) {
        size_t to = leaves ? replay->group_count : event->group_index;
        status = change_group(replay, flow, &replay->groups[to], &row);
        row.has_bucket_after = true;
    } else {
        status = change_per_flow_limit(flow, event, &row);
    }
    replay->moved++;
    if (replay->setup.record)
        record_event(replay->setup.record, &row);
    if (status != SHAPER_OK)
        replay_fail(replay, "out of memory for a flow's new limit");
}

void replay_carry_out(struct replay *replay, const struct run_event *event)
{
    if (event->kind >= EVENT_FLOW_LEAVE)
        take_flow_event(replay, event);
    else if (group_state_take_event(&replay->groups[event->group_index], event,
                                    replay->setup.record) != SIM_OK)
        replay_fail(replay, "out of memory for a group's new limit");
}
