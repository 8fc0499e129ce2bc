/*
 * fairness.csv, burst.csv and what summary.json and flows.csv say of fairness and bursts: measured
 * once more, with the meters of group_metrics.h, on the rows of ticks.csv and flow_ticks.csv, and
 * compared field by field.
 *
 * Bytes offered in a tick are those delivered and what the backlog grew by. That takes charged
 * bytes to be the delivered ones: with TLS, filters and flushes nothing is measured but tokens
 * lost, on the wall's clock nothing at all. Fairness takes every flow's ticks. What flow_ticks.csv
 * does not have of a group is fed as one flow.
 *
 * Sums of fractions can differ in their last digits: what is no whole number is compared to 1e-9.
 */
#include "sim/verify/verify_recomputed_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/account/summary_metrics.h"
#include "sim/base/numbers.h"

/* --- opening --------------------------------------------------------------------------------- */

static bool knows_all_flows(const struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].false_eofs > 0)
            return false;
    return v->records_all && !v->has_partial_group &&
           HASH_COUNT(v->flows) <= FAIRNESS_ENDED_FLOWS_MAX;
}

/* Whether ticks.csv has bytes in a group's row that are not its flows', and no other file tells. */
static bool has_strange_bytes(const struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].has_children)
            return !v->records_all;
    return false;
}

bool recomputed_open(struct verification *v)
{
    struct recomputed_metrics *recomputed = calloc(1, sizeof(*recomputed));

    v->recomputed = recomputed;
    if (!recomputed) {
        sim_fail(v->error, SIM_FAILED, "burst.csv: out of memory");
        return false;
    }
    recomputed->verification = v;
    recomputed->fairness = verify_open(v, "fairness.csv");
    recomputed->burst = recomputed->fairness ? verify_open(v, "burst.csv") : NULL;
    if (!recomputed->burst)
        return false;
    recomputed_rows_find_columns(recomputed);
    recomputed->has_bytes = v->charges_delivered && !v->is_real && !has_strange_bytes(v);
    recomputed->has_fairness = recomputed->has_bytes && knows_all_flows(v);
    if (recomputed->has_fairness)
        recomputed->has_window_row = csv_reader_next(recomputed->fairness);
    const struct metrics_callbacks callback = {.fairness = recomputed_rows_take_window,
                                               .burst = recomputed_rows_take_burst,
                                               .arg = recomputed};
    for (size_t i = 0; i < v->group_count && !v->is_real; i++) {
        struct verified_group *group = &v->groups[i];
        if (group->limits &&
            !(group->metrics = group_metrics_new(group->name, group->limits, &callback))) {
            sim_fail(v->error, SIM_FAILED, "burst.csv: out of memory");
            return false;
        }
    }
    return verify_read_well(v, recomputed->fairness) && verify_read_well(v, recomputed->burst);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* The limit that a group's buckets are refilled under; NULL without buckets. */
static const struct shaper_limit *limit_of(const struct verified_group *group,
                                           struct shaper_limit *limit)
{
    if (!group->limits->has_group)
        return NULL;
    limit->tick_ms = group->limits->tick_ms;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limit->rate_bytes_per_tick[d] = group->buckets[d].rate_bytes;
        limit->burst_bytes[d] = group->buckets[d].burst_bytes;
    }
    return limit;
}

void recomputed_skip_ticks(struct verification *v, struct verified_group *group, int64_t ticks)
{
    struct shaper_limit limit;

    (void)v;
    if (group->metrics)
        group_metrics_skip_ticks(group->metrics, ticks, limit_of(group, &limit));
}

static void feed(struct verified_group *group, struct flow_metrics *flow, int64_t tick, int d,
                 int64_t offered_bytes, int64_t delivered_bytes)
{
    enum shaper_direction direction = (enum shaper_direction)d;

    if (offered_bytes > 0)
        group_metrics_offered(group->metrics, flow, tick, direction, (uint64_t)offered_bytes);
    if (delivered_bytes > 0)
        group_metrics_delivered(group->metrics, flow, tick, direction, (uint64_t)delivered_bytes);
}

/* What the flow takes along, and where it goes. */
static void leave(struct verified_group *group, struct verified_flow *flow,
                  const struct verified_move *move, const int64_t backlog_bytes[SHAPER_DIRECTIONS])
{
    struct verified_group *to = move->to;
    int64_t to_tick = to->limits ? move->time_us / to->tick_us : 0;
    uint64_t backlogs[SHAPER_DIRECTIONS];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        backlogs[d] = (uint64_t)backlog_bytes[d];
        group->departed_bytes[d] += backlog_bytes[d];
        to->fed_offered_bytes[d] += to->limits ? backlog_bytes[d] : 0;
    }
    group_metrics_flow_moves(group->metrics, &flow->metrics, to->metrics, to_tick, backlogs);
    flow->measured_in = to->metrics;
}

void recomputed_take_flow(struct verification *v, struct verified_group *group,
                          struct verified_flow *flow, int64_t tick,
                          const int64_t bytes[SHAPER_DIRECTIONS],
                          const int64_t backlog_bytes[SHAPER_DIRECTIONS],
                          const struct verified_move *move)
{
    if (!v->recomputed->has_bytes || !group->metrics)
        return;
    if (flow->rows == 0)
        group_metrics_record_flow(group->metrics, &flow->metrics, (uint64_t)flow->number);
    flow->measured_in = group->metrics;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t offered = bytes[d] + backlog_bytes[d] - flow->backlog_bytes[d];
        feed(group, &flow->metrics, tick, d, offered, bytes[d]);
        group->fed_offered_bytes[d] += offered;
        group->fed_delivered_bytes[d] += bytes[d];
    }
    if (move)
        leave(group, flow, move, backlog_bytes);
}

/* What the tick's row of ticks.csv has beyond its flows' rows. */
static void feed_others(struct verified_group *group, const struct verified_tick *tick, int d)
{
    int64_t offered = tick->bytes[d] + tick->backlog_bytes[d] + group->departed_bytes[d] -
                      group->measured_backlog_bytes[d];

    if (!group
             ->has_children) { /* else all of its flows are recorded, and the rest is not its own */
        int64_t rest = max_i64(0, offered - group->fed_offered_bytes[d]);
        /* Wrong files may have more delivered than there was; other checks say so. */
        int64_t delivered = min_i64(tick->bytes[d] - group->fed_delivered_bytes[d],
                                    group->others_backlog_bytes[d] + rest);
        feed(group, &group->others, tick->tick, d, rest, delivered);
        group->others_backlog_bytes[d] += rest - max_i64(0, delivered);
    }
    group->measured_backlog_bytes[d] = tick->backlog_bytes[d];
    group->fed_offered_bytes[d] = 0;
    group->fed_delivered_bytes[d] = 0;
    group->departed_bytes[d] = 0;
}

void recomputed_close_tick(struct verification *v, const struct verified_tick *tick)
{
    struct verified_group *group = tick->group;
    struct tick_row row = {.tick = tick->tick, .members = (uint64_t)tick->members};
    struct shaper_limit limit;
    bool is_last = (tick->tick + 1) * group->tick_us > v->end_us;

    if (!group->metrics)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (v->recomputed->has_bytes)
            feed_others(group, tick, d);
        row.end_bytes[d] = tick->end_bytes[d];
    }
    group_metrics_close_tick(group->metrics, &row, is_last ? NULL : limit_of(group, &limit));
}

/* --- the end --------------------------------------------------------------------------------- */

/* Idle ticks behind the last row; no refill comes after the last of all. */
static void skip_to_end(struct verification *v, struct verified_group *group)
{
    int64_t left = v->end_us / group->tick_us + 1 - group->open_tick;

    if (left > 1)
        recomputed_skip_ticks(v, group, left - 1);
    if (left > 0)
        group_metrics_skip_ticks(group->metrics, 1, NULL);
}

static void compare_flow(struct verification *v, struct verified_flow *flow)
{
    static const char *const names[FLOW_MEASURES] = {"contended_ticks", "contended_bytes",
                                                     "gps_lag_bytes", "wfi_bytes"};
    struct flow_figures figures = {0};

    if (!flow->last_group->metrics)
        return;
    group_metrics_flow_over(flow->measured_in ? flow->measured_in : flow->last_group->metrics,
                            &flow->metrics, &figures);
    for (int d = 0; d < SHAPER_DIRECTIONS && v->recomputed->has_fairness; d++) {
        const struct fairness_flow_result *result = &figures.fairness[d];
        const int64_t expected[FLOW_MEASURES] = {
            [CONTENDED_TICKS] = (int64_t)result->contended_ticks,
            [CONTENDED_BYTES] = (int64_t)result->contended_bytes,
            [GPS_LAG_BYTES] = (int64_t)result->gps_lag_bytes,
            [WFI_BYTES] = (int64_t)result->wfi_bytes};
        for (int i = 0; i < FLOW_MEASURES; i++) {
            if (flow->measured[d][i] != expected[i])
                check_fails(v->checks, CHECK_FAIRNESS,
                            "flows.csv: row %" PRIu64 ", %s_%s: %" PRId64 ", but %" PRId64
                            " expected: measured once more on flow_ticks.csv",
                            flow->row, verify_directions[d], names[i], flow->measured[d][i],
                            expected[i]);
            check_holds(v->checks, CHECK_FAIRNESS);
        }
    }
}

static void compare_summary(struct verification *v, const struct verified_group *group, int d)
{
    json_t *direction = json_object_get(group->summary, verify_directions[d]);
    char of[64];

    snprintf(of, sizeof(of), "group %s: %s", group->name, verify_directions[d]);
    if (v->recomputed->has_fairness) {
        json_t *expected = summary_fairness(group->metrics, d);
        if (fairness_result(group->metrics->fairness[d]).rfb_is_partial)
            json_object_del(expected,
                            "rfb_attained_bytes"); /* of flows that came first in a tick */
        verify_json(v, of, json_object_get(direction, "fairness"), expected);
        json_decref(expected);
    }
    if (v->recomputed->has_bytes)
        verify_summary_integer(v, group->summary, of, "recorded_flows_without_burst",
                               (int64_t)group->metrics->flows_without_burst);
    if (v->recomputed->has_bytes && !group->has_unseen_move) {
        json_t *expected = summary_burst(group->metrics, d);
        verify_json(v, of, json_object_get(direction, "burst"), expected);
        json_decref(expected);
    }
}

static void finish_rows(struct recomputed_metrics *recomputed)
{
    struct verification *v = recomputed->verification;

    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].metrics) {
            skip_to_end(v, &v->groups[i]);
            group_metrics_finish(v->groups[i].metrics, v->end_us);
        }
    recomputed_rows_finish(recomputed);
}

void recomputed_finish(struct verification *v, bool is_complete)
{
    if (!is_complete || v->is_broken || v->is_real)
        return;
    finish_rows(v->recomputed);
    for (struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        compare_flow(v, flow);
    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS && v->groups[i].metrics; d++)
            compare_summary(v, &v->groups[i], d);
    check_holds(v->checks, CHECK_FAIRNESS);
    check_holds(v->checks, CHECK_BURST);
}

void recomputed_free(struct verification *v)
{
    struct recomputed_metrics *recomputed = v->recomputed;

    for (struct verified_flow *flow = v->flows; flow; flow = flow->hh.next) {
        struct flow_figures figures;
        if (flow->measured_in)
            group_metrics_flow_over(flow->measured_in, &flow->metrics, &figures);
    }
    for (size_t i = 0; i < v->group_count; i++) {
        struct flow_figures figures;
        if (v->groups[i].metrics)
            group_metrics_flow_over(v->groups[i].metrics, &v->groups[i].others, &figures);
        group_metrics_free(v->groups[i].metrics);
    }
    if (!recomputed)
        return;
    recomputed_rows_free(recomputed);
    free(recomputed);
}
