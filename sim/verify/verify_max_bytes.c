#include "sim/verify/verify_max_bytes.h"

#include "sim/base/numbers.h"
#include "sim/verify/verify_buckets.h"

bool max_bytes_suspends(const struct verification *v, const struct verified_tick *tick, int d,
                        bool was_suspended)
{
    struct shaper_limit limit;

    if (!buckets_limit(v, tick->group, &limit))
        return false;
    if (tick->start_bytes[d] >= buckets_effective_min_share_bytes(v, tick->group))
        was_suspended = false;
    return was_suspended || tick->start_bytes[d] <= 0 || tick->end_bytes[d] <= 0;
}

/* A credit releases a group between two refills, if it was at 0 or below; TLS charges handshakes
 * before the refill of their instant. */
static bool may_be_released(const struct verification *v, const struct verified_group *group)
{
    const struct run_config *run = v->run;

    for (size_t i = 0; i < run->event_count; i++)
        if (!run_event_is_of_flow(run->events[i].kind) &&
            run->events[i].group_index == (size_t)group->index)
            return true;
    return v->is_tls || run->backgrounds[group->index].is_given[SHAPER_READ] ||
           run->backgrounds[group->index].is_given[SHAPER_WRITE];
}

void max_bytes_check(struct verification *v, const struct verified_tick *tick, int d,
                     bool is_suspended, const struct verified_max_row *row)
{
    int64_t single =
        v->run->max_single_bytes[d] ? v->run->max_single_bytes[d] : SHAPER_WRITE_MAX_BYTES;
    int64_t most = row->per_flow ? max_i64(row->level_bytes, 0) : single;
    int64_t level = tick->end_bytes[d];
    struct shaper_limit limit;
    bool has_group = buckets_limit(v, tick->group, &limit) && tick->members > 0;

    if (has_group)
        most = min_i64(most, max_i64(level / max_i64(tick->members, 1),
                                     buckets_effective_min_share_bytes(v, tick->group)));
    bool may_be_0 = has_group && level > 0 && may_be_released(v, tick->group);

    if (may_be_0 && row->max_bytes == 0)
        return;
    if ((has_group && level <= 0) || (is_suspended && !may_be_released(v, tick->group)))
        most = 0;
    verify_equal(v, CHECK_OWN_BUCKETS, row->reader, row->column, row->max_bytes, most,
                 "min(own bucket or max-single, max(level / members, min-share)), 0 if suspended");
}
