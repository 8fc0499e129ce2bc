/*
 * The state behind fairness.h, of a group and of each flow. fairness_flows.c counts flows' bytes
 * and frees flows, fairness_windows.c computes Jain's index over windows, fairness.c the ticks and
 * the figures.
 */
#ifndef SHAPESIM_SIM_METRICS_FAIRNESS_STATE_H
#define SHAPESIM_SIM_METRICS_FAIRNESS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/metrics/jain_window.h"
#include "sim/metrics/max_min.h"
#include "sim/metrics/open_windows.h"
#include "sim/metrics/service_gap.h"

#define NEVER              (-1)
#define NO_SLOT            (-1)
#define SERVICE_MAGNITUDES 64

/* State of a flow that carries bytes in a second tick, or while other flows wait. */
struct history {
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
    uint64_t starts[]; /* by length: S at the start of the window that contains touched_tick */
};

struct fairness_flow {
    uint64_t offered_bytes;
    uint64_t delivered_bytes;
    int64_t touched_tick; /* the last one in which it carried bytes */
    uint64_t offered_before;
    uint64_t delivered_before; /* both: at the start of that tick */
    bool is_active;
    bool has_ended;
    uint32_t weight;
    struct history *history; /* NULL: not needed yet */
    struct fairness_flow *active_prev;
    struct fairness_flow *active_next;
};

/* Service per contended tick and unit of weight, of flows with 2^k to 2^(k+1) - 1 contended ticks.
 */
struct service_range {
    uint64_t flows;
    double largest;
    double smallest;
};

struct fairness {
    fairness_window_callback *take_window;
    void *arg;
    int64_t tick;
    bool is_out_of_memory;
    struct fairness_flow *active; /* carried bytes in this tick, waits, or has a fluid backlog */
    struct fairness_flow *recent; /* those that ever waited, the latest first */
    uint64_t kept_ended_flows;    /* of these */
    struct fairness_scale scales[WINDOW_LENGTHS_MAX];
    struct open_windows open; /* of the lengths that are not given up: the shortest ones */
    struct fairness_scale run;
    size_t scale_count;

    struct max_min_claim *claims; /* room for the flows of one tick or window */
    double *got;
    size_t claims_capacity;

    uint64_t contended_ticks;
    uint64_t contending_flows;
    double lag_max;
    double behind_max;
    double gap_bound; /* per unit of weight, as the gap */
    struct service_gap gap;
    uint64_t idle_members;
    struct service_range services[SERVICE_MAGNITUDES];
};

static inline uint64_t fairness_backlog(const struct fairness_flow *flow)
{
    return flow->has_ended ? 0 : flow->offered_bytes - flow->delivered_bytes;
}

/* The flow ended with a backlog, which will not be served. */
static inline bool fairness_is_lost(const struct fairness_flow *flow)
{
    return flow->has_ended && flow->offered_bytes > flow->delivered_bytes;
}

static inline bool fairness_was_touched(const struct fairness *fairness,
                                        const struct fairness_flow *flow)
{
    return flow->touched_tick == fairness->tick;
}

static inline uint64_t fairness_tick_bytes(const struct fairness *fairness,
                                           const struct fairness_flow *flow)
{
    return fairness_was_touched(fairness, flow) ? flow->delivered_bytes - flow->delivered_before
                                                : 0;
}

static inline bool fairness_has_waited(const struct fairness_flow *flow)
{
    return flow->history && flow->history->last_waited != NEVER;
}

/* The flow's history, allocated if there is none; NULL on allocation failure. */
struct history *fairness_need_history(struct fairness *fairness, struct fairness_flow *flow);
void fairness_free_flow(struct fairness_flow *flow);

#endif
