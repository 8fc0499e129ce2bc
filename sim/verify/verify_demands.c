#include "sim/verify/verify_demands.h"

#include <inttypes.h>

#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_rows.h"

/* Whether a direction has a limit that is a limit. */
static bool is_limited(const struct verified_group *group, int d)
{
    return group->limits && group->limits->has_group &&
           group->limits->group.rate_bytes_per_tick[d] < SHAPER_LIMIT_MAX_BYTES;
}

static void demand_jain(struct verification *v, const struct verified_group *group, json_t *object,
                        const char *subject, int d)
{
    json_t *headline = json_object_get(json_object_get(object, "fairness"), "headline");
    json_t *jain = json_object_get(headline, "mean");
    double least = (double)v->config->min_jain_millionths / 1e6;

    if (json_is_number(jain) &&
        !check_at_least(v->checks, CHECK_MIN_JAIN, json_number_value(jain), least, "", subject))
        check_fails(v->checks, CHECK_MIN_JAIN,
                    "summary.json: group %s: %s: jain: %.15g over contended windows of %.6f s is "
                    "below the %.15g demanded",
                    group->name, verify_direction(d), json_number_value(jain),
                    json_number_value(json_object_get(headline, "window_s")), least);
}

static void demand_delay(struct verification *v, const struct verified_group *group, json_t *object,
                         const char *subject, int d)
{
    int64_t us = verify_summary_time_us(object, "delay_p99_s"),
            most_us = v->config->max_p99_delay_us;

    if (us >= 0 && !check_at_most(v->checks, CHECK_MAX_P99_DELAY, (double)us / 1e6,
                                  (double)most_us / 1e6, "s", subject))
        check_fails(v->checks, CHECK_MAX_P99_DELAY,
                    "summary.json: group %s: %s: delay_p99_s: %.6f s is above the %.6f s demanded",
                    group->name, verify_direction(d), (double)us / 1e6, (double)most_us / 1e6);
}

static void demand_burst(struct verification *v, const struct verified_group *group,
                         const char *subject, int d)
{
    int64_t sigma = buckets_sigma_bytes(v, group, d), most = v->config->max_burst_bytes;

    if (is_limited(group, d) &&
        !check_at_most(v->checks, CHECK_MAX_BURST, (double)sigma, (double)most, "B", subject))
        check_fails(v->checks, CHECK_MAX_BURST,
                    "ticks.csv: %s of group %s: a burst of %" PRId64
                    " B at the group's rate is above the %" PRId64 " B demanded",
                    verify_byte_column(d), group->name, sigma, most);
}

/* Of the direction that is used more: nobody expects both to be busy. */
static void demand_utilisation(struct verification *v, const struct verified_group *group)
{
    const struct tick_totals *totals = tick_totals_of(v, group);
    double least = (double)v->config->min_utilisation_millionths / 1e6, most_used = -1;
    int64_t ticks = v->is_real ? (int64_t)totals->rows : v->end_us / group->tick_us + 1;
    char subject[64];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        double used = 100.0 * (double)totals->charged_bytes[d] /
                      ((double)group->limits->group.rate_bytes_per_tick[d] * (double)ticks);
        if (!is_limited(group, d) || used <= most_used)
            continue;
        most_used = used;
        snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_direction(d));
    }
    if (most_used >= 0 &&
        !check_at_least(v->checks, CHECK_MIN_UTILISATION, most_used, least, "%", subject))
        check_fails(v->checks, CHECK_MIN_UTILISATION,
                    "ticks.csv: group %s carries %.15g %% of its rate, below the %.15g %% demanded",
                    group->name, most_used, least);
}

/* A demand that nothing was held against is not one that holds. */
static void say_if_unused(struct verification *v, enum check check, bool is_demanded)
{
    if (is_demanded)
        check_is_skipped(v->checks, check,
                         v->checks->results[check].comparisons ? "" : "no group has such a figure");
}

void verify_demands(struct verification *v)
{
    const struct verify_config *config = v->config;

    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            json_t *object = json_object_get(group->summary, verify_direction(d));
            char subject[64];
            snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_direction(d));
            if (config->has_min_jain)
                demand_jain(v, group, object, subject, d);
            if (config->has_max_p99_delay)
                demand_delay(v, group, object, subject, d);
            if (config->has_max_burst)
                demand_burst(v, group, subject, d);
        }
        if (config->has_min_utilisation && group->limits && group->limits->has_group)
            demand_utilisation(v, group);
    }
    say_if_unused(v, CHECK_MIN_JAIN, config->has_min_jain);
    say_if_unused(v, CHECK_MAX_P99_DELAY, config->has_max_p99_delay);
    say_if_unused(v, CHECK_MAX_BURST, config->has_max_burst);
    say_if_unused(v, CHECK_MIN_UTILISATION, config->has_min_utilisation);
}
