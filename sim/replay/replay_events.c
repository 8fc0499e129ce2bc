#include "sim/replay/replay_events.h"

#include <string.h>

#include <event2/bufferevent.h>
#include <utlist.h>

#include "sim/account/flow_application.h"
#include "sim/account/flow_bucket.h"
#include "sim/clock/clock.h"

/* The open flow of that number, or NULL. */
static struct flow_state *open_flow(const struct run_state *run, uint64_t number)
{
    struct flow_state *flow;

    DL_FOREACH2 (run->flows, flow, all_next) {
        if (flow->row.flow == number)
            return flow->channel ? flow : NULL;
    }
    return NULL;
}

/* Another group, with all of the flow's backlog, which counts there as offered from then on. */
static int move_to(struct flow_state *flow, struct group_state *to)
{
    flow_application_count_arrived(flow);
    group_state_flow_moves(flow->group, flow, to, flow->run->record);
    flow->group = to;
    return shaper_channel_set_group(flow->channel, to->shaper_group);
}

/* The group's buckets are only recorded: they do not change. */
static int change_group(struct flow_state *flow, struct group_state *to, struct event_row *row)
{
    const struct group_state *of = to->shaper_group ? to : flow->group;

    row->group = of->totals.name;
    row->tick = of->tick;
    row->has_bucket = true;
    group_state_read_levels(of, row->before_bytes);
    uint64_t charged_bytes[SHAPER_DIRECTIONS];
    memcpy(charged_bytes, of->tick_bytes, sizeof(charged_bytes));
    int status = to == flow->group ? SHAPER_OK : move_to(flow, to);
    group_state_read_levels(of, row->after_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) /* by now TLS has sent what the flow joined with */
        row->after_bytes[d] += (int64_t)(of->tick_bytes[d] - charged_bytes[d]);
    flow_bucket_fill_limit(row, &of->limit);
    row->has_min_share = true;
    row->effective_min_share_bytes = of->effective_min_share_bytes;
    return status;
}

static int change_per_flow_limit(struct flow_state *flow, const struct run_event *event,
                                 struct event_row *row)
{
    struct ev_token_bucket_cfg *before = flow->set_cfg, *cfg = NULL;

    row->has_bucket = flow->has_per_flow_limit;
    flow_bucket_read_levels(flow, row->before_bytes);
    if (event->kind == EVENT_FLOW_LIMIT && !(cfg = shaper_limit_cfg(&event->limit)))
        return SHAPER_ERROR_MEMORY;
    int status = shaper_channel_set_per_flow_limit(flow->channel, cfg);
    if (before)
        ev_token_bucket_cfg_free(before);
    flow->per_flow_cfg = cfg;
    flow->set_cfg = cfg;
    flow->has_per_flow_limit = cfg != NULL;
    if (cfg) {
        flow->per_flow = &event->limit;
        flow_bucket_fill_limit(row, flow->per_flow);
    }
    row->has_bucket_after = flow->has_per_flow_limit;
    flow_bucket_read_levels(flow, row->after_bytes);
    flow_bucket_note_filling(flow);
    return status;
}

/* The row shows what the command takes: TLS has already charged what a credit released. */
static void decrement_per_flow(struct flow_state *flow, const struct run_event *event,
                               struct event_row *row)
{
    uint64_t charged_bytes[SHAPER_DIRECTIONS];

    memcpy(charged_bytes, flow->tick_bytes, sizeof(charged_bytes));
    row->has_bucket = true;
    row->has_bucket_after = true;
    flow_bucket_read_levels(flow, row->before_bytes);
    shaper_channel_decrement_per_flow(flow->channel, event->direction, event->bytes);
    flow_bucket_read_levels(flow, row->after_bytes);
    flow_bucket_fill_limit(row, flow->per_flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        row->after_bytes[d] += (int64_t)(flow->tick_bytes[d] - charged_bytes[d]);
        if (row->after_bytes[d] > row->burst_bytes[d] && row->after_bytes[d] > row->before_bytes[d])
            flow->group->totals.credits_above_burst++;
    }
    flow_bucket_note_filling(flow);
}

/* Whether the event can be carried out; an event that cannot is counted. */
static bool is_possible(struct replay_events *events, const struct flow_state *flow,
                        const struct run_event *event)
{
    if (!flow || (event->kind == EVENT_FLOW_LEAVE && !flow->group->shaper_group)) {
        events->missed++;
        return false;
    }
    if (event->kind == EVENT_FLOW_DECREMENT && !flow->has_per_flow_limit) {
        events->bucketless_flow = event->flow;
        return false;
    }
    return true;
}

static void take_flow_event(struct replay_events *events, const struct run_event *event)
{
    struct run_state *run = events->run;
    struct flow_state *flow = open_flow(run, event->flow);
    bool leaves = event->kind == EVENT_FLOW_LEAVE;

    if (!is_possible(events, flow, event))
        return;
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = flow->group->tick,
                            .group = flow->group->totals.name,
                            .event = run_event_name(event->kind, event->direction),
                            .flow = flow->row.flow};
    int status = SHAPER_OK;
    if (leaves || event->kind == EVENT_FLOW_JOIN) {
        struct group_state *to = leaves ? replay_groups_none(events->groups)
                                        : &events->groups->states[event->group_index];
        status = change_group(flow, to, &row);
        row.has_bucket_after = true;
    } else if (event->kind == EVENT_FLOW_DECREMENT) {
        decrement_per_flow(flow, event, &row);
    } else {
        status = change_per_flow_limit(flow, event, &row);
    }
    run->moved++;
    if (run->record)
        record_event(run->record, &row);
    if (status != SHAPER_OK)
        run_state_fail(run, "out of memory for a flow's new limit");
}

static void carry_out(struct replay_events *events, const struct run_event *event)
{
    struct run_state *run = events->run;

    if (run_event_is_of_flow(event->kind))
        take_flow_event(events, event);
    else if (group_state_take_event(&events->groups->states[event->group_index], event,
                                    run->record) != SIM_OK)
        run_state_fail(run, "out of memory for a group's new limit");
}

static void find_next(struct replay_events *events)
{
    const struct run_config *config = events->run->config;
    bool is_over = events->taken == config->event_count;

    events->next_us = is_over ? CLOCK_NEVER_US : config->events[events->taken].time_us;
}

void replay_events_init(struct replay_events *events, struct run_state *run,
                        struct replay_groups *groups)
{
    *events = (struct replay_events){.run = run, .groups = groups};
    find_next(events);
}

void replay_events_take_due(struct replay_events *events)
{
    while (events->next_us <= sim_clock_now_us()) {
        carry_out(events, &events->run->config->events[events->taken++]);
        find_next(events);
    }
}
