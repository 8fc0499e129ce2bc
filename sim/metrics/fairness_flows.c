#include "sim/metrics/fairness_flows.h"

#include <stdlib.h>

#include <utlist.h>

#include "sim/metrics/fairness_state.h"

/* Windows that begin between the tick of the flow's last bytes and this one: nothing was delivered
 * since they began. A length whose window is unchanged ends the search within its decade and above,
 * as all longer ones are multiples of 10^k. */
static void begin_windows(struct fairness *fairness, struct fairness_flow *flow)
{
    struct history *history = fairness_need_history(fairness, flow);

    for (int s = 0; history && s < FAIRNESS_WINDOWS; s++) {
        bool is_new = flow->touched_tick / fairness_window_ticks[s] !=
                      fairness->tick / fairness_window_ticks[s];
        if (is_new)
            history->starts[s] = flow->delivered_bytes;
        else if (s % 3 == 0)
            break;
    }
}

/* Called before its bytes are counted. */
static struct fairness_flow *touch(struct fairness *fairness, struct fairness_flow **at)
{
    struct fairness_flow *flow = *at;

    if (!flow) {
        flow = *at = calloc(1, sizeof(*flow));
        if (!flow) {
            fairness->is_out_of_memory = true;
            return NULL;
        }
        flow->touched_tick = NEVER;
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

void fairness_offered(struct fairness *fairness, struct fairness_flow **at, uint64_t bytes)
{
    struct fairness_flow *flow = touch(fairness, at);

    if (flow)
        flow->offered_bytes += bytes;
}

void fairness_delivered(struct fairness *fairness, struct fairness_flow **at, uint64_t bytes)
{
    struct fairness_flow *flow = touch(fairness, at);

    if (flow)
        flow->delivered_bytes += bytes;
}

/* The start of the longest window that is kept and still continues. */
static int64_t oldest_window_start(const struct fairness *fairness)
{
    if (!fairness->run.is_given_up)
        return 0;
    if (fairness->live_scales == 0)
        return fairness->tick;
    int64_t longest = fairness_window_ticks[fairness->live_scales - 1];
    return fairness->tick / longest * longest;
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

/* Too many to keep: the longest windows are given up until they fit. */
static void give_up_windows(struct fairness *fairness)
{
    while (fairness->kept_ended_flows > FAIRNESS_ENDED_FLOWS_MAX) {
        if (!fairness->run.is_given_up)
            fairness->run.is_given_up = true;
        else if (fairness->live_scales > 0)
            fairness->scales[--fairness->live_scales].is_given_up = true;
        fairness_forget_ended(fairness);
    }
}

static void count_service(struct fairness *fairness, const struct history *history)
{
    if (history->contended_ticks == 0)
        return;
    struct service_range *range =
        &fairness->services[63 - __builtin_clzll(history->contended_ticks)];
    double service = (double)history->contended_bytes / (double)history->contended_ticks;
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
        count_service(fairness, flow->history);
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
