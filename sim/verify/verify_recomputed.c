#include "sim/verify/verify_recomputed.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/account/summary_metrics.h"
#include "sim/base/numbers.h"
#include "sim/metrics/group_metrics.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_recomputed_rows.h"

/* Of a group. */
struct recomputed_group {
    struct group_metrics *metrics;            /* NULL: nothing is measured */
    struct flow_metrics others;               /* what flow_ticks.csv has no rows of, as one flow */
    int64_t offered_bytes[SHAPER_DIRECTIONS]; /* fed in the open tick */
    int64_t delivered_bytes[SHAPER_DIRECTIONS];
    int64_t departed_bytes[SHAPER_DIRECTIONS];       /* backlogs that left with their flows */
    int64_t backlog_bytes[SHAPER_DIRECTIONS];        /* of the row before */
    int64_t others_backlog_bytes[SHAPER_DIRECTIONS]; /* as fed: never below 0 */
};

/* Of a flow. */
struct recomputed_flow {
    struct flow_metrics metrics;
    struct group_metrics *measured_in; /* borrowed from its group; NULL: nowhere */
};

struct recomputed_metrics {
    bool has_bytes;    /* bytes are fed */
    bool has_fairness; /* every flow's */
    struct recomputed_rows rows;
    struct recomputed_group groups[GROUPS_MAX + 1];
    struct recomputed_flow *flows;
};

static struct recomputed_group *group_of(const struct verification *v,
                                         const struct verified_group *group)
{
    return &v->recomputed->groups[group->index];
}

/* --- opening --------------------------------------------------------------------------------- */

static bool knows_all_flows(const struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (flow_totals_of(v, &v->groups[i])->false_eofs > 0)
            return false;
    return v->records_all && !moves_have_unrecorded(v) &&
           verify_flow_count(v) <= FAIRNESS_ENDED_FLOWS_MAX;
}

/* Whether ticks.csv has bytes in a group's row that are not its flows', and no other file tells. */
static bool has_strange_bytes(const struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].has_children)
            return !v->records_all;
    return false;
}

static bool open_groups(struct verification *v)
{
    const struct metrics_callbacks callback = {.fairness = recomputed_rows_take_window,
                                               .burst = recomputed_rows_take_burst,
                                               .arg = &v->recomputed->rows};

    for (size_t i = 0; i < v->group_count && !v->is_real; i++) {
        const struct verified_group *group = &v->groups[i];
        if (!group->limits)
            continue;
        group_of(v, group)->metrics =
            group_metrics_new(group->name, group->limits, &v->run->fairness_windows, &callback);
        if (!group_of(v, group)->metrics) {
            sim_fail(v->error, SIM_FAILED, "burst.csv: out of memory");
            return false;
        }
    }
    return true;
}

bool recomputed_open(struct verification *v)
{
    struct recomputed_metrics *recomputed = verify_allocate(v, "burst.csv", 1, sizeof(*recomputed));

    v->recomputed = recomputed;
    if (!recomputed)
        return false;
    recomputed->flows =
        verify_allocate(v, "burst.csv", verify_flow_count(v), sizeof(*recomputed->flows));
    if (!recomputed->flows)
        return false;
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        recomputed->flows[flow->index].metrics.weight = (uint32_t)flow->weight;
    recomputed->has_bytes = v->charges_delivered && !v->is_real && !has_strange_bytes(v);
    recomputed->has_fairness = recomputed->has_bytes && knows_all_flows(v);
    return recomputed_rows_open(&recomputed->rows, v, recomputed->has_bytes,
                                recomputed->has_fairness) &&
           open_groups(v) && recomputed_rows_are_good(&recomputed->rows);
}

/* --- rows ------------------------------------------------------------------------------------ */

void recomputed_skip_ticks(struct verification *v, const struct verified_group *group,
                           int64_t ticks)
{
    struct shaper_limit limit;
    bool has_limit = group->limits && buckets_limit(v, group, &limit);

    if (group_of(v, group)->metrics)
        group_metrics_skip_ticks(group_of(v, group)->metrics, ticks, has_limit ? &limit : NULL);
}

static void feed(struct recomputed_group *group, struct flow_metrics *flow, int64_t tick, int d,
                 int64_t offered_bytes, int64_t delivered_bytes)
{
    enum shaper_direction direction = (enum shaper_direction)d;

    if (offered_bytes > 0)
        group_metrics_offered(group->metrics, flow, tick, direction, (uint64_t)offered_bytes);
    if (delivered_bytes > 0)
        group_metrics_delivered(group->metrics, flow, tick, direction, (uint64_t)delivered_bytes);
}

/* What the flow takes along, and where it goes. */
static void leave(struct verification *v, const struct recomputed_flow_row *row)
{
    struct recomputed_flow *flow = &v->recomputed->flows[row->flow->index];
    const struct verified_group *destination = row->move->to;
    struct recomputed_group *from = group_of(v, row->group), *to = group_of(v, destination);
    int64_t to_tick = destination->limits ? row->move->time_us / destination->tick_us : 0;
    uint64_t backlogs[SHAPER_DIRECTIONS];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        backlogs[d] = (uint64_t)row->backlog_bytes[d];
        from->departed_bytes[d] += row->backlog_bytes[d];
        to->offered_bytes[d] += destination->limits ? row->backlog_bytes[d] : 0;
    }
    group_metrics_flow_moves(from->metrics, &flow->metrics, to->metrics, to_tick, backlogs);
    flow->measured_in = to->metrics;
}

void recomputed_take_flow(struct verification *v, const struct recomputed_flow_row *row)
{
    struct recomputed_group *group = group_of(v, row->group);
    struct recomputed_flow *flow = &v->recomputed->flows[row->flow->index];

    if (!v->recomputed->has_bytes || !group->metrics)
        return;
    if (row->is_first)
        group_metrics_record_flow(group->metrics, &flow->metrics, (uint64_t)row->flow->number);
    flow->measured_in = group->metrics;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t offered = row->bytes[d] + row->backlog_bytes[d] - row->backlog_before_bytes[d];
        feed(group, &flow->metrics, row->tick, d, offered, row->bytes[d]);
        group->offered_bytes[d] += offered;
        group->delivered_bytes[d] += row->bytes[d];
    }
    if (row->move)
        leave(v, row);
}

/* What the tick's row of ticks.csv has beyond its flows' rows. */
static void feed_others(struct recomputed_group *group, const struct verified_tick *tick, int d)
{
    int64_t offered = tick->bytes[d] + tick->backlog_bytes[d] + group->departed_bytes[d] -
                      group->backlog_bytes[d];

    /* Where a group has others in it all of its flows are recorded, and the rest is not its own. */
    if (!tick->group->has_children) {
        int64_t rest = max_i64(0, offered - group->offered_bytes[d]);
        /* Wrong files may have more delivered than there was; other checks say so. */
        int64_t delivered = min_i64(tick->bytes[d] - group->delivered_bytes[d],
                                    group->others_backlog_bytes[d] + rest);
        feed(group, &group->others, tick->tick, d, rest, delivered);
        group->others_backlog_bytes[d] += rest - max_i64(0, delivered);
    }
    group->backlog_bytes[d] = tick->backlog_bytes[d];
    group->offered_bytes[d] = 0;
    group->delivered_bytes[d] = 0;
    group->departed_bytes[d] = 0;
}

void recomputed_close_tick(struct verification *v, const struct verified_tick *tick)
{
    struct recomputed_group *group = group_of(v, tick->group);
    struct tick_row row = {.tick = tick->tick, .members = (uint64_t)tick->members};
    struct shaper_limit limit;
    bool is_last = (tick->tick + 1) * tick->group->tick_us > v->end_us;

    if (!group->metrics)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (v->recomputed->has_bytes)
            feed_others(group, tick, d);
        row.bytes[d] = (uint64_t)tick->bytes[d];
        row.end_bytes[d] = tick->end_bytes[d];
    }
    bool is_refilled = !is_last && buckets_limit(v, tick->group, &limit);
    group_metrics_close_tick(group->metrics, &row, is_refilled ? &limit : NULL);
}

/* --- the end --------------------------------------------------------------------------------- */

/* Idle ticks after the last row; no refill comes after the last of all. */
static void skip_to_end(struct verification *v, const struct verified_group *group)
{
    int64_t left = v->end_us / group->tick_us + 1 - buckets_tick(v, group);

    if (left > 1)
        recomputed_skip_ticks(v, group, left - 1);
    if (left > 0)
        group_metrics_skip_ticks(group_of(v, group)->metrics, 1, NULL);
}

static void compare_direction(struct verification *v, const struct verified_flow *flow, int d,
                              const struct fairness_flow_result *result)
{
    const int64_t expected[FLOW_MEASURES] = {[CONTENDED_TICKS] = (int64_t)result->contended_ticks,
                                             [CONTENDED_BYTES] = (int64_t)result->contended_bytes,
                                             [GPS_LAG_BYTES] = (int64_t)result->gps_lag_bytes,
                                             [WFI_BYTES] = (int64_t)result->wfi_bytes};

    for (int i = 0; i < FLOW_MEASURES; i++) {
        int column = csv_table_column(&flows_table, verify_measured_columns[i], d);
        if (flow->measured[d][i] != expected[i])
            check_fails(v->checks, CHECK_FAIRNESS,
                        "flows.csv: row %" PRIu64 ", %s: %" PRId64 ", but %" PRId64
                        " expected: recomputed from flow_ticks.csv",
                        flow->row, flows_table.columns[column].name, flow->measured[d][i],
                        expected[i]);
        check_holds(v->checks, CHECK_FAIRNESS);
    }
}

static void compare_flow(struct verification *v, const struct verified_flow *flow)
{
    struct recomputed_flow *recomputed = &v->recomputed->flows[flow->index];
    struct group_metrics *last = group_of(v, moves_last_group(v, flow))->metrics;
    struct flow_figures figures = {0};

    if (!last)
        return;
    group_metrics_flow_over(recomputed->measured_in ? recomputed->measured_in : last,
                            &recomputed->metrics, &figures);
    for (int d = 0; d < SHAPER_DIRECTIONS && v->recomputed->has_fairness; d++)
        compare_direction(v, flow, d, &figures.fairness[d]);
}

static void compare_summary(struct verification *v, const struct verified_group *group, int d)
{
    const struct group_metrics *metrics = group_of(v, group)->metrics;
    json_t *direction = json_object_get(group->summary, verify_direction(d));
    char of[64];

    snprintf(of, sizeof(of), "group %s: %s", group->name, verify_direction(d));
    if (v->recomputed->has_fairness) {
        json_t *expected = summary_fairness(metrics, d);
        if (fairness_result(metrics->fairness[d]).rfb_is_partial)
            json_object_del(expected,
                            "rfb_attained_bytes"); /* of flows that came first in a tick */
        verify_json(v, of, json_object_get(direction, "fairness"), expected);
        json_decref(expected);
    }
    if (v->recomputed->has_bytes)
        verify_summary_integer(v, group->summary, of, "recorded_flows_without_burst",
                               (int64_t)metrics->flows_without_burst);
    if (v->recomputed->has_bytes && !moves_have_unseen(v, group)) {
        json_t *expected = summary_burst(metrics, d);
        verify_json(v, of, json_object_get(direction, "burst"), expected);
        json_decref(expected);
    }
}

static void finish_rows(struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++)
        if (v->recomputed->groups[i].metrics) {
            skip_to_end(v, &v->groups[i]);
            group_metrics_finish(v->recomputed->groups[i].metrics, v->end_us);
        }
    recomputed_rows_finish(&v->recomputed->rows);
}

void recomputed_finish(struct verification *v, bool is_complete)
{
    if (!is_complete || v->is_broken || v->is_real)
        return;
    finish_rows(v);
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        compare_flow(v, flow);
    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS && v->recomputed->groups[i].metrics; d++)
            compare_summary(v, &v->groups[i], d);
    check_holds(v->checks, CHECK_FAIRNESS);
    check_holds(v->checks, CHECK_BURST);
}

static void free_flows(struct verification *v)
{
    for (size_t i = 0; i < verify_flow_count(v) && v->recomputed->flows; i++) {
        struct recomputed_flow *flow = &v->recomputed->flows[i];
        struct flow_figures figures;
        if (flow->measured_in)
            group_metrics_flow_over(flow->measured_in, &flow->metrics, &figures);
        free(flow->metrics.before); /* of one that ended where nothing is measured */
    }
    free(v->recomputed->flows);
}

void recomputed_free(struct verification *v)
{
    if (!v->recomputed)
        return;
    free_flows(v);
    for (size_t i = 0; i < v->group_count; i++) {
        struct recomputed_group *group = &v->recomputed->groups[i];
        struct flow_figures figures;
        if (group->metrics)
            group_metrics_flow_over(group->metrics, &group->others, &figures);
        group_metrics_free(group->metrics);
    }
    recomputed_rows_free(&v->recomputed->rows);
    free(v->recomputed);
}

/* --- questions ------------------------------------------------------------------------------- */

int64_t recomputed_lost_bytes(const struct verification *v, const struct verified_group *group,
                              int d)
{
    const struct group_metrics *metrics = group_of(v, group)->metrics;

    return metrics ? (int64_t)metrics->buckets[d].lost_bytes : -1;
}

bool recomputed_out_of_memory(const struct verification *v)
{
    for (size_t i = 0; i < v->group_count && v->recomputed; i++)
        if (v->recomputed->groups[i].metrics &&
            group_metrics_out_of_memory(v->recomputed->groups[i].metrics))
            return true;
    return false;
}
