#include <string.h>

#include <event2/bufferevent.h>
#include <utlist.h>

#include "sim/clock.h"
#include "sim/replay_internal.h"

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

static const char *event_name(enum run_event_kind kind)
{
    switch (kind) {
    case EVENT_FLOW_LEAVE:
        return "leave";
    case EVENT_FLOW_JOIN:
        return "join";
    case EVENT_FLOW_LIMIT:
        return "set-own-limit";
    case EVENT_FLOW_UNLIMIT:
        return "remove-own-limit";
    default:
        return "initial-tokens";
    }
}

static void read_own_levels(const struct flow_state *flow, int64_t levels[SHAPER_DIRECTIONS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS && flow->has_own_limit; d++)
        levels[d] = shaper_channel_own_level(flow->channel, (enum shaper_direction)d);
}

static void fill_limit(struct event_row *row, const struct shaper_limit *limit)
{
    row->has_limit = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        row->rate_bytes_per_tick[d] = limit->rate_bytes_per_tick[d];
        row->burst_bytes[d] = limit->burst_bytes[d];
    }
}

/* Another class, with all that is the flow's: its backlog was offered there from then on. */
static int move_to(struct replay *replay, struct flow_state *flow, struct class_state *to)
{
    replay_count_arrived(flow);
    class_state_flow_moves(flow->class, flow, to, replay->setup.record);
    flow->class = to;
    return shaper_channel_set_group(flow->channel, to->group);
}

/* The group's buckets are written down: they stay as they are. */
static int change_group(struct replay *replay, struct flow_state *flow, struct class_state *to,
                        struct event_row *row)
{
    const struct class_state *of = to->group ? to : flow->class;

    row->group = of->totals.name;
    row->tick = of->tick;
    row->has_bucket = true;
    class_state_read_levels(of, row->before_bytes);
    uint64_t charged_bytes[SHAPER_DIRECTIONS];
    memcpy(charged_bytes, of->tick_bytes, sizeof(charged_bytes));
    int status = to == flow->class ? SHAPER_OK : move_to(replay, flow, to);
    class_state_read_levels(of, row->after_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) /* by now TLS has sent what it joined with */
        row->after_bytes[d] += (int64_t)(of->tick_bytes[d] - charged_bytes[d]);
    fill_limit(row, &of->limit);
    row->has_min_share = true;
    row->min_share_bytes = of->min_share_bytes;
    return status;
}

static int change_own_limit(struct flow_state *flow, const struct run_event *event,
                            struct event_row *row)
{
    struct ev_token_bucket_cfg *before = flow->set_cfg, *cfg = NULL;

    row->has_bucket = flow->has_own_limit;
    read_own_levels(flow, row->before_bytes);
    if (event->kind == EVENT_FLOW_LIMIT && !(cfg = shaper_limit_cfg(&event->limit)))
        return SHAPER_ERROR_MEMORY;
    int status = shaper_channel_set_own_limit(flow->channel, cfg);
    if (before)
        ev_token_bucket_cfg_free(before);
    flow->own_cfg = cfg;
    flow->set_cfg = cfg;
    flow->has_own_limit = cfg != NULL;
    if (cfg) {
        flow->own_limit = event->limit;
        flow->own = &flow->own_limit;
        fill_limit(row, flow->own);
    }
    row->has_bucket_after = flow->has_own_limit;
    read_own_levels(flow, row->after_bytes);
    replay_note_own_bucket(flow);
    return status;
}

static void take_flow_event(struct replay *replay, const struct run_event *event)
{
    struct flow_state *flow = open_flow(replay, event->flow);
    bool leaves = event->kind == EVENT_FLOW_LEAVE;

    if (!flow || (leaves && !flow->class->group)) {
        replay->events_missed++;
        return;
    }
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = flow->class->tick,
                            .group = flow->class->totals.name,
                            .event = event_name(event->kind),
                            .flow = flow->row.flow};
    int status;
    if (leaves || event->kind == EVENT_FLOW_JOIN) {
        size_t to = leaves ? replay->class_count : event->class_index;
        status = change_group(replay, flow, &replay->classes[to], &row);
        row.has_bucket_after = true;
    } else {
        status = change_own_limit(flow, event, &row);
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
    else if (class_state_take_event(&replay->classes[event->class_index], event,
                                    replay->setup.record) != SIM_OK)
        replay_fail(replay, "out of memory for a group's new limit");
}

void replay_set_own_tokens(struct replay *replay, struct flow_state *flow)
{
    const struct initial_tokens *tokens = &replay->config->initial_tokens;
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = flow->class->tick,
                            .group = flow->class->totals.name,
                            .event = event_name(EVENT_INITIAL_TOKENS),
                            .flow = flow->row.flow,
                            .has_bucket = true,
                            .has_bucket_after = true};

    if (!tokens->is_given || tokens->kind == INITIAL_TOKENS_TICK)
        return;
    read_own_levels(flow, row.before_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t wanted =
            tokens->kind == INITIAL_TOKENS_BURST ? flow->own->burst_bytes[d] : tokens->bytes;
        shaper_channel_decrement_own(flow->channel, (enum shaper_direction)d,
                                     row.before_bytes[d] - wanted);
    }
    read_own_levels(flow, row.after_bytes);
    fill_limit(&row, flow->own);
    if (replay->setup.record)
        record_event(replay->setup.record, &row);
}
