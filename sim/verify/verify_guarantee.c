#include "sim/verify/verify_guarantee.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/verify/verify_buckets.h"

#define WATCHED_MAX 32

/* W_i w_j - W_j w_i since both began to wait, and its extremes. */
struct service_pair {
    int64_t present, least, most;
};

struct service_watch {
    const struct verified_flow *flows[WATCHED_MAX]; /* NULL: a free slot */
    bool has_row[WATCHED_MAX];                      /* in the open tick */
    bool waits[SHAPER_DIRECTIONS][WATCHED_MAX];
    int64_t bytes[SHAPER_DIRECTIONS][WATCHED_MAX];
    struct service_pair pairs[SHAPER_DIRECTIONS][WATCHED_MAX][WATCHED_MAX];
    /* The pair that came closest to its bound. */
    double drift_bytes, bound_bytes;
};

struct verified_guarantee {
    bool is_checked; /* the scheduler gives one that the files allow to check */
    int64_t most_effective_min_share_bytes[GROUPS_MAX + 1];
    struct service_watch *watches[GROUPS_MAX + 1]; /* owned; NULL until a flow waits */
};

static const char *why_not(const struct verification *v)
{
    for (size_t i = 0; i < v->run->event_count; i++)
        if (run_event_is_of_flow(v->run->events[i].kind))
            return "flows change their groups or limits during the run";
    for (size_t i = 0; i < v->run->groups; i++)
        if (v->run->limits[i].has_per_flow)
            return "flows have per-flow limits, which the guarantee does not cover";
    if (v->run->application.write_high_bytes > 0 || v->run->receive_window_bytes > 0 ||
        !v->charges_delivered)
        return "with --write-high, --read-low, --receive-window, --via or --flush the files do not "
               "show which flows wait at the bucket";
    return NULL;
}

bool guarantee_open(struct verification *v)
{
    enum shaper_scheduler scheduler = v->run->scheduling.scheduler;
    bool is_given = scheduler == SHAPER_SCHEDULER_DRR || scheduler == SHAPER_SCHEDULER_SFQ;
    const char *why = is_given ? why_not(v) : NULL;

    if (why)
        check_is_skipped(v->checks, CHECK_GUARANTEE, why);
    v->guarantee = verify_allocate(v, "flow_ticks.csv", 1, sizeof(*v->guarantee));
    if (!v->guarantee)
        return false;
    v->guarantee->is_checked = is_given && !why;
    for (size_t i = 0; i < v->group_count; i++)
        if (v->groups[i].limits)
            v->guarantee->most_effective_min_share_bytes[i] =
                v->groups[i].limits->effective_min_share_bytes;
    return true;
}

void guarantee_free(struct verification *v)
{
    for (size_t i = 0; i < v->group_count && v->guarantee; i++)
        free(v->guarantee->watches[i]);
    free(v->guarantee);
}

/* The flow's slot; WATCHED_MAX if all are taken. */
static size_t slot_of(const struct service_watch *watch, const struct verified_flow *flow)
{
    size_t slot = 0;

    while (slot < WATCHED_MAX && watch->flows[slot] != flow)
        slot++;
    return slot;
}

static void forget_pairs(struct service_watch *watch, size_t slot)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t other = 0; other < WATCHED_MAX; other++)
            watch->pairs[d][slot][other] = watch->pairs[d][other][slot] = (struct service_pair){0};
}

void guarantee_check_flow(struct verification *v, const struct verified_group *group,
                          const struct verified_flow *flow, const int64_t bytes[SHAPER_DIRECTIONS],
                          const int64_t backlog_before_bytes[SHAPER_DIRECTIONS])
{
    struct service_watch **watch_of = &v->guarantee->watches[group->index], *watch = *watch_of;
    bool waits[SHAPER_DIRECTIONS];

    if (!v->guarantee->is_checked || !group->limits->has_group)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        waits[d] = bytes[d] < backlog_before_bytes[d];
    if (!watch && !(watch = *watch_of = verify_allocate(v, "flow_ticks.csv", 1, sizeof(*watch)))) {
        v->is_broken = true;
        return;
    }
    size_t slot = slot_of(watch, flow);
    if (slot == WATCHED_MAX && (waits[SHAPER_READ] || waits[SHAPER_WRITE]))
        slot = slot_of(watch, NULL);
    if (slot == WATCHED_MAX)
        return;
    watch->flows[slot] = flow;
    watch->has_row[slot] = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        watch->waits[d][slot] = waits[d];
        watch->bytes[d][slot] = bytes[d];
    }
}

/* Multiplied by both weights; a bound that overflows cannot be exceeded. */
static int64_t bound_of(const struct verification *v, const struct verified_group *group, int64_t a,
                        int64_t b)
{
    int64_t units = v->run->scheduling.scheduler == SHAPER_SCHEDULER_DRR ? a * b : a + b;
    int64_t bound;

    return __builtin_mul_overflow(v->guarantee->most_effective_min_share_bytes[group->index], units,
                                  &bound)
               ? INT64_MAX
               : bound;
}

static void judge_pair(struct verification *v, const struct verified_tick *tick, int d,
                       const struct verified_flow *a, const struct verified_flow *b,
                       const struct service_pair *pair)
{
    struct service_watch *watch = v->guarantee->watches[tick->group->index];
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
                " differ by %.15g B of service per unit of weight while both waited, but the "
                "scheduler allows %.15g B",
                tick->tick, tick->group->name, verify_byte_column(d), a->number, b->number,
                drift_bytes, bound_bytes);
}

static void add_tick_of_pair(struct verification *v, const struct verified_tick *tick, int d,
                             size_t i, size_t j)
{
    struct service_watch *watch = v->guarantee->watches[tick->group->index];
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

static void free_slots(struct service_watch *watch)
{
    for (size_t slot = 0; slot < WATCHED_MAX; slot++) {
        bool stays = watch->has_row[slot] &&
                     (watch->waits[SHAPER_READ][slot] || watch->waits[SHAPER_WRITE][slot]);
        if (watch->flows[slot] && !stays) {
            watch->flows[slot] = NULL;
            forget_pairs(watch, slot);
        }
        watch->has_row[slot] = false;
    }
}

void guarantee_end_tick(struct verification *v, const struct verified_tick *tick)
{
    struct service_watch *watch = v->guarantee->watches[tick->group->index];

    if (!watch)
        return;
    int64_t *most_bytes = &v->guarantee->most_effective_min_share_bytes[tick->group->index];
    *most_bytes = max_i64(*most_bytes, buckets_effective_min_share_bytes(v, tick->group));
    for (size_t i = 0; i < WATCHED_MAX; i++)
        for (size_t j = 0; j < i; j++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++)
                if (watch->has_row[i] && watch->has_row[j])
                    add_tick_of_pair(v, tick, d, i, j);
    free_slots(watch);
}

void guarantee_finish(struct verification *v, const struct verified_group *group)
{
    const struct service_watch *watch = v->guarantee->watches[group->index];
    char subject[GROUP_NAME_BYTES + 8];

    if (!watch || watch->bound_bytes <= 0)
        return;
    snprintf(subject, sizeof(subject), " (%s)", group->name);
    check_at_most(v->checks, CHECK_GUARANTEE, watch->drift_bytes, watch->bound_bytes, "B", subject);
}

void guarantee_close(struct verification *v)
{
    if (v->guarantee->is_checked)
        check_holds(v->checks, CHECK_GUARANTEE);
}
