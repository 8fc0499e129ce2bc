#include "sim/fairness.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "sim/max_min.h"
#include "sim/service_gap.h"

#define NEVER              (-1)
#define CLAIMS_FIRST       64
#define SERVICE_MAGNITUDES 64
#define FRACTIONS_PER_BYTE 1024
#define NO_SLOT            (-1)

static const int64_t window_ticks[FAIRNESS_WINDOWS] = {
    1,    2,    5,     10,    20,    50,     100,    200,    500,    1000,
    2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000};

/* What a flow needs once it carries bytes in a second tick, or among flows that wait. */
struct history {
    uint64_t starts[FAIRNESS_WINDOWS]; /* S at the start of the window that touched_tick is in */
    int64_t last_waited;
    int64_t waits_since; /* NEVER: it does not wait */
    double fluid_backlog;
    double lag_max;
    double ahead;  /* r */
    double behind; /* q */
    double behind_max;
    uint64_t contended_ticks;
    uint64_t contended_bytes;
    int slot;
    struct fairness_flow *recent_prev;
    struct fairness_flow *recent_next;
};

struct fairness_flow {
    uint64_t offered_bytes;
    uint64_t delivered_bytes;
    int64_t touched_tick; /* the last in which it carried bytes */
    uint64_t offered_before;
    uint64_t delivered_before; /* both: at the start of that */
    bool is_active;
    bool has_ended;
    struct history *history; /* NULL: not needed yet */
    struct fairness_flow *active_prev;
    struct fairness_flow *active_next;
};

/* Service per contended tick, of flows with 2^k to 2^(k+1) - 1 contended ticks. */
struct service_range {
    uint64_t flows;
    double largest;
    double smallest;
};

/* The largest and the second largest of a quantity, of two flows. */
struct top_two {
    double first;
    double second;
    const struct fairness_flow *of_first;
};

struct fairness {
    fairness_window_taker *take_window;
    void *arg;
    int64_t tick;
    bool is_out_of_memory;
    struct fairness_flow *active; /* carried bytes in this tick, wait, or have a fluid backlog */
    struct fairness_flow *recent; /* those that ever waited, whoever waited last first */
    uint64_t kept_ended_flows;    /* of these */
    struct fairness_scale scales[FAIRNESS_WINDOWS];
    struct fairness_scale run;
    size_t live_scales; /* those that are not given up: the shortest ones */

    struct max_min_claim *claims; /* room for the flows of one tick or window */
    double *got;
    size_t claims_capacity;

    uint64_t contended_ticks;
    uint64_t contending_flows;
    double lag_max;
    double behind_max;
    double gap_bound;
    struct service_gap gap;
    uint64_t idle_members;
    struct service_range services[SERVICE_MAGNITUDES];
};

/* --- flows ------------------------------------------------------------------------------- */

struct fairness *fairness_new(fairness_window_taker *take_window, void *arg)
{
    struct fairness *fairness = calloc(1, sizeof(*fairness));

    if (!fairness)
        return NULL;
    fairness->take_window = take_window;
    fairness->arg = arg;
    fairness->live_scales = FAIRNESS_WINDOWS;
    for (int s = 0; s < FAIRNESS_WINDOWS; s++)
        fairness->scales[s].ticks = window_ticks[s];
    return fairness;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static uint64_t backlog_of(const struct fairness_flow *flow)
{
    return flow->has_ended ? 0 : flow->offered_bytes - flow->delivered_bytes;
}

/* It ended with a backlog, which nobody will serve. */
static bool is_lost(const struct fairness_flow *flow)
{
    return flow->has_ended && flow->offered_bytes > flow->delivered_bytes;
}

static bool was_touched(const struct fairness *fairness, const struct fairness_flow *flow)
{
    return flow->touched_tick == fairness->tick;
}

static uint64_t tick_bytes(const struct fairness *fairness, const struct fairness_flow *flow)
{
    return was_touched(fairness, flow) ? flow->delivered_bytes - flow->delivered_before : 0;
}

static struct history *need_history(struct fairness *fairness, struct fairness_flow *flow)
{
    if (flow->history)
        return flow->history;
    flow->history = calloc(1, sizeof(*flow->history));
    if (!flow->history) {
        fairness->is_out_of_memory = true;
        return NULL;
    }
    flow->history->last_waited = NEVER;
    flow->history->waits_since = NEVER;
    flow->history->slot = NO_SLOT;
    return flow->history;
}

/* Windows that begin between the tick of the flow's last bytes and this one: nothing was delivered
 * since they began. A length whose window is still the same ends the search within its decade and
 * above, as all longer ones are multiples of 10^k. */
static void begin_windows(struct fairness *fairness, struct fairness_flow *flow)
{
    struct history *history = need_history(fairness, flow);

    for (int s = 0; history && s < FAIRNESS_WINDOWS; s++) {
        bool is_new = flow->touched_tick / window_ticks[s] != fairness->tick / window_ticks[s];
        if (is_new)
            history->starts[s] = flow->delivered_bytes;
        else if (s % 3 == 0)
            break;
    }
}

/* Called before bytes of it are counted. */
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
    if (was_touched(fairness, flow))
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

static void free_flow(struct fairness_flow *flow)
{
    free(flow->history);
    free(flow);
}

static bool has_waited(const struct fairness_flow *flow)
{
    return flow->history && flow->history->last_waited != NEVER;
}

/* Where the longest window that is kept and still goes on has begun. */
static int64_t oldest_window_start(const struct fairness *fairness)
{
    if (!fairness->run.is_given_up)
        return 0;
    if (fairness->live_scales == 0)
        return fairness->tick;
    int64_t longest = window_ticks[fairness->live_scales - 1];
    return fairness->tick / longest * longest;
}

static void forget(struct fairness *fairness, struct fairness_flow *flow)
{
    DL_DELETE2(fairness->recent, flow, history->recent_prev, history->recent_next);
    flow->history->last_waited = NEVER;
    fairness->kept_ended_flows--;
    if (!flow->is_active)
        free_flow(flow);
}

/* Flows that have ended and waited last before every window that goes on. */
static void forget_ended(struct fairness *fairness)
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

/* Too many to remember: the longest windows are given up until they fit. */
static void give_up_windows(struct fairness *fairness)
{
    while (fairness->kept_ended_flows > FAIRNESS_ENDED_FLOWS_MAX) {
        if (!fairness->run.is_given_up)
            fairness->run.is_given_up = true;
        else if (fairness->live_scales > 0)
            fairness->scales[--fairness->live_scales].is_given_up = true;
        forget_ended(fairness);
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

static void stop_waiting(struct fairness *fairness, struct history *history)
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
        if (is_lost(flow))
            flow->history->fluid_backlog = 0;
        count_service(fairness, flow->history);
        stop_waiting(fairness, flow->history);
    }
    if (!has_waited(flow)) {
        if (!flow->is_active)
            free_flow(flow);
        return;
    }
    fairness->kept_ended_flows++;
    if (flow->history->last_waited < oldest_window_start(fairness))
        forget(fairness, flow);
    else
        give_up_windows(fairness);
}

void fairness_free(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    if (!fairness)
        return;
    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next) {
        flow->is_active = false;
        if (flow->has_ended && !has_waited(flow))
            free_flow(flow);
    }
    for (flow = fairness->recent; flow; flow = next) {
        next = flow->history->recent_next;
        free_flow(flow);
    }
    free(fairness->claims);
    free(fairness->got);
    free(fairness);
}

/* --- windows ----------------------------------------------------------------------------- */

static bool make_room(struct fairness *fairness, size_t claims)
{
    size_t capacity = fairness->claims_capacity ? fairness->claims_capacity : CLAIMS_FIRST;

    if (claims <= fairness->claims_capacity)
        return true;
    while (capacity < claims)
        capacity *= 2;
    struct max_min_claim *larger = realloc(fairness->claims, capacity * sizeof(*larger));
    if (larger)
        fairness->claims = larger;
    double *got = realloc(fairness->got, capacity * sizeof(*got));
    if (got)
        fairness->got = got;
    if (!larger || !got) {
        fairness->is_out_of_memory = true;
        return false;
    }
    fairness->claims_capacity = capacity;
    return true;
}

/* S at the start of the window of length number `s` (-1: the run) that began at `start`. */
static uint64_t delivered_at_start(const struct fairness_flow *flow, int s, int64_t start)
{
    if (s < 0)
        return 0;
    return flow->touched_tick >= start ? flow->history->starts[s] : flow->delivered_bytes;
}

/* Two flows that waited all the window long: their difference is one that was attained. */
static void note_gap(struct fairness *fairness, uint64_t least, uint64_t most)
{
    if (most > least)
        service_gap_attained(&fairness->gap, most - least);
}

/* The claims of the flows that waited in a window; returns how many. */
static size_t collect_claims(struct fairness *fairness, int s, int64_t start, uint64_t *bytes)
{
    uint64_t least = UINT64_MAX, most = 0;
    size_t count = 0;

    *bytes = 0;
    for (const struct fairness_flow *flow = fairness->recent;
         flow && flow->history->last_waited >= start; flow = flow->history->recent_next) {
        if (!make_room(fairness, count + 1))
            return 0;
        uint64_t delivered = delivered_at_start(flow, s, start);
        uint64_t got = flow->delivered_bytes - delivered;
        fairness->claims[count] = (struct max_min_claim){
            .demand = (double)(flow->offered_bytes - delivered), .weight = 1};
        fairness->got[count++] = (double)got;
        *bytes += got;
        if (flow->history->waits_since == NEVER || flow->history->waits_since > start)
            continue;
        least = got < least ? got : least;
        most = got > most ? got : most;
    }
    note_gap(fairness, least, most);
    return count;
}

/* The level reorders the claims, so that the demands are asked for once more. */
static void judge_claims(struct fairness *fairness, int s, struct fairness_window *window)
{
    const struct fairness_flow *flow = fairness->recent;
    double level = max_min_level(fairness->claims, (size_t)window->flows, (double)window->bytes);
    double sum = 0, square_sum = 0;

    for (uint64_t i = 0; i < window->flows; i++, flow = flow->history->recent_next) {
        const struct max_min_claim claim = {
            .demand =
                (double)(flow->offered_bytes - delivered_at_start(flow, s, window->start_tick)),
            .weight = 1};
        double x = fairness->got[i] / max_min_share(&claim, level);
        sum += x;
        square_sum += x * x;
        window->limited_flows += claim.demand <= level ? 1 : 0;
    }
    window->jain = sum * sum / ((double)window->flows * square_sum);
}

static void close_window(struct fairness *fairness, struct fairness_scale *scale, int s,
                         int64_t start, int64_t ticks)
{
    struct fairness_window window = {.start_tick = start, .ticks = ticks};

    window.flows = collect_claims(fairness, s, start, &window.bytes);
    if (window.flows < 2 || window.bytes == 0)
        return;
    judge_claims(fairness, s, &window);
    if (scale->windows++ == 0 || window.jain < scale->jain_min)
        scale->jain_min = window.jain;
    scale->jain_sum += window.jain;
    fairness->take_window(fairness->arg, &window);
}

/* Windows that end with the tick before this one, shorter ones first. */
static void close_windows(struct fairness *fairness)
{
    int64_t tick = fairness->tick;

    for (size_t s = 0; s < fairness->live_scales; s++)
        if (tick % window_ticks[s] == 0)
            close_window(fairness, &fairness->scales[s], (int)s, tick - window_ticks[s],
                         window_ticks[s]);
    if (fairness->kept_ended_flows > 0 && fairness->live_scales > 0 &&
        tick % window_ticks[fairness->live_scales - 1] == 0)
        forget_ended(fairness);
}

/* --- ticks ------------------------------------------------------------------------------- */

/* What a tick comes to, over the active flows. */
struct tick_sums {
    uint64_t bytes;
    uint64_t waiting_flows;
    uint64_t waiting_bytes; /* that these got */
};

static struct tick_sums sum_tick(const struct fairness *fairness)
{
    struct tick_sums sums = {0};
    const struct fairness_flow *flow;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        uint64_t bytes = tick_bytes(fairness, flow);
        sums.bytes += bytes;
        if (backlog_of(flow) > 0) {
            sums.waiting_flows++;
            sums.waiting_bytes += bytes;
        }
    }
    return sums;
}

/* What a flow wants of the fluid server in this tick. */
static double fluid_demand(const struct fairness *fairness, const struct fairness_flow *flow)
{
    if (is_lost(flow))
        return (double)tick_bytes(fairness, flow);
    if (!was_touched(fairness, flow))
        return flow->history->fluid_backlog;
    return flow->history->fluid_backlog + (double)(flow->offered_bytes - flow->offered_before);
}

static void serve_fluid(struct fairness *fairness, uint64_t bytes)
{
    struct fairness_flow *flow;
    size_t count = 0;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        if (!need_history(fairness, flow) || !make_room(fairness, count + 1))
            return;
        fairness->claims[count++] =
            (struct max_min_claim){.demand = fluid_demand(fairness, flow), .weight = 1};
    }
    double level = max_min_level(fairness->claims, count, (double)bytes);
    DL_FOREACH2 (fairness->active, flow, active_next) {
        struct history *history = flow->history;
        double demand = fluid_demand(fairness, flow);
        history->fluid_backlog = demand > level ? demand - level : 0;
        double lag = (double)backlog_of(flow) - history->fluid_backlog;
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

/* The flow waits in this tick: it moves to the front of those that did. */
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
        history->slot = service_gap_join(&fairness->gap);
}

static void judge_waiting_flow(struct fairness *fairness, struct fairness_flow *flow,
                               const struct tick_sums *sums)
{
    struct history *history = flow->history;
    uint64_t bytes = tick_bytes(fairness, flow);
    double difference = (double)bytes - (double)sums->waiting_bytes / (double)sums->waiting_flows;

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

/* One flow ahead and another behind, over intervals that end now. */
static void bound_gap(struct fairness *fairness)
{
    struct top_two ahead = {0}, behind = {0};
    const struct fairness_flow *flow;

    DL_FOREACH2 (fairness->active, flow, active_next) {
        put_top(&ahead, flow->history->ahead, flow);
        put_top(&behind, flow->history->behind, flow);
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
        if (backlog_of(flow) > 0)
            judge_waiting_flow(fairness, flow, sums);
        else
            stop_waiting(fairness, flow->history);
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
    if (flow->has_ended && !has_waited(flow))
        free_flow(flow);
}

/* Nobody waits, in the fluid neither: both servers have delivered all that was offered. */
static void clear_active(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next) {
        if (flow->history) {
            flow->history->fluid_backlog = 0;
            stop_waiting(fairness, flow->history);
        }
        deactivate(fairness, flow);
    }
}

static void drop_inactive(struct fairness *fairness)
{
    struct fairness_flow *flow, *next;

    DL_FOREACH_SAFE2 (fairness->active, flow, next, active_next)
        if (backlog_of(flow) == 0 && flow->history->fluid_backlog <= 0)
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
    close_windows(fairness);
}

/* Windows end one after the other; those that begin later hold nothing. */
void fairness_skip_ticks(struct fairness *fairness, int64_t ticks)
{
    int64_t first = fairness->tick, end = first + ticks;

    while (fairness->tick < end) {
        int64_t next = end;
        for (size_t s = 0; s < fairness->live_scales; s++) {
            int64_t window_end = (first / window_ticks[s] + 1) * window_ticks[s];
            if (window_end > fairness->tick && window_end < next)
                next = window_end;
        }
        fairness->tick = next;
        close_windows(fairness);
    }
}

void fairness_finish(struct fairness *fairness)
{
    fairness->run.ticks = fairness->tick;
    if (!fairness->run.is_given_up && !fairness->is_out_of_memory)
        close_window(fairness, &fairness->run, -1, 0, fairness->tick);
}

/* --- figures ----------------------------------------------------------------------------- */

/* Sums of fractions are a little off: to the nearest 1/1024 first, then up. */
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

/* Those that contended longest, and those that did at least a quarter as long. */
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
        .run = fairness->run,
        .contended_ticks = fairness->contended_ticks,
        .contending_flows = fairness->contending_flows,
        .rfb_attained_bytes = fairness->gap.largest_bytes,
        .rfb_bound_bytes = fairness->gap.is_partial ? whole_bytes(fairness->gap_bound)
                                                    : fairness->gap.largest_bytes,
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
