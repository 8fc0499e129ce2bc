#include "sim/account/run_figures.h"

#include "sim/base/numbers.h"
#include "sim/metrics/fairness.h"
#include "sim/metrics/group_metrics.h"

#define P99_PER_MILLE 990

struct run_losses run_losses(const struct outcome *outcome, const struct group_totals *group,
                             enum shaper_direction direction)
{
    uint64_t offered = group->offered_bytes[direction];
    uint64_t delivered = group->delivered_bytes[direction];
    struct run_losses losses = {.undelivered_bytes = offered - delivered,
                                .knows_unoffered = !outcome->uncounted,
                                .unoffered_bytes = group->unoffered_bytes[direction]};
    uint64_t of_trace = offered + losses.unoffered_bytes;

    losses.has_percent = losses.knows_unoffered && of_trace > 0;
    if (losses.has_percent)
        losses.delivered_percent = 100 * (double)delivered / (double)of_trace;
    return losses;
}

double run_utilisation(const struct group_totals *group, enum shaper_direction direction)
{
    double tokens =
        (double)group->limits->group.rate_bytes_per_tick[direction] * (double)group->ticks;

    return (double)group->charged_bytes[direction] / tokens;
}

double run_grants_per_mb(const struct group_totals *group, enum shaper_direction direction)
{
    return (double)group->metrics->buckets[direction].grants * 1e6 /
           (double)group->delivered_bytes[direction];
}

const struct delay_histogram *run_behind(const struct run_config *config,
                                         const struct group_totals *group,
                                         enum shaper_direction direction)
{
    return config->is_closed_loop ? &group->behind[direction] : &group->delays[direction];
}

int64_t run_longest_delay_p99_us(const struct group_totals *group)
{
    int64_t longest_us = -1;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        longest_us =
            max_i64(longest_us, delay_histogram_percentile_us(&group->delays[d], P99_PER_MILLE));
    return longest_us;
}

bool run_completion_outgrows_delay(const struct group_totals *group)
{
    const struct completion_times *completion = &group->completion;
    int64_t captured_us = captured_times_percentile_us(&completion->captured, P99_PER_MILLE);
    int64_t delay_us = run_longest_delay_p99_us(group);

    if (!group->limits || captured_us == TIME_NONE || delay_us < 0)
        return false;
    int64_t two_ticks_us = 2 * group->limits->tick_ms * 1000;
    return delay_us <= two_ticks_us &&
           waiting_times_percentile(&completion->completion, P99_PER_MILLE) >
               captured_us + max_i64(captured_us / 10, two_ticks_us);
}

static struct run_fairness fairness_of(const struct group_totals *group,
                                       enum shaper_direction direction)
{
    struct run_fairness fairness = {.windows = 0};

    if (!group->metrics || !group->limits)
        return fairness;
    const struct fairness_result result = fairness_result(group->metrics->fairness[direction]);
    int64_t tick_us = group->limits->tick_ms * 1000;
    const struct fairness_scale headline = fairness_headline(&result, tick_us);
    fairness.window_us = headline.ticks * tick_us;
    if (headline.windows == 0)
        return fairness;
    fairness.windows = headline.windows;
    fairness.mean = headline.jain_sum / (double)headline.windows;
    fairness.least = headline.jain_min;
    return fairness;
}

static void add_limit(struct run_figures *figures, const struct group_totals *group)
{
    const struct group_limits *limits = group->limits;
    enum shaper_direction d = figures->direction;

    if (!limits || !limits->has_group ||
        limits->group.rate_bytes_per_tick[d] >= SHAPER_LIMIT_MAX_BYTES)
        return;
    figures->limit = &limits->group;
    figures->rate_unit = limits->rate_units[d];
    figures->has_utilisation = group->ticks > 0;
    if (figures->has_utilisation)
        figures->utilisation = run_utilisation(group, d);
}

struct run_figures run_figures_of(const struct outcome *outcome, size_t index,
                                  enum shaper_direction direction)
{
    const struct group_totals *group = outcome->groups[index];
    const struct delay_histogram *delays = &group->delays[direction];
    uint64_t delivered = group->delivered_bytes[direction];
    struct run_figures figures = {
        .group = group->name,
        .direction = direction,
        .flows = group->flows,
        .delivered_bytes = delivered,
        .losses = run_losses(outcome, group, direction),
        .delay_p50_us = delays->packets > 0 ? delay_histogram_percentile_us(delays, 500) : -1,
        .delay_p99_us = delays->packets > 0 ? delay_histogram_percentile_us(delays, 990) : -1,
        .delay_max_us = delays->packets > 0 ? delays->max_us : -1,
        .fairness = fairness_of(group, direction),
        .has_grants = group->metrics && group->limits && delivered > 0};

    add_limit(&figures, group);
    if (figures.has_grants)
        figures.grants_per_mb = run_grants_per_mb(group, direction);
    return figures;
}
