#include "sim/verify/verify_per_flow_buckets.h"

#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/verify/verify_tls.h"

/* Decrements of a flow's bucket since the flow's last row. */
struct taken {
    bool has_any;
    struct per_flow_decrement first, last;
    int64_t bytes[SHAPER_DIRECTIONS];
};

/* Of a flow. */
struct verified_per_flow {
    const struct shaper_limit *limit;
    int64_t set_us;  /* -1: not since the flow's last row */
    bool is_unknown; /* it was in a group without rows */
    bool was_decremented;
    int64_t level_bytes[SHAPER_DIRECTIONS];
    struct taken taken;
};

bool per_flow_open(struct verification *v)
{
    v->per_flow = verify_allocate(v, "flow_ticks.csv", verify_flow_count(v), sizeof(*v->per_flow));
    if (!v->per_flow)
        return false;
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next) {
        const struct group_limits *limits = flow->group->limits;
        v->per_flow[flow->index] = (struct verified_per_flow){
            .limit = limits && limits->has_per_flow ? &limits->per_flow : NULL, .set_us = -1};
    }
    return true;
}

void per_flow_free(struct verification *v)
{
    free(v->per_flow);
}

const struct shaper_limit *per_flow_limit(const struct verification *v,
                                          const struct verified_flow *flow)
{
    return v->per_flow[flow->index].limit;
}

void per_flow_set_limit(struct verification *v, const struct verified_flow *flow,
                        const struct shaper_limit *limit, int64_t time_us)
{
    v->per_flow[flow->index].limit = limit;
    v->per_flow[flow->index].set_us = time_us;
    v->per_flow[flow->index].taken.has_any = false;
}

int64_t per_flow_fresh_bytes(const struct verification *v, const struct shaper_limit *per_flow,
                             int d)
{
    const struct initial_tokens *tokens = &v->run->initial_tokens;

    if (!tokens->is_given || tokens->kind == INITIAL_TOKENS_TICK)
        return per_flow->rate_bytes_per_tick[d];
    return tokens->kind == INITIAL_TOKENS_BURST ? per_flow->burst_bytes[d] : tokens->bytes;
}

/* Above its burst, which --initial-tokens allows, a bucket grows without limit. */
bool per_flow_level_fits(const struct verification *v, const struct verified_flow *flow,
                         const struct shaper_limit *per_flow, int d, int64_t level_bytes)
{
    int64_t least =
        v->is_tls ? 1 - verify_tls_write_bytes(v->run) - verify_tls_handshake_bytes(v->run) : 0;

    if (v->per_flow[flow->index].was_decremented)
        return true;
    return level_bytes >= least &&
           (level_bytes <= per_flow->burst_bytes[d] ||
            per_flow_fresh_bytes(v, per_flow, d) > per_flow->burst_bytes[d]);
}

/* libevent's refill, min(burst, level + rate x ticks), without overflow; above the burst without
 * limit. */
static int64_t filled(const struct shaper_limit *per_flow, int d, int64_t level_bytes,
                      int64_t ticks)
{
    int64_t bytes;

    if (__builtin_mul_overflow(per_flow->rate_bytes_per_tick[d], ticks, &bytes) ||
        __builtin_add_overflow(bytes, level_bytes, &bytes))
        return level_bytes > per_flow->burst_bytes[d] ? INT64_MAX : per_flow->burst_bytes[d];
    return level_bytes > per_flow->burst_bytes[d] ? bytes
                                                  : min_i64(per_flow->burst_bytes[d], bytes);
}

static int64_t ticks_between(const struct shaper_limit *per_flow, int64_t from_us, int64_t to_us)
{
    int64_t tick_us = per_flow->tick_ms * 1000;

    return to_us / tick_us - from_us / tick_us;
}

bool per_flow_take(struct verification *v, const struct verified_flow *flow,
                   const struct per_flow_decrement *decrement)
{
    struct verified_per_flow *present = &v->per_flow[flow->index];
    struct taken *taken = &present->taken;
    bool fits = true;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (!taken->has_any)
            taken->bytes[d] = 0;
        else if (decrement->before_bytes[d] >
                 filled(present->limit, d, taken->last.after_bytes[d],
                        ticks_between(present->limit, taken->last.time_us, decrement->time_us)))
            fits = false;
        taken->bytes[d] += decrement->before_bytes[d] - decrement->after_bytes[d];
    }
    if (!taken->has_any)
        taken->first = *decrement;
    taken->last = *decrement;
    taken->has_any = true;
    present->was_decremented = true;
    return fits || v->is_real || verify_close_may_return(flow->close);
}

/* The bucket before the row's tick, and the most refills since. */
struct per_flow_before {
    int64_t level_bytes;
    int64_t ticks;
    bool is_exact; /* the order of refills and bytes does not matter */
};

static struct per_flow_before before_row(const struct verification *v,
                                         const struct verified_per_flow_row *row, int d)
{
    const struct verified_flow *flow = row->flow;
    const struct verified_per_flow *present = &v->per_flow[flow->index];
    const struct shaper_limit *per_flow = row->limit;
    int64_t per_flow_tick_us = per_flow->tick_ms * 1000;
    int64_t start_us = row->tick * row->tick_us;
    int64_t at_us = min_i64(start_us + row->tick_us - 1, flow->end_us);
    int64_t from_us = max_i64(start_us, flow->start_us);
    struct per_flow_before before = {.is_exact =
                                         at_us / per_flow_tick_us == from_us / per_flow_tick_us};

    if (present->set_us >= 0) {
        before.level_bytes = per_flow->rate_bytes_per_tick[d];
        before.ticks = at_us / per_flow_tick_us - present->set_us / per_flow_tick_us;
        before.is_exact = false;
    } else if (row->last_tick >= 0) { /* ticks without rows can be between them */
        before.level_bytes = present->level_bytes[d];
        before.ticks =
            at_us / per_flow_tick_us - ((row->last_tick + 1) * row->tick_us - 1) / per_flow_tick_us;
    } else {
        before.level_bytes = per_flow_fresh_bytes(v, per_flow, d);
        before.ticks = at_us / per_flow_tick_us - flow->start_us / per_flow_tick_us;
    }
    return before;
}

static int64_t ticks_after_decrement(const struct verification *v,
                                     const struct verified_per_flow_row *row)
{
    int64_t end_us = min_i64((row->tick + 1) * row->tick_us - 1, row->flow->end_us);

    return ticks_between(row->limit, v->per_flow[row->flow->index].taken.last.time_us, end_us);
}

/* After the last decrement no more passes than in the whole tick, before or after the refills. */
static int64_t least_after_decrement(const struct verification *v,
                                     const struct verified_per_flow_row *row, int d)
{
    int64_t after = v->per_flow[row->flow->index].taken.last.after_bytes[d];
    int64_t ticks = ticks_after_decrement(v, row);

    return min_i64(filled(row->limit, d, after, ticks) - row->bytes[d],
                   filled(row->limit, d, after - row->bytes[d], ticks));
}

static int64_t most_after_decrement(const struct verification *v,
                                    const struct verified_per_flow_row *row, int d)
{
    return filled(row->limit, d, v->per_flow[row->flow->index].taken.last.after_bytes[d],
                  ticks_after_decrement(v, row));
}

/* Until the tick's first decrement, at most the tick's bytes have passed. */
static void check_first_decrement(struct verification *v, const struct verified_per_flow_row *row,
                                  int d, int64_t least_bytes)
{
    int64_t before = v->per_flow[row->flow->index].taken.first.before_bytes[d];

    verify_true(v, CHECK_OWN_BUCKETS, row->reader, row->columns[d],
                before >= least_bytes && before <= least_bytes + row->bytes[d],
                "the bucket before the decrement of events.csv, less the tick's bytes");
}

/* Refills come at whole ticks of the per-flow limit; where one falls inside a tick of the group, it
 * can have come before or after the tick's bytes. */
void per_flow_check(struct verification *v, const struct verified_per_flow_row *row, int d)
{
    const struct per_flow_before before = before_row(v, row, d);
    const struct verified_per_flow *present = &v->per_flow[row->flow->index];
    const struct shaper_limit *per_flow = row->limit;
    int64_t least = filled(per_flow, d, before.level_bytes, before.ticks) - row->bytes[d];
    int64_t most = filled(per_flow, d, before.level_bytes - row->bytes[d], before.ticks);
    int64_t level = row->level_bytes[d];
    /* A handshake does not wait for the bucket, which may not be refilled yet when it is charged.
     */
    bool may_shake_hands = v->is_tls && row->last_tick >= 0 &&
                           row->charged_before_bytes[d] < verify_tls_handshake_bytes(v->run);
    bool is_exact = before.is_exact && !may_shake_hands;

    verify_true(v, CHECK_OWN_BUCKETS, row->reader, row->columns[d],
                per_flow_level_fits(v, row->flow, per_flow, d, level),
                "a per-flow bucket holds its burst at most, and is not overdrawn (but by TLS)");
    if (present->is_unknown || row->is_leaving)
        return;
    if (present->set_us >= 0) { /* bytes before it were charged to the old bucket */
        least = min_i64(least, before.level_bytes - row->bytes[d]);
        most = filled(per_flow, d, before.level_bytes, before.ticks);
    }
    if (present->taken.has_any) {
        is_exact = is_exact && present->taken.first.time_us >= row->tick * row->tick_us;
        if (is_exact)
            check_first_decrement(v, row, d, least);
        least = is_exact ? least - present->taken.bytes[d] : least_after_decrement(v, row, d);
        most = most_after_decrement(v, row, d);
    }
    if (level != least && row->may_have_come_back) { /* or not */
        int64_t fresh = per_flow_fresh_bytes(v, per_flow, d);
        least = min_i64(least, fresh - row->bytes[d]);
        most = max_i64(most, filled(per_flow, d, fresh, before.ticks));
        is_exact = false;
    }
    if (is_exact)
        verify_equal(v, CHECK_OWN_BUCKETS, row->reader, row->columns[d], level, least,
                     "min(burst, before + rate x ticks) - bytes");
    else
        verify_true(v, CHECK_OWN_BUCKETS, row->reader, row->columns[d],
                    level >= least && level <= most,
                    "min(burst, before + rate x ticks) - bytes, in any order");
}

void per_flow_end_row(struct verification *v, const struct verified_flow *flow,
                      const int64_t level_bytes[SHAPER_DIRECTIONS], bool is_leaving)
{
    struct verified_per_flow *present = &v->per_flow[flow->index];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        present->level_bytes[d] = level_bytes[d];
    present->is_unknown = is_leaving;
    present->set_us = -1;
    present->taken.has_any = false;
}
