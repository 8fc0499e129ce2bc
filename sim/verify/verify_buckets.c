/* A group's buckets, tick by tick, as libevent's arithmetic has them. */
#include "sim/verify/verification.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/numbers.h"

/* libevent's refill. The subtraction is unsigned: above the burst, after a credit, it wraps, and
 * the bucket grows by the rate without end. */
static int64_t refilled(const struct verified_bucket *bucket, int64_t level_bytes)
{
    uint64_t missing = (uint64_t)bucket->burst_bytes - (uint64_t)level_bytes;

    return missing < (uint64_t)bucket->rate_bytes ? bucket->burst_bytes
                                                  : level_bytes + bucket->rate_bytes;
}

void verified_group_start(struct verification *v, struct verified_group *group)
{
    if (!group->limits)
        return;
    if (v->is_tls)
        group->overdraft_bytes += (int64_t)group->flows * TLS_HANDSHAKE_BYTES;
    for (int d = 0; d < SHAPER_DIRECTIONS && group->limits->has_group; d++) {
        struct verified_bucket *bucket = &group->buckets[d];
        bucket->rate_bytes = group->limits->group.rate_bytes_per_tick[d];
        bucket->burst_bytes = group->limits->group.burst_bytes[d];
        bucket->open_burst_bytes = bucket->burst_bytes;
        bucket->level_bytes = bucket->rate_bytes;
        bucket->uncapped_bytes = bucket->rate_bytes;
        bucket->initial_bytes = bucket->rate_bytes;
        bucket->depth_bytes = bucket->burst_bytes;
        bucket->lowest_bytes = bucket->rate_bytes;
    }
}

static void forget_tick(struct verified_bucket *bucket)
{
    bucket->taken_bytes = 0;
    bucket->credit_bytes = 0;
    bucket->has_event = false;
    bucket->is_reset = false;
    bucket->open_burst_bytes = bucket->burst_bytes;
}

/* So many refills to come: what may pass in a window grows by them. */
static void fill_windows(struct verified_bucket *bucket, int64_t ticks)
{
    int64_t filled_bytes;

    if (__builtin_mul_overflow(bucket->rate_bytes, ticks, &filled_bytes) ||
        filled_bytes > INT64_MAX / 4)
        filled_bytes = INT64_MAX / 4;
    bucket->window_bytes = max_i64(0, bucket->window_bytes - filled_bytes);
    bucket->sigma_bytes = max_i64(0, bucket->sigma_bytes - filled_bytes);
    bucket->excess_bytes = max_i64(bucket->excess_bytes - filled_bytes, -(INT64_MAX / 4));
}

/* Rows are left out where a bucket stood full, nothing passed and nothing took of it. */
static bool was_idle(const struct verified_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct verified_bucket *bucket = &group->buckets[d];
        if (bucket->backlog_bytes > 0 || bucket->taken_bytes != 0 ||
            bucket->level_bytes != bucket->burst_bytes)
            return false;
    }
    return true;
}

void verified_group_open_tick(struct verification *v, struct verified_group *group, int64_t tick,
                              const struct csv_reader *reader, int column)
{
    int64_t left_out = tick - group->open_tick;

    if (left_out == 0)
        return;
    if (left_out < 0 || !v->run->skip_idle_ticks) {
        verify_equal(v, CHECK_TICKS, reader, column, tick, group->open_tick,
                     "ticks follow each other, one by one");
        return;
    }
    if (!v->is_real && !was_idle(group))
        verify_equal(v, CHECK_TICKS, reader, column, tick, group->open_tick,
                     "only idle ticks have no row, and something waited or a bucket filled up");
    recomputed_skip_ticks(v, group, left_out);
    group->open_tick = tick;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (group->buckets[d].is_reset) /* in a tick in which nothing passed */
            group->buckets[d].total_bytes = 0;
        fill_windows(&group->buckets[d], left_out);
        forget_tick(&group->buckets[d]);
    }
}

/* --- a row ----------------------------------------------------------------------------------- */

/* With TLS, what a per-flow bucket releases can be charged at the refill's instant but before it.
 */
static bool may_be_early(const struct verification *v, const struct verified_group *group)
{
    bool has_per_flow = group->limits->has_per_flow;

    for (size_t i = 0; i < v->run->event_count && v->is_tls; i++)
        has_per_flow |= v->run->events[i].kind == EVENT_FLOW_LIMIT;
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
                 row->start_bytes - row->bytes - bucket->taken_bytes,
                 "end = start - bytes - what events took");
    if (bucket->has_event)
        verify_true(v, CHECK_EVENTS, row->reader, row->bytes_column,
                    bucket->passed_level_bytes <= row->start_bytes &&
                        bucket->passed_level_bytes >= row->start_bytes - row->bytes,
                    "the levels in events.csv lie between this tick's start and end");
}

static void check_bounds(struct verification *v, const struct verified_group *group,
                         const struct verified_bucket *bucket,
                         const struct verified_bucket_row *row)
{
    int64_t most = max_i64(bucket->open_burst_bytes, bucket->level_bytes);
    int64_t least = min_i64(-group->overdraft_bytes, row->start_bytes) -
                    max_i64(bucket->taken_bytes + bucket->credit_bytes, 0);

    if (may_be_early(v, group))
        most = max_i64(most, bucket->uncapped_bytes);
    if (v->is_tls)
        least -= group->overdraft_bytes;
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

    if (bucket->is_reset)
        total_bytes = row->bytes - (row->start_bytes - bucket->reset_level_bytes);
    verify_equal(v, CHECK_TOTALS, row->reader, row->total_column, row->total_bytes, total_bytes,
                 bucket->is_reset ? "it counts from the reset on"
                                  : "total before + the tick's bytes");
    bucket->total_bytes = row->total_bytes;
}

static void note_windows(struct verified_bucket *bucket, const struct verified_bucket_row *row)
{
    bucket->window_bytes += row->bytes - bucket->credit_bytes;
    bucket->sigma_bytes += row->bytes;
    bucket->excess_bytes += row->bytes - bucket->credit_bytes;
    bucket->window_max_bytes = max_i64(bucket->window_max_bytes, bucket->window_bytes);
    bucket->sigma_max_bytes = max_i64(bucket->sigma_max_bytes, bucket->sigma_bytes);
    bucket->excess_max_bytes = max_i64(bucket->excess_max_bytes, bucket->excess_bytes);
    bucket->depth_bytes = max_i64(bucket->depth_bytes, row->start_bytes);
    bucket->lowest_bytes = min_i64(bucket->lowest_bytes, row->end_bytes);
}

void verified_bucket_take_row(struct verification *v, struct verified_group *group, int direction,
                              const struct verified_bucket_row *row)
{
    struct verified_bucket *bucket = &group->buckets[direction];
    bool has_bucket = group->limits->has_group;

    if (!v->is_real && has_bucket) {
        check_levels(v, group, bucket, row);
        check_bounds(v, group, bucket, row);
    }
    check_total(v, bucket, row);
    note_windows(bucket, row);
    bucket->charged_bytes += row->bytes;
    bucket->peak_tick_bytes = max_i64(bucket->peak_tick_bytes, row->bytes);
    if (has_bucket) {
        bucket->level_bytes = refilled(bucket, row->end_bytes);
        bucket->uncapped_bytes = row->end_bytes + bucket->rate_bytes;
    }
}

void verified_group_close_tick(struct verified_group *group)
{
    group->last_tick = group->open_tick++;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        fill_windows(&group->buckets[d], 1);
        forget_tick(&group->buckets[d]);
    }
}

/* --- windows of any length ------------------------------------------------------------------- */

void verified_group_finish(struct verification *v, struct verified_group *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct verified_bucket *bucket = &group->buckets[d];
        char subject[64];
        int64_t overdraft = group->overdraft_bytes;
        if (!group->limits || !group->limits->has_group || v->is_real)
            continue;
        snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_directions[d]);
        if (!bucket->is_disturbed &&
            !check_at_least(v->checks, CHECK_BUCKET_BOUNDS, (double)bucket->lowest_bytes,
                            (double)-overdraft, "B", subject))
            check_fails(v->checks, CHECK_BUCKET_BOUNDS,
                        "ticks.csv: %s_bucket_end_bytes of group %s: falls to %" PRId64
                        ", below -%" PRId64,
                        verify_directions[d], group->name, bucket->lowest_bytes, overdraft);
        int64_t bound = bucket->depth_bytes + overdraft;
        if (!check_at_most(v->checks, CHECK_WINDOWS, (double)bucket->window_max_bytes,
                           (double)bound, "B", subject))
            check_fails(v->checks, CHECK_WINDOWS,
                        "ticks.csv: %s of group %s: some k ticks carry %" PRId64
                        " B beyond rate x (k - 1), more than burst + overdraft, %" PRId64,
                        verify_byte_columns[d], group->name, bucket->window_max_bytes, bound);
        bound = bucket->initial_bytes + overdraft;
        if (!check_at_most(v->checks, CHECK_FROM_START, (double)bucket->excess_max_bytes,
                           (double)bound, "B", subject))
            check_fails(v->checks, CHECK_FROM_START,
                        "ticks.csv: %s of group %s: the first K ticks carry %" PRId64
                        " B beyond rate x (K - 1), more than the first level + overdraft, %" PRId64,
                        verify_byte_columns[d], group->name, bucket->excess_max_bytes, bound);
    }
}
