#include "sim/metrics/fairness_flows.h"

#include <stdlib.h>

#include <utlist.h>

#include "sim/metrics/fairness_state.h"

/* Windows that began between the tick of the flow's last bytes and this one: nothing was delivered
 * since they began. */
static void begin_windows(struct fairness *fairness, struct fairness_flow *flow)
{
    struct history *history = fairness_need_history(fairness, flow);

    for (size_t s = 0; history && s < fairness->open.count; s++) {
        const struct open_window *window = &fairness->open.windows[s];
        if (window->latest_start <= flow->touched_tick)
            break;
        if (window->start > flow->touched_tick)
            history->starts[s] = flow->delivered_bytes;
    }
}

/* Called before its bytes are counted. */
static struct fairness_flow *touch(struct fairness *fairness, struct fairness_flow **at,
                                   uint32_t weight)
{
    struct fairness_flow *flow = *at;

    if (!flow) {
        flow = *at = calloc(1, sizeof(*flow));
        if (!flow) {
            fairness->is_out_of_memory = true;
            return NULL;
        }
        flow->touched_tick = NEVER;
        flow->weight = weight > 0 ? weight : 1;
    }
    if (fairness_was_touched(fairness, flow))
        return flow;
    if (flow->touched_tick != NEVER)
        begin_windows(fairness, flow);
    flow->touched_tick = fairness->tick;
    flow->offered_before = flow->offered_bytes;
    flow->delivered_before = flow->delivered_bytes;
    if (!flow->is_active)
        DL_APPEND2(fairness->active, flow, active_prev, active_next);
    flow->is_active = true;
    return flow;
}

void fairness_offered(struct fairness *fairness, struct fairness_flow **at, uint32_t weight,
                      uint64_t bytes)
{
    struct fairness_flow *flow = touch(fairness, at, weight);

    if (flow)
        flow->offered_bytes += bytes;
}

void fairness_delivered(struct fairness *fairness, struct fairness_flow **at, uint32_t weight,
                        uint64_t bytes)
{
    struct fairness_flow *flow = touch(fairness, at, weight);

    if (flow)
        flow->delivered_bytes += bytes;
}

/* The earliest start of a window that is kept and still continues. */
static int64_t oldest_window_start(const struct fairness *fairness)
{
    if (!fairness->run.is_given_up)
        return 0;
    return fairness->open.count > 0 ? fairness->open.windows[0].oldest_start : fairness->tick;
}

static void forget(struct fairness *fairness, struct fairness_flow *flow)
{
    DL_DELETE2(fairness->recent, flow, history->recent_prev, history->recent_next);
    flow->history->last_waited = NEVER;
    fairness->kept_ended_flows--;
    if (!flow->is_active)
        fairness_free_flow(flow);
}

void fairness_forget_ended(struct fairness *fairness)
{
    int64_t start = oldest_window_start(fairness);

    for (struct fairness_flow *flow = fairness->recent ? fairness->recent->history->recent_prev
                                                       : NULL,
                              *before;
         flow && flow->history->last_waited < start; flow = before) {
        before = flow == fairness->recent ? NULL : flow->history->recent_prev;
        if (flow->has_ended)
            forget(fairness, flow);
    }
}

static void give_up_longest(struct fairness *fairness)
{
    fairness->scales[fairness->open.count - 1].is_given_up = true;
    open_windows_drop_longest(&fairness->open);
}

/* Too many to keep: the longest windows are given up until they fit. */
static void give_up_windows(struct fairness *fairness)
{
    while (fairness->kept_ended_flows > FAIRNESS_ENDED_FLOWS_MAX) {
        if (!fairness->run.is_given_up)
            fairness->run.is_given_up = true;
        else if (fairness->open.count > 0)
            give_up_longest(fairness);
        fairness_forget_ended(fairness);
    }
}

static void count_service(struct fairness *fairness, const struct fairness_flow *flow)
{
    const struct history *history = flow->history;

    if (history->contended_ticks == 0)
        return;
    struct service_range *range =
        &fairness->services[63 - __builtin_clzll(history->contended_ticks)];
    double service =
        (double)history->contended_bytes / (double)history->contended_ticks / flow->weight;
    if (range->flows == 0 || service > range->largest)
        range->largest = service;
    if (range->flows == 0 || service < range->smallest)
        range->smallest = service;
    range->flows++;
    fairness->contending_flows++;
}

void fairness_stop_waiting(struct fairness *fairness, struct history *history)
{
    if (history->slot != NO_SLOT)
        service_gap_leave(&fairness->gap, history->slot);
    history->slot = NO_SLOT;
    history->waits_since = NEVER;
    history->ahead = 0;
    history->behind = 0;
}

void fairness_flow_over(struct fairness *fairness, struct fairness_flow *flow)
{
    if (!flow)
        return;
    flow->has_ended = true;
    if (flow->history) {
        if (fairness_is_lost(flow))
            flow->history->fluid_backlog = 0;
        count_service(fairness, flow);
        fairness_stop_waiting(fairness, flow->history);
    }
    if (!fairness_has_waited(flow)) {
        if (!flow->is_active)
            fairness_free_flow(flow);
        return;
    }
    fairness->kept_ended_flows++;
    if (flow->history->last_waited < oldest_window_start(fairness))
        forget(fairness, flow);
    else
        give_up_windows(fairness);
}
