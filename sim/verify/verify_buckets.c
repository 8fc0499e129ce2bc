#include "sim/verify/verify_buckets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/verify/bucket_windows.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_tls.h"

/* What events did in the open tick. */
struct tick_events {
    int64_t taken_bytes;        /* in sum */
    int64_t credit_bytes;       /* the part of it that was given back */
    int64_t passed_level_bytes; /* before the last event, as if no event had taken anything */
    int64_t reset_level_bytes;
    bool has_any, has_reset;
};

struct verified_bucket {
    int64_t rate_bytes; /* in force, per tick */
    int64_t burst_bytes;
    int64_t open_burst_bytes; /* in force when the open tick began */
    int64_t level_bytes;      /* what the next tick should start with */
    int64_t uncapped_bytes;   /* the same without regard to the burst */
    int64_t backlog_bytes;    /* at the end of the last row */
    int64_t total_bytes;
    int64_t lowest_bytes;
    bool is_disturbed; /* by any event so far */
    struct tick_events events;
    struct bucket_windows windows;
};

struct verified_buckets {
    int64_t open_tick;
    int64_t overdraft_bytes;           /* how far below 0 a charge may take a bucket */
    int64_t effective_min_share_bytes; /* in force */
    struct verified_bucket buckets[SHAPER_DIRECTIONS];
};

static struct verified_buckets *buckets_of(const struct verification *v,
                                           const struct verified_group *group)
{
    return &v->buckets[group->index];
}

static const struct verified_bucket *bucket_of(const struct verification *v,
                                               const struct verified_group *group, int d)
{
    return &v->buckets[group->index].buckets[d];
}

/* libevent's refill. The subtraction is unsigned: above the burst, after a credit, it wraps, and
 * the bucket grows by the rate without limit. */
static int64_t refilled(const struct verified_bucket *bucket, int64_t level_bytes)
{
    uint64_t missing = (uint64_t)bucket->burst_bytes - (uint64_t)level_bytes;

    return missing < (uint64_t)bucket->rate_bytes ? bucket->burst_bytes
                                                  : level_bytes + bucket->rate_bytes;
}

/* --- opening --------------------------------------------------------------------------------- */

static int64_t first_overdraft_bytes(const struct verification *v,
                                     const struct verified_group *group)
{
    int64_t effective_min_share_bytes = group->limits->effective_min_share_bytes;

    if (v->is_tls)
        return verify_tls_write_bytes(v->run) - 1 +
               (int64_t)flow_totals_of(v, group)->flows * verify_tls_handshake_bytes(v->run);
    if (v->run->scheduling.scheduler != SHAPER_SCHEDULER_LIBEVENT)
        return 0; /* shaper's own schedulers grant no more than the level */
    return effective_min_share_bytes > 0 ? effective_min_share_bytes - 1 : 0;
}

static void start_bucket(struct verified_bucket *bucket, const struct shaper_limit *limit, int d)
{
    bucket->rate_bytes = limit->rate_bytes_per_tick[d];
    bucket->burst_bytes = limit->burst_bytes[d];
    bucket->open_burst_bytes = bucket->burst_bytes;
    bucket->level_bytes = bucket->rate_bytes;
    bucket->uncapped_bytes = bucket->rate_bytes;
    bucket->lowest_bytes = bucket->rate_bytes;
    bucket_windows_init(&bucket->windows, bucket->level_bytes, bucket->burst_bytes);
}

bool buckets_open(struct verification *v)
{
    v->buckets = verify_allocate(v, "ticks.csv", v->group_count, sizeof(*v->buckets));
    if (!v->buckets)
        return false;
    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        if (!group->limits)
            continue;
        v->buckets[i].overdraft_bytes = first_overdraft_bytes(v, group);
        v->buckets[i].effective_min_share_bytes = group->limits->effective_min_share_bytes;
        for (int d = 0; d < SHAPER_DIRECTIONS && group->limits->has_group; d++)
            start_bucket(&v->buckets[i].buckets[d], &group->limits->group, d);
    }
    return true;
}

void buckets_free(struct verification *v)
{
    free(v->buckets);
}

/* --- ticks ----------------------------------------------------------------------------------- */

static void forget_tick(struct verified_bucket *bucket)
{
    bucket->events = (struct tick_events){0};
    bucket->open_burst_bytes = bucket->burst_bytes;
}

int64_t buckets_tick(const struct verification *v, const struct verified_group *group)
{
    return buckets_of(v, group)->open_tick;
}

/* A tick has no row if the bucket was full, nothing passed and no event took from it. */
static bool was_idle(const struct verified_buckets *buckets)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct verified_bucket *bucket = &buckets->buckets[d];
        if (bucket->backlog_bytes > 0 || bucket->events.taken_bytes != 0 ||
            bucket->level_bytes != bucket->burst_bytes)
            return false;
    }
    return true;
}

int64_t buckets_open_tick(struct verification *v, const struct verified_group *group, int64_t tick,
                          const struct csv_reader *reader, int column)
{
    struct verified_buckets *buckets = buckets_of(v, group);
    int64_t left_out = tick - buckets->open_tick;

    if (left_out == 0)
        return 0;
    if (left_out < 0 || !v->run->skip_idle_ticks) {
        verify_equal(v, CHECK_TICKS, reader, column, tick, buckets->open_tick,
                     "ticks follow each other, one by one");
        return 0;
    }
    if (!v->is_real && !was_idle(buckets))
        verify_equal(v, CHECK_TICKS, reader, column, tick, buckets->open_tick,
                     "only idle ticks have no row, and something waited or a bucket filled up");
    buckets->open_tick = tick;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &buckets->buckets[d];
        if (bucket->events.has_reset) /* in a tick in which nothing passed */
            bucket->total_bytes = 0;
        bucket_windows_fill(&bucket->windows, bucket->rate_bytes, left_out);
        forget_tick(bucket);
    }
    return left_out;
}

/* --- a row ----------------------------------------------------------------------------------- */

/* Whether --at gives a flow a per-flow limit, or moves one that may have the limit of its group. */
static bool may_bring_per_flow(const struct verification *v, const struct run_event *event)
{
    bool has_per_flow = event->kind == EVENT_FLOW_LIMIT;

    for (size_t g = 0; g < v->run->groups && event->kind == EVENT_FLOW_JOIN; g++)
        has_per_flow |= v->run->limits[g].has_per_flow;
    return has_per_flow;
}

/* With TLS, what a per-flow bucket releases can be charged before the refill at the same time. */
static bool may_be_early(const struct verification *v, const struct verified_group *group)
{
    bool has_per_flow = group->limits->has_per_flow;

    for (size_t i = 0; i < v->run->event_count && v->is_tls; i++)
        has_per_flow |= may_bring_per_flow(v, &v->run->events[i]);
    return v->is_tls && has_per_flow;
}

static void check_levels(struct verification *v, const struct verified_group *group,
                         const struct verified_bucket *bucket,
                         const struct verified_bucket_row *row)
{
    bool is_early = may_be_early(v, group) && row->start_bytes > bucket->level_bytes &&
                    row->start_bytes <= bucket->uncapped_bytes;

    if (!is_early)
        verify_equal(v, CHECK_BUCKETS, row->reader, row->start_column, row->start_bytes,
                     bucket->level_bytes, "start = min(burst, end of the tick before + rate)");
    verify_equal(v, CHECK_BUCKETS, row->reader, row->end_column, row->end_bytes,
                 row->start_bytes - row->bytes - bucket->events.taken_bytes,
                 "end = start - bytes - what events took");
    if (bucket->events.has_any)
        verify_true(v, CHECK_EVENTS, row->reader, row->bytes_column,
                    bucket->events.passed_level_bytes <= row->start_bytes &&
                        bucket->events.passed_level_bytes >= row->start_bytes - row->bytes,
                    "the levels in events.csv are between this tick's start and end");
}

static void check_bounds(struct verification *v, const struct verified_group *group,
                         const struct verified_bucket *bucket,
                         const struct verified_bucket_row *row)
{
    int64_t most = max_i64(bucket->open_burst_bytes, bucket->level_bytes);
    int64_t overdraft_bytes = buckets_of(v, group)->overdraft_bytes;
    int64_t least = min_i64(-overdraft_bytes, row->start_bytes) -
                    max_i64(bucket->events.taken_bytes + bucket->events.credit_bytes, 0);

    if (may_be_early(v, group))
        most = max_i64(most, bucket->uncapped_bytes);
    if (v->is_tls)
        least -= overdraft_bytes;
    verify_true(v, CHECK_BUCKET_BOUNDS, row->reader, row->start_column, row->start_bytes <= most,
                "a bucket never holds more than its burst unless it was given back too much");
    verify_true(v, CHECK_BUCKET_BOUNDS, row->reader, row->end_column, row->end_bytes >= least,
                v->is_tls ? "a record and handshakes overdraw a bucket at most"
                          : "one flow overdraws a bucket, by min-share - 1 at most");
}

static void check_total(struct verification *v, struct verified_bucket *bucket,
                        const struct verified_bucket_row *row)
{
    int64_t total_bytes = bucket->total_bytes + row->bytes;

    if (bucket->events.has_reset)
        total_bytes = row->bytes - (row->start_bytes - bucket->events.reset_level_bytes);
    verify_equal(v, CHECK_TOTALS, row->reader, row->total_column, row->total_bytes, total_bytes,
                 bucket->events.has_reset ? "it counts from the reset on"
                                          : "total before + the tick's bytes");
    bucket->total_bytes = row->total_bytes;
}

void buckets_check_row(struct verification *v, const struct verified_group *group, int direction,
                       const struct verified_bucket_row *row)
{
    struct verified_bucket *bucket = &buckets_of(v, group)->buckets[direction];
    bool has_bucket = group->limits->has_group;

    if (!v->is_real && has_bucket) {
        check_levels(v, group, bucket, row);
        check_bounds(v, group, bucket, row);
    }
    check_total(v, bucket, row);
    bucket_windows_take(&bucket->windows, row->bytes, bucket->events.credit_bytes,
                        row->start_bytes);
    bucket->lowest_bytes = min_i64(bucket->lowest_bytes, row->end_bytes);
    if (has_bucket) {
        bucket->level_bytes = refilled(bucket, row->end_bytes);
        bucket->uncapped_bytes = row->end_bytes + bucket->rate_bytes;
    }
}

void buckets_close_tick(struct verification *v, const struct verified_group *group,
                        const int64_t backlog_bytes[SHAPER_DIRECTIONS])
{
    struct verified_buckets *buckets = buckets_of(v, group);

    buckets->open_tick++;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &buckets->buckets[d];
        bucket->backlog_bytes = backlog_bytes[d];
        bucket_windows_fill(&bucket->windows, bucket->rate_bytes, 1);
        forget_tick(bucket);
    }
}

/* --- what is in force ------------------------------------------------------------------------ */

bool buckets_limit(const struct verification *v, const struct verified_group *group,
                   struct shaper_limit *limit)
{
    if (!group->limits->has_group)
        return false;
    limit->tick_ms = group->limits->tick_ms;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limit->rate_bytes_per_tick[d] = bucket_of(v, group, d)->rate_bytes;
        limit->burst_bytes[d] = bucket_of(v, group, d)->burst_bytes;
    }
    return true;
}

int64_t buckets_effective_min_share_bytes(const struct verification *v,
                                          const struct verified_group *group)
{
    return buckets_of(v, group)->effective_min_share_bytes;
}

int64_t buckets_level_bytes(const struct verification *v, const struct verified_group *group, int d)
{
    return bucket_of(v, group, d)->level_bytes;
}

int64_t buckets_taken_bytes(const struct verification *v, const struct verified_group *group, int d)
{
    return bucket_of(v, group, d)->events.taken_bytes;
}

int64_t buckets_sigma_bytes(const struct verification *v, const struct verified_group *group, int d)
{
    return bucket_of(v, group, d)->windows.sigma_max_bytes;
}

/* --- events ---------------------------------------------------------------------------------- */

void buckets_set_limit(struct verification *v, const struct verified_group *group,
                       const struct shaper_limit *limit, int64_t min_share_bytes)
{
    struct verified_buckets *buckets = buckets_of(v, group);

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct verified_bucket *bucket = &buckets->buckets[d];
        bucket->rate_bytes = limit->rate_bytes_per_tick[d];
        bucket->burst_bytes = limit->burst_bytes[d];
        bucket->windows.depth_bytes = max_i64(bucket->windows.depth_bytes, bucket->burst_bytes);
    }
    buckets->effective_min_share_bytes = shaper_limit_min_share(limit, min_share_bytes);
    if (v->run->scheduling.scheduler == SHAPER_SCHEDULER_LIBEVENT)
        buckets->overdraft_bytes =
            max_i64(buckets->overdraft_bytes, buckets->effective_min_share_bytes - 1);
}

void buckets_set_initial(struct verification *v, const struct verified_group *group, int d,
                         int64_t level_bytes)
{
    struct verified_bucket *bucket = &buckets_of(v, group)->buckets[d];

    bucket->level_bytes = level_bytes;
    bucket->uncapped_bytes = level_bytes;
    bucket->lowest_bytes = level_bytes;
    bucket->windows.initial_bytes = level_bytes;
}

bool buckets_note_event(struct verification *v, const struct verified_group *group, int d,
                        const struct bucket_event *event)
{
    struct verified_bucket *bucket = &buckets_of(v, group)->buckets[d];
    struct tick_events *events = &bucket->events;
    int64_t level_bytes = event->before_bytes + events->taken_bytes;
    int64_t taken_bytes = event->before_bytes - event->after_bytes;
    bool fits = !events->has_any || level_bytes <= events->passed_level_bytes;

    events->passed_level_bytes = level_bytes;
    events->has_any = true;
    if (!event->touches)
        return fits;
    bucket->is_disturbed = true;
    events->taken_bytes += taken_bytes;
    if (taken_bytes < 0)
        events->credit_bytes -= taken_bytes;
    if (event->resets) {
        events->has_reset = true;
        events->reset_level_bytes = level_bytes;
    }
    return fits;
}

/* --- the end --------------------------------------------------------------------------------- */

static void check_lowest(struct verification *v, const struct verified_group *group, int d,
                         const char *subject)
{
    const struct verified_bucket *bucket = bucket_of(v, group, d);
    int64_t overdraft = buckets_of(v, group)->overdraft_bytes;

    if (!bucket->is_disturbed &&
        !check_at_least(v->checks, CHECK_BUCKET_BOUNDS, (double)bucket->lowest_bytes,
                        (double)-overdraft, "B", subject))
        check_fails(v->checks, CHECK_BUCKET_BOUNDS,
                    "ticks.csv: %s_bucket_end_bytes of group %s: falls to %" PRId64
                    ", below -%" PRId64,
                    verify_direction(d), group->name, bucket->lowest_bytes, overdraft);
}

static void check_windows(struct verification *v, const struct verified_group *group, int d,
                          const char *subject)
{
    const struct bucket_windows *windows = &bucket_of(v, group, d)->windows;
    int64_t overdraft = buckets_of(v, group)->overdraft_bytes;
    int64_t bound = windows->depth_bytes + overdraft;

    if (!check_at_most(v->checks, CHECK_WINDOWS, (double)windows->window_max_bytes, (double)bound,
                       "B", subject))
        check_fails(v->checks, CHECK_WINDOWS,
                    "ticks.csv: %s of group %s: some k ticks carry %" PRId64
                    " B beyond rate x (k - 1), more than burst + overdraft, %" PRId64,
                    verify_byte_column(d), group->name, windows->window_max_bytes, bound);
    bound = windows->initial_bytes + overdraft;
    if (!check_at_most(v->checks, CHECK_FROM_START, (double)windows->excess_max_bytes,
                       (double)bound, "B", subject))
        check_fails(v->checks, CHECK_FROM_START,
                    "ticks.csv: %s of group %s: the first K ticks carry %" PRId64
                    " B beyond rate x (K - 1), more than the first level + overdraft, %" PRId64,
                    verify_byte_column(d), group->name, windows->excess_max_bytes, bound);
}

void buckets_finish(struct verification *v, const struct verified_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char subject[64];
        if (!group->limits || !group->limits->has_group || v->is_real)
            continue;
        snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_direction(d));
        check_lowest(v, group, d, subject);
        check_windows(v, group, d, subject);
    }
}
