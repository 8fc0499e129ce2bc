#include "sim/metrics/fairness.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "sim/base/numbers.h"
#include "sim/metrics/fairness_state.h"
#include "sim/metrics/fairness_windows.h"

#define FRACTIONS_PER_BYTE 1024

/* The largest and the second largest value of a quantity, of two flows. */
struct top_two {
    double first;
    double second;
    const struct fairness_flow *of_first;
};

struct fairness *fairness_new(const struct window_lengths *lengths,
                              fairness_window_callback *take_window, void *arg)
{
    struct fairness *fairness = calloc(1, sizeof(*fairness));

    if (!fairness)
        return NULL;
    fairness->take_window = take_window;
    fairness->arg = arg;
    fairness->scale_count = lengths->count;
    for (size_t s = 0; s < lengths->count; s++)
        fairness->scales[s].ticks = lengths->ticks[s];
    open_windows_init(&fairness->open, lengths);
    return fairness;
}

void fairness_free(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    if (!fairness)
        return;
    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next) {
        flow->is_active = false;
        if (flow->has_ended && !fairness_has_waited(flow))
            fairness_free_flow(flow);
    }
    for (flow = fairness->recent; flow; flow = next) {
        next = flow->history->recent_next;
        fairness_free_flow(flow);
    }
    free(fairness->claims);
    free(fairness->got);
    free(fairness);
}

/* --- ticks ------------------------------------------------------------------------------- */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Sums of a tick over the active flows. */
struct tick_sums {
    uint64_t bytes;
    uint64_t waiting_flows;
    uint64_t waiting_weight; /* of these */
    uint64_t waiting_bytes;  /* that these got */
};

static struct tick_sums sum_tick(const struct fairness *fairness)
{
    struct tick_sums sums = {0};
    const struct fairness_flow *flow;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        uint64_t bytes = fairness_tick_bytes(fairness, flow);
        sums.bytes += bytes;
        if (fairness_backlog(flow) > 0) {
            sums.waiting_flows++;
            sums.waiting_weight += flow->weight;
            sums.waiting_bytes += bytes;
        }
    }
    return sums;
}

/* The demand of a flow on the fluid server in this tick. */
static double fluid_demand(const struct fairness *fairness, const struct fairness_flow *flow)
{
    if (fairness_is_lost(flow))
        return (double)fairness_tick_bytes(fairness, flow);
    if (!fairness_was_touched(fairness, flow))
        return flow->history->fluid_backlog;
    return flow->history->fluid_backlog + (double)(flow->offered_bytes - flow->offered_before);
}

static void serve_fluid(struct fairness *fairness, uint64_t bytes)
{
    struct fairness_flow *flow;
    size_t count = 0;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        if (!fairness_need_history(fairness, flow) || !fairness_make_room(fairness, count + 1))
            return;
        fairness->claims[count++] =
            (struct max_min_claim){.demand = fluid_demand(fairness, flow), .weight = flow->weight};
    }
    double level = max_min_level(fairness->claims, count, (double)bytes);
    DL_FOREACH2 (fairness->active, flow, active_next) {
        struct history *history = flow->history;
        double demand = fluid_demand(fairness, flow), most = level * flow->weight;
        history->fluid_backlog = demand > most ? demand - most : 0;
        double lag = (double)fairness_backlog(flow) - history->fluid_backlog;
        history->lag_max = larger(history->lag_max, lag);
        fairness->lag_max = larger(fairness->lag_max, lag);
    }
}

static void put_top(struct top_two *top, double value, const struct fairness_flow *flow)
{
    if (value > top->first) {
        top->second = top->first;
        top->first = value;
        top->of_first = flow;
    } else if (value > top->second) {
        top->second = value;
    }
}

/* The flow waits in this tick: it moves to the front of those that have waited. */
static void note_waiting(struct fairness *fairness, struct fairness_flow *flow)
{
    struct history *history = flow->history;

    if (history->last_waited != NEVER)
        DL_DELETE2(fairness->recent, flow, history->recent_prev, history->recent_next);
    DL_PREPEND2(fairness->recent, flow, history->recent_prev, history->recent_next);
    history->last_waited = fairness->tick;
    if (history->waits_since == NEVER)
        history->waits_since = fairness->tick;
    if (history->slot == NO_SLOT)
        history->slot = service_gap_join(&fairness->gap, flow->weight);
}

static void judge_waiting_flow(struct fairness *fairness, struct fairness_flow *flow,
                               const struct tick_sums *sums)
{
    struct history *history = flow->history;
    uint64_t bytes = fairness_tick_bytes(fairness, flow);
    double share = (double)sums->waiting_bytes * flow->weight / (double)sums->waiting_weight;
    double difference = (double)bytes - share;

    note_waiting(fairness, flow);
    history->ahead = larger(0, history->ahead + difference);
    history->behind = larger(0, history->behind - difference);
    history->behind_max = larger(history->behind_max, history->behind);
    fairness->behind_max = larger(fairness->behind_max, history->behind);
    if (history->slot != NO_SLOT)
        service_gap_serve(&fairness->gap, history->slot, bytes);
    if (sums->waiting_flows >= 2) {
        history->contended_ticks++;
        history->contended_bytes += bytes;
    }
}

/* The largest r_i / w_i + q_j / w_j of two different flows, over intervals that end now. */
static void bound_gap(struct fairness *fairness)
{
    struct top_two ahead = {0}, behind = {0};
    const struct fairness_flow *flow;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        put_top(&ahead, flow->history->ahead / flow->weight, flow);
        put_top(&behind, flow->history->behind / flow->weight, flow);
    }
    double largest = ahead.first + behind.first;
    if (ahead.of_first && ahead.of_first == behind.of_first)
        largest = larger(ahead.first + behind.second, ahead.second + behind.first);
    fairness->gap_bound = larger(fairness->gap_bound, largest);
}

static void judge_waiting(struct fairness *fairness, const struct tick_sums *sums, uint64_t members)
{
    struct fairness_flow *flow;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        if (fairness_backlog(flow) > 0)
            judge_waiting_flow(fairness, flow, sums);
        else
            fairness_stop_waiting(fairness, flow->history);
    }
    service_gap_end_tick(&fairness->gap);
    if (sums->waiting_flows < 2)
        return;
    bound_gap(fairness);
    fairness->contended_ticks++;
    fairness->idle_members += members > sums->waiting_flows ? members - sums->waiting_flows : 0;
}

static void deactivate(struct fairness *fairness, struct fairness_flow *flow)
{
    DL_DELETE2(fairness->active, flow, active_prev, active_next);
    flow->is_active = false;
    if (flow->has_ended && !fairness_has_waited(flow))
        fairness_free_flow(flow);
}

/* No flow waits, in the fluid neither: both servers have delivered everything that was offered. */
static void clear_active(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next) {
        if (flow->history) {
            flow->history->fluid_backlog = 0;
            fairness_stop_waiting(fairness, flow->history);
        }
        deactivate(fairness, flow);
    }
}

static void drop_inactive(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next)
        if (fairness_backlog(flow) == 0 && flow->history->fluid_backlog <= 0)
            deactivate(fairness, flow);
}

void fairness_close_tick(struct fairness *fairness, uint64_t members)
{
    struct tick_sums sums = sum_tick(fairness);

    if (fairness->is_out_of_memory)
        return;
    if (sums.waiting_flows == 0) {
        clear_active(fairness);
    } else {
        serve_fluid(fairness, sums.bytes);
        if (fairness->is_out_of_memory)
            return;
        judge_waiting(fairness, &sums, members);
        drop_inactive(fairness);
    }
    fairness->tick++;
    fairness_close_windows(fairness, fairness->tick);
}

/* Windows end one after another; those that begin later hold nothing. */
void fairness_skip_ticks(struct fairness *fairness, int64_t ticks)
{
    int64_t end = fairness->tick + ticks;

    while (fairness->tick < end) {
        fairness->tick = min_i64(end, open_windows_next_end(&fairness->open));
        fairness_close_windows(fairness, end);
    }
}

void fairness_finish(struct fairness *fairness)
{
    fairness_close_run(fairness);
}

/* --- figures ----------------------------------------------------------------------------- */

/* Sums of fractions have rounding errors: to the nearest 1/1024 first, then up. */
static uint64_t whole_bytes(double bytes)
{
    uint64_t fractions = (uint64_t)(bytes * FRACTIONS_PER_BYTE + 0.5);

    return (fractions + FRACTIONS_PER_BYTE - 1) / FRACTIONS_PER_BYTE;
}

struct fairness_flow_result fairness_flow_result(const struct fairness_flow *flow)
{
    if (!flow || !flow->history)
        return (struct fairness_flow_result){0};
    return (struct fairness_flow_result){.contended_ticks = flow->history->contended_ticks,
                                         .contended_bytes = flow->history->contended_bytes,
                                         .gps_lag_bytes = whole_bytes(flow->history->lag_max),
                                         .wfi_bytes = whole_bytes(flow->history->behind_max)};
}

/* The flows that contended longest, and those that did at least a quarter as long. */
static void fill_service(const struct fairness *fairness, struct fairness_result *result)
{
    int magnitude = SERVICE_MAGNITUDES - 1;

    while (magnitude >= 0 && fairness->services[magnitude].flows == 0)
        magnitude--;
    for (int m = magnitude; m >= 0 && m >= magnitude - 1; m--) {
        const struct service_range *range = &fairness->services[m];
        if (range->flows == 0)
            continue;
        if (result->long_contending_flows == 0 || range->largest > result->service_max)
            result->service_max = range->largest;
        if (result->long_contending_flows == 0 || range->smallest < result->service_min)
            result->service_min = range->smallest;
        result->long_contending_flows += range->flows;
    }
}

struct fairness_result fairness_result(const struct fairness *fairness)
{
    struct fairness_result result = {
        .ticks = fairness->tick,
        .scale_count = fairness->scale_count,
        .run = fairness->run,
        .contended_ticks = fairness->contended_ticks,
        .contending_flows = fairness->contending_flows,
        .rfb_attained_bytes = whole_bytes(fairness->gap.largest_bytes),
        .rfb_is_partial = fairness->gap.is_partial,
        .rfb_bound_bytes = whole_bytes(fairness->gap.is_partial ? fairness->gap_bound
                                                                : fairness->gap.largest_bytes),
        .gps_lag_max_bytes = whole_bytes(fairness->lag_max),
        .wfi_max_bytes = whole_bytes(fairness->behind_max),
    };

    memcpy(result.scales, fairness->scales, sizeof(result.scales));
    fill_service(fairness, &result);
    if (fairness->contended_ticks > 0)
        result.idle_members_mean =
            (double)fairness->idle_members / (double)fairness->contended_ticks;
    return result;
}

bool fairness_out_of_memory(const struct fairness *fairness)
{
    return fairness->is_out_of_memory;
}

bool fairness_is_measured(const struct fairness_result *result, size_t index)
{
    const struct fairness_scale *scale = &result->scales[index];

    return !scale->is_given_up && scale->ticks <= result->ticks;
}

struct fairness_scale fairness_headline(const struct fairness_result *result, int64_t tick_us)
{
    const int64_t ticks = window_ticks(WINDOW_DEFAULT_US, tick_us);

    for (size_t s = 0; s < result->scale_count; s++)
        if (result->scales[s].ticks == ticks && fairness_is_measured(result, s))
            return result->scales[s];
    return (struct fairness_scale){.ticks = ticks};
}
