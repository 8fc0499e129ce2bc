/*
 * What is measured of a group with limits while it is replayed, only for the files of a run:
 * fairness and burst of what was offered and delivered, in each direction, and how much of the rate
 * the group's buckets passed.
 *
 *  - Lost tokens: what refills would have brought above the burst, sum of max(0, end + rate -
 *    burst) over the ticks that were followed by another, by the limits then in force. (None where
 *    a credit has lifted a bucket above its burst: libevent then refills it without limit.)
 *  - Sigma of what was charged, as burst.h has it, by the limits then in force: the depth of a
 *    bucket that fills at the group's rate and would have let all of it pass.
 *  - Suspended time: from the microsecond at which a charge leaves the bucket at 0 or below to the
 *    refill that lifts it to the min-share, or the credit that lifts it above 0. libevent suspends
 *    the group's members for that time.
 *  - Grants: how often libevent was charged, once for each callback that moved bytes.
 *
 * Bursts are compared with the effective rates at the start of the run, in bytes per tick of the
 * group: the group's rate, but the per-flow rate for a flow that has one and for a group without a
 * group limit. Where mod_ratelimit is the only limiter its rate is the per-flow rate.
 */
#ifndef SHAPESIM_SIM_METRICS_GROUP_METRICS_H
#define SHAPESIM_SIM_METRICS_GROUP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/limit.h"
#include "sim/config/limits.h"
#include "sim/metrics/burst.h"
#include "sim/metrics/fairness.h"
#include "sim/metrics/rows.h"

/* At most this many recorded flows have rows in burst.csv, those of a group that open first: they
 * stay in memory until the run has ended. */
#define BURST_FLOWS_MAX 1024

/* Receives the rows of fairness.csv and burst.csv. */
struct metrics_callbacks {
    void (*fairness)(void *arg, const struct fairness_row *row);
    void (*burst)(void *arg, const struct burst_row *row);
    void *arg;
};

struct flow_burst {
    uint64_t flow;
    struct burst_meter meters[SHAPER_DIRECTIONS][BURST_STREAMS];
    struct flow_burst *next;
};

struct bucket_use {
    uint64_t grants;
    uint64_t lost_bytes;
    uint64_t queue_bytes; /* Q of burst.h at the end of the tick */
    uint64_t sigma_bytes; /* its largest */
    int64_t suspended_us;
    int64_t suspended_since_us; /* -1: it has not been suspended */
};

/* Fields are read by the summary; only functions of this module write them. */
struct group_metrics {
    const char *group;
    const struct group_limits *limits;
    struct metrics_callbacks callback; /* what these point to is borrowed */
    int64_t tick_us;
    struct fairness *fairness[SHAPER_DIRECTIONS];
    struct fairness_direction { /* the context of a window's row */
        struct group_metrics *metrics;
        enum shaper_direction direction;
    } directions[SHAPER_DIRECTIONS];
    struct bucket_use buckets[SHAPER_DIRECTIONS];
    struct burst_rates group_rates[SHAPER_DIRECTIONS];
    struct burst_rates flow_rates[SHAPER_DIRECTIONS];
    struct burst_meter burst[SHAPER_DIRECTIONS][BURST_STREAMS];
    struct flow_burst *flows; /* ordered by their numbers, which is the order of opening */
    struct flow_burst *last_flow;
    size_t flow_count;
    uint64_t flows_without_burst; /* recorded, but beyond BURST_FLOWS_MAX */
    bool is_out_of_memory;
};

/* The measurements of one flow. Embedded by value; zeroed is empty. */
struct flow_metrics {
    uint32_t weight; /* to the scheduler, set by the owner; 0 counts as 1 */
    struct fairness_flow *fairness[SHAPER_DIRECTIONS];
    struct fairness_flow_result *before; /* in groups that it has left, per direction; NULL: none */
    struct flow_burst *burst;            /* NULL: not measured; owned by the group's metrics */
};

/* `named` are the windows of fairness that were asked for; only the other two are borrowed. The
 * caller owns the result; NULL on allocation failure. */
struct group_metrics *group_metrics_new(const char *group, const struct group_limits *limits,
                                        const struct named_windows *named,
                                        const struct metrics_callbacks *callback);
void group_metrics_free(struct group_metrics *metrics);

/* A recorded flow joins for the first time. */
void group_metrics_record_flow(struct group_metrics *metrics, struct flow_metrics *flow,
                               uint64_t number);

/* Bytes of a flow in the tick of this number, which is the current one. */
void group_metrics_offered(struct group_metrics *metrics, struct flow_metrics *flow, int64_t tick,
                           enum shaper_direction direction, uint64_t bytes);
void group_metrics_delivered(struct group_metrics *metrics, struct flow_metrics *flow, int64_t tick,
                             enum shaper_direction direction, uint64_t bytes);

/* The flow moves to another group, `to`, with its backlog, which counts there as offered in the
 * tick `to_tick`; here it ends. Either group may be NULL: not measured. Its ticks and bytes add up,
 * of its lag and index the larger ones count; its burst.csv curve ends here. */
void group_metrics_flow_moves(struct group_metrics *metrics, struct flow_metrics *flow,
                              struct group_metrics *to, int64_t to_tick,
                              const uint64_t backlog_bytes[SHAPER_DIRECTIONS]);

/* The flow has ended: fills in what was measured and frees it. */
void group_metrics_flow_over(struct group_metrics *metrics, struct flow_metrics *flow,
                             struct flow_figures *figures);

/* libevent charged the group's bucket (with its level, 0 without a bucket). */
void group_metrics_charged(struct group_metrics *metrics, enum shaper_direction direction,
                           int64_t level_bytes, int64_t now_us);

/* The group's bucket was refilled to `start_bytes`; the members released by that have left
 * `level_bytes` of it. */
void group_metrics_refilled(struct group_metrics *metrics, enum shaper_direction direction,
                            int64_t start_bytes, int64_t level_bytes,
                            int64_t effective_min_share_bytes, int64_t now_us);

/* An event has changed the bucket's level; the members released by it have left `level_bytes`. */
void group_metrics_changed(struct group_metrics *metrics, enum shaper_direction direction,
                           int64_t before_bytes, int64_t after_bytes, int64_t level_bytes,
                           int64_t now_us);

/* A tick ends; if another follows, with a refill under `limit` (NULL: none, or no group). */
void group_metrics_close_tick(struct group_metrics *metrics, const struct tick_row *row,
                              const struct shaper_limit *limit);

/* `ticks` pass in which the buckets are full and nothing happens. */
void group_metrics_skip_ticks(struct group_metrics *metrics, int64_t ticks,
                              const struct shaper_limit *limit);

/* After the last tick and before its flows end: reports the last rows. */
void group_metrics_finish(struct group_metrics *metrics, int64_t now_us);

/* Whether memory has run out. */
bool group_metrics_out_of_memory(const struct group_metrics *metrics);

#endif
