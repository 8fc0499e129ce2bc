#include "sim/verify/verify_flow_ends.h"

#include <inttypes.h>

#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

static void check_charged(struct verification *v, const struct verified_flow *flow,
                          const struct flow_rows *rows, int d)
{
    const struct charge_bounds *bounds = charges_of_flow(v, flow);
    int64_t least = moves_was_unlimited(v, flow) ? 0 : bounds->least_bytes[d];
    int64_t most = v->is_drained ? bounds->least_bytes[d] : bounds->most_bytes[d];

    if (v->is_tls)
        most = INT64_MAX;
    if (rows->charged_bytes[d] < least || rows->charged_bytes[d] > most)
        check_fails(v->checks, CHECK_FLOW_TICKS,
                    "flows.csv: row %" PRIu64 ", %s: %" PRId64 ", but %" PRId64
                    " were charged: the sum of its rows in flow_ticks.csv",
                    flow->row, verify_byte_column(d), flow->delivered_bytes[d],
                    rows->charged_bytes[d]);
    check_holds(v->checks, CHECK_FLOW_TICKS);
}

static void check_backlogs(struct verification *v, const struct verified_flow *flow,
                           const struct flow_rows *rows, int d)
{
    int64_t backlog = flow->offered_bytes[d] - flow->delivered_bytes[d];

    if (rows->backlog_bytes[d] != backlog && flow->close != VERIFIED_EOF &&
        moves_last_group(v, flow)->limits)
        check_fails(v->checks, CHECK_CONSERVATION,
                    "flow_ticks.csv: row %" PRIu64 ", %s_backlog_bytes: %" PRId64 ", but %" PRId64
                    " expected: offered - delivered in row %" PRIu64 " of flows.csv",
                    rows->last_row, verify_direction(d), rows->backlog_bytes[d], backlog,
                    flow->row);
    if (v->charges_delivered && flow->close != VERIFIED_EOF && !moves_was_unlimited(v, flow) &&
        flow->max_backlog_bytes[d] > rows->most_backlog_bytes[d])
        check_fails(v->checks, CHECK_RANGES,
                    "flows.csv: row %" PRIu64 ", max_%s_backlog_bytes: %" PRId64
                    ", but no tick of flow_ticks.csv has room for more than %" PRId64,
                    flow->row, verify_direction(d), flow->max_backlog_bytes[d],
                    rows->most_backlog_bytes[d]);
}

/* A flow's last row is of the tick in which it left. If idle ticks have no rows, a flow that was
 * cut while idle has no row of its last tick. */
static bool ends_with_its_rows(const struct verification *v, const struct verified_flow *flow,
                               const struct flow_rows *rows)
{
    const struct verified_group *last_group = moves_last_group(v, flow);
    int64_t end_tick = flow->end_us / last_group->tick_us;
    bool may_be_idle = v->run->skip_idle_ticks && flow->close == VERIFIED_CUT;

    return rows->group == last_group &&
           (may_be_idle ? rows->last_tick <= end_tick : rows->last_tick == end_tick);
}

static void check_flow(struct verification *v, const struct verified_flow *flow,
                       const struct flow_rows *rows)
{
    int64_t tick_us = moves_last_group(v, flow)->tick_us;

    if (!v->is_real && tick_us > 0 && !ends_with_its_rows(v, flow, rows))
        check_fails(
            v->checks, CHECK_FLOW_TICKS,
            "flow_ticks.csv: row %" PRIu64 ", tick: flow %" PRId64 " has its last row in "
            "tick %" PRId64 ", but ends in tick %" PRId64 " by row %" PRIu64 " of flows.csv",
            rows->last_row, flow->number, rows->last_tick, flow->end_us / tick_us, flow->row);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_charged(v, flow, rows, d);
        check_backlogs(v, flow, rows, d);
    }
}

/* Recorded flows have a row where they leave a group. */
static void check_moves(struct verification *v, const struct flow_rows *rows)
{
    for (size_t i = 0; i < moves_count(v); i++) {
        const struct verified_move *move = moves_at(v, i);
        if (move->is_seen || !move->from->limits)
            continue;
        moves_note_unseen(v, move->from);
        if (rows[move->flow->index].count > 0 && !v->is_real)
            check_fails(v->checks, CHECK_FLOW_TICKS,
                        "flow_ticks.csv: flow %" PRId64 " has no row where it leaves group %s",
                        move->flow->number, move->from->name);
    }
}

/* As many flows as --flow-ticks asks for, or all that have ticks. */
static void check_count(struct verification *v, uint64_t recorded_flows)
{
    uint64_t limited = 0, wanted = (uint64_t)v->run->flow_ticks;

    for (size_t i = 0; i < v->group_count; i++)
        limited += v->groups[i].limits ? flow_totals_of(v, &v->groups[i])->flows : 0;
    if (wanted > limited)
        wanted = limited;
    if (v->is_drained && recorded_flows != wanted)
        check_fails(v->checks, CHECK_FLOW_TICKS,
                    "flow_ticks.csv: flow: rows of %" PRIu64 " flows, but %" PRIu64
                    " expected by --flow-ticks",
                    recorded_flows, wanted);
    check_holds(v->checks, CHECK_FLOW_TICKS);
}

void verify_flow_ends(struct verification *v, const struct flow_rows *rows, uint64_t recorded_flows)
{
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        if (rows[flow->index].count > 0)
            check_flow(v, flow, &rows[flow->index]);
    check_moves(v, rows);
    check_count(v, recorded_flows);
}
