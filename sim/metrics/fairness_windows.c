#include "sim/metrics/fairness_windows.h"

#include <math.h>
#include <stdlib.h>

#include "sim/metrics/fairness_flows.h"

#define CLAIMS_FIRST 64

bool fairness_make_room(struct fairness *fairness, size_t claims)
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

/* Two flows that waited throughout the window: their difference is one that was attained. */
static void note_gap(struct fairness *fairness, double least, double most)
{
    if (most > least)
        service_gap_attained(&fairness->gap, most - least);
}

/* The claims of the flows that waited in a window; returns how many. */
static size_t collect_claims(struct fairness *fairness, int s, int64_t start, uint64_t *bytes)
{
    double least = INFINITY, most = 0;
    size_t count = 0;

    *bytes = 0;
    for (const struct fairness_flow *flow = fairness->recent;
         flow && flow->history->last_waited >= start; flow = flow->history->recent_next) {
        if (!fairness_make_room(fairness, count + 1))
            return 0;
        uint64_t delivered = delivered_at_start(flow, s, start);
        uint64_t got = flow->delivered_bytes - delivered;
        fairness->claims[count] = (struct max_min_claim){
            .demand = (double)(flow->offered_bytes - delivered), .weight = flow->weight};
        fairness->got[count++] = (double)got;
        *bytes += got;
        if (flow->history->waits_since == NEVER || flow->history->waits_since > start)
            continue;
        least = fmin(least, (double)got / flow->weight);
        most = fmax(most, (double)got / flow->weight);
    }
    note_gap(fairness, least, most);
    return count;
}

/* Finding the level reorders the claims, so the demands are computed again. */
static void judge_claims(struct fairness *fairness, int s, struct fairness_window *window)
{
    const struct fairness_flow *flow = fairness->recent;
    double level = max_min_level(fairness->claims, (size_t)window->flows, (double)window->bytes);
    double sum = 0, square_sum = 0;

    for (uint64_t i = 0; i < window->flows; i++, flow = flow->history->recent_next) {
        const struct max_min_claim claim = {
            .demand =
                (double)(flow->offered_bytes - delivered_at_start(flow, s, window->start_tick)),
            .weight = flow->weight};
        double x = fairness->got[i] / max_min_share(&claim, level);
        sum += x;
        square_sum += x * x;
        window->limited_flows += claim.demand <= claim.weight * level ? 1 : 0;
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

void fairness_close_windows(struct fairness *fairness, int64_t next_tick)
{
    struct open_windows *open = &fairness->open;
    int64_t oldest_start = open->windows[0].oldest_start;
    size_t longest = 0;
    bool has_ended = false;

    for (size_t s = 0; s < open->count && open->windows[s].least_end <= fairness->tick; s++) {
        if (open->windows[s].end != fairness->tick)
            continue;
        close_window(fairness, &fairness->scales[s], (int)s, open->windows[s].start,
                     open->windows[s].ticks);
        open_windows_advance(open, s, next_tick);
        longest = s;
        has_ended = true;
    }
    if (!has_ended)
        return;
    open_windows_settle(open, longest);
    if (fairness->kept_ended_flows > 0 && open->windows[0].oldest_start > oldest_start)
        fairness_forget_ended(fairness);
}

void fairness_close_run(struct fairness *fairness)
{
    fairness->run.ticks = fairness->tick;
    if (!fairness->run.is_given_up && !fairness->is_out_of_memory)
        close_window(fairness, &fairness->run, -1, 0, fairness->tick);
}
