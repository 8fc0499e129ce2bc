/* What a scheduler promises, and groups in groups.
 *
 * drr and sfq bound how far two members of a group drift apart while both wait, W being what each
 * got, w its weight and m the min-share (shaper/scheduler.h):
 *
 *   drr  |W_i / w_i - W_j / w_j| <= m
 *   sfq  |W_i / w_i - W_j / w_j| <= m / w_i + m / w_j
 *
 * A flow has waited all through a tick if it got less than it had waiting when the tick began. Over
 * consecutive ticks of this kind the bound must hold for every two recorded flows of a group; at
 * most WATCHED_MAX of them are watched at once. Both sides are multiplied by w_i w_j: no rounding.
 */
#include "sim/verify/verification.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define WATCHED_MAX 32

/* W_i w_j - W_j w_i since both began to wait, and its extremes. */
struct service_pair {
    int64_t present, least, most;
};

struct service_watch {
    struct verified_flow *flows[WATCHED_MAX]; /* NULL: a free place */
    bool has_row[WATCHED_MAX];                /* in the open tick */
    bool waits[SHAPER_DIRECTIONS][WATCHED_MAX];
    int64_t bytes[SHAPER_DIRECTIONS][WATCHED_MAX];
    struct service_pair pairs[SHAPER_DIRECTIONS][WATCHED_MAX][WATCHED_MAX];
    /* The pair that came closest to its bound. */
    double drift_bytes, bound_bytes;
};

/* --- groups in groups ------------------------------------------------------------------------ */

void verify_find_parents(struct verification *v)
{
    const struct run_config *run = v->run;

    for (size_t i = 0; i < run->groups; i++) {
        int parent = scheduling_parent(run->specs, run->groups, i);
        if (parent < 0)
            continue;
        v->groups[i].parent = &v->groups[parent];
        v->groups[parent].has_children = true;
        v->groups[parent].is_uneven |= v->groups[parent].tick_us != v->groups[i].tick_us;
    }
}

int64_t verified_group_below_bytes(const struct verification *v, const struct verified_group *group,
                                   int d)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].parent == group)
            bytes += v->groups[i].buckets[d].charged_bytes;
    return bytes;
}

/* What a parent carried beside its own flows in a tick is what its children carried. */
static void close_balance(struct verification *v, struct verified_group *parent)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t rest = parent->balance_bytes[d];
        parent->balance_bytes[d] = 0;
        if (v->records_all ? rest == 0 : rest >= 0)
            check_holds(v->checks, CHECK_FLOW_TICKS);
        else
            check_fails(v->checks, CHECK_FLOW_TICKS,
                        "ticks.csv: tick %" PRId64 " of group %s, %s: differs by %" PRId64
                        " from what its own flows and the groups in it were charged",
                        parent->balance_tick, parent->name, verify_byte_columns[d], rest);
    }
}

static void add_to_balance(struct verification *v, struct verified_group *parent, int64_t tick,
                           const int64_t bytes[SHAPER_DIRECTIONS], int64_t sign)
{
    if (parent->is_uneven || v->is_real)
        return;
    if (tick != parent->balance_tick)
        close_balance(v, parent);
    parent->balance_tick = tick;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        parent->balance_bytes[d] += sign * bytes[d];
}

void verify_nesting(struct verification *v, const struct verified_tick *tick,
                    const int64_t per_flow_bytes[SHAPER_DIRECTIONS])
{
    struct verified_group *group = tick->group;

    if (group->has_children) {
        add_to_balance(v, group, tick->tick, tick->bytes, 1);
        add_to_balance(v, group, tick->tick, per_flow_bytes, -1);
    }
    if (group->parent)
        add_to_balance(v, group->parent, tick->tick, tick->bytes, -1);
}

/* --- the guarantee --------------------------------------------------------------------------- */

static const char *why_not(const struct verification *v)
{
    for (size_t i = 0; i < v->run->event_count; i++)
        if (v->run->events[i].kind >= EVENT_FLOW_LEAVE)
            return "flows change their groups or limits in mid-run";
    for (size_t i = 0; i < v->run->groups; i++)
        if (v->run->limits[i].has_per_flow)
            return "flows have limits of their own, which the guarantee does not cover";
    if (v->run->application.write_high_bytes > 0 || !v->charges_delivered)
        return "with --write-high, --via or --flush the files do not tell who waits at the bucket";
    return NULL;
}

void verify_guarantee_start(struct verification *v)
{
    enum shaper_scheduler scheduler = v->run->scheduling.scheduler;

    v->has_guarantee = scheduler == SHAPER_SCHEDULER_DRR || scheduler == SHAPER_SCHEDULER_SFQ;
    if (!v->has_guarantee)
        return;
    const char *why = why_not(v);
    if (why)
        check_is_skipped(v->checks, CHECK_GUARANTEE, why);
    v->has_guarantee = !why;
}

/* The flow's place; WATCHED_MAX if all are taken. */
static size_t place_of(const struct service_watch *watch, const struct verified_flow *flow)
{
    size_t place = 0;

    while (place < WATCHED_MAX && watch->flows[place] != flow)
        place++;
    return place;
}

static void forget_pairs(struct service_watch *watch, size_t place)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t other = 0; other < WATCHED_MAX; other++)
            watch->pairs[d][place][other] = watch->pairs[d][other][place] =
                (struct service_pair){0};
}

void verify_guarantee_take(struct verification *v, struct verified_group *group,
                           struct verified_flow *flow, const int64_t bytes[SHAPER_DIRECTIONS])
{
    struct service_watch *watch = group->watch;
    bool waits[SHAPER_DIRECTIONS];

    if (!v->has_guarantee || !group->limits->has_group)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        waits[d] = bytes[d] < flow->backlog_bytes[d];
    if (!watch && !(watch = group->watch = calloc(1, sizeof(*watch)))) {
        sim_fail(v->error, SIM_FAILED, "flow_ticks.csv: out of memory");
        v->is_broken = true;
        return;
    }
    size_t place = place_of(watch, flow);
    if (place == WATCHED_MAX && (waits[SHAPER_READ] || waits[SHAPER_WRITE]))
        place = place_of(watch, NULL);
    if (place == WATCHED_MAX)
        return;
    watch->flows[place] = flow;
    watch->has_row[place] = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        watch->waits[d][place] = waits[d];
        watch->bytes[d][place] = bytes[d];
    }
}

/* Multiplied by both weights; what does not fit is no bound that could be broken. */
static int64_t bound_of(const struct verification *v, const struct verified_group *group, int64_t a,
                        int64_t b)
{
    int64_t units = v->run->scheduling.scheduler == SHAPER_SCHEDULER_DRR ? a * b : a + b;
    int64_t bound;

    return __builtin_mul_overflow(group->most_min_share_bytes, units, &bound) ? INT64_MAX : bound;
}

static void judge_pair(struct verification *v, const struct verified_tick *tick, int d,
                       const struct verified_flow *a, const struct verified_flow *b,
                       const struct service_pair *pair)
{
    struct service_watch *watch = tick->group->watch;
    double scale = (double)a->weight * (double)b->weight;
    int64_t bound = bound_of(v, tick->group, a->weight, b->weight);
    double drift_bytes = (double)(pair->most - pair->least) / scale;
    double bound_bytes = (double)bound / scale;

    if (watch->bound_bytes <= 0 ||
        drift_bytes / bound_bytes > watch->drift_bytes / watch->bound_bytes) {
        watch->drift_bytes = drift_bytes;
        watch->bound_bytes = bound_bytes;
    }
    if (pair->most - pair->least <= bound)
        return;
    check_fails(v->checks, CHECK_GUARANTEE,
                "flow_ticks.csv: tick %" PRId64 " of group %s, %s: flows %" PRId64 " and %" PRId64
                " have drifted apart by %.15g B for each unit of weight while both waited, but the "
                "scheduler allows %.15g B",
                tick->tick, tick->group->name, verify_byte_columns[d], a->number, b->number,
                drift_bytes, bound_bytes);
}

static void add_tick_of_pair(struct verification *v, const struct verified_tick *tick, int d,
                             size_t i, size_t j)
{
    struct service_watch *watch = tick->group->watch;
    struct service_pair *pair = &watch->pairs[d][i][j];
    const struct verified_flow *a = watch->flows[i], *b = watch->flows[j];

    if (!watch->waits[d][i] || !watch->waits[d][j]) {
        *pair = (struct service_pair){0};
        return;
    }
    pair->present += watch->bytes[d][i] * b->weight - watch->bytes[d][j] * a->weight;
    if (pair->present < pair->least)
        pair->least = pair->present;
    if (pair->present > pair->most)
        pair->most = pair->present;
    judge_pair(v, tick, d, a, b, pair);
}

static void free_places(struct service_watch *watch)
{
    for (size_t place = 0; place < WATCHED_MAX; place++) {
        bool stays = watch->has_row[place] &&
                     (watch->waits[SHAPER_READ][place] || watch->waits[SHAPER_WRITE][place]);
        if (watch->flows[place] && !stays) {
            watch->flows[place] = NULL;
            forget_pairs(watch, place);
        }
        watch->has_row[place] = false;
    }
}

void verify_guarantee_end_tick(struct verification *v, const struct verified_tick *tick)
{
    struct service_watch *watch = tick->group->watch;

    if (!watch)
        return;
    if (tick->group->min_share_bytes > tick->group->most_min_share_bytes)
        tick->group->most_min_share_bytes = tick->group->min_share_bytes;
    for (size_t i = 0; i < WATCHED_MAX; i++)
        for (size_t j = 0; j < i; j++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++)
                if (watch->has_row[i] && watch->has_row[j])
                    add_tick_of_pair(v, tick, d, i, j);
    free_places(watch);
}

void verify_scheduling_finish(struct verification *v)
{
    for (size_t i = 0; i < v->group_count; i++) {
        struct verified_group *group = &v->groups[i];
        if (group->has_children)
            close_balance(v, group);
        if (group->watch && group->watch->bound_bytes > 0) {
            char subject[GROUP_NAME_BYTES + 8];
            snprintf(subject, sizeof(subject), " (%s)", group->name);
            check_at_most(v->checks, CHECK_GUARANTEE, group->watch->drift_bytes,
                          group->watch->bound_bytes, "B", subject);
        }
    }
    if (v->has_guarantee)
        check_holds(v->checks, CHECK_GUARANTEE);
}
