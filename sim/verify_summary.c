/* What summary.json says a run came to, recomputed from its files, and what the caller demands. */
#include "sim/verify_internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void expect_integer(struct verification *v, json_t *object, const char *of, const char *key,
                           int64_t expected)
{
    json_t *value = json_object_get(object, key);

    if (json_is_integer(value) && json_integer_value(value) == expected)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: %s: %lld, but %" PRId64 " expected by the CSV files", of,
                    key, (long long)json_integer_value(value), expected);
}

static void expect_range(struct verification *v, json_t *object, const char *of, const char *key,
                         double least, double most)
{
    json_t *value = json_object_get(object, key);
    double number = json_number_value(value);

    if (json_is_number(value) && number >= least && number <= most)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: %s: %.15g, but from %.15g to %.15g expected", of, key,
                    number, least, most);
}

static int64_t time_us(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_number(value) ? llround(json_number_value(value) * 1e6) : -1;
}

/* A percentile of a group lies between those of its flows; where it is rounded up, by 1/128 at most
 * (sim/delays.h). The largest is the largest. */
static void check_delays(struct verification *v, const struct verified_group *group, json_t *object,
                         const char *of, int d)
{
    static const char *const keys[] = {"delay_p50_s", "delay_p99_s", "delay_max_s"};
    int64_t us[3];

    for (int i = 0; i < 3; i++) {
        int64_t least = group->least_delay_us[d][i], most = group->most_delay_us[d][i];
        us[i] = time_us(object, keys[i]);
        if (most >= 0 && i < 2)
            most += most / 128 + 1;
        if (i == 2)
            least = most;
        if (us[i] < least || us[i] > most || (i > 0 && us[i] < us[i - 1]))
            check_fails(v->checks, CHECK_SUMMARY,
                        "summary.json: %s: %s: %.6f s, but the flows of flows.csv have from %.6f "
                        "to %.6f s",
                        of, keys[i], (double)us[i] / 1e6, (double)least / 1e6, (double)most / 1e6);
        check_holds(v->checks, CHECK_SUMMARY);
    }
}

static void check_utilisation(struct verification *v, const struct verified_group *group,
                              json_t *object, const char *of, int d, int64_t ticks)
{
    json_t *value = json_object_get(object, "utilisation");
    char found[32] = "null", expected[32] = "null";

    if (json_is_number(value))
        snprintf(found, sizeof(found), "%.15g", json_number_value(value));
    if (group->limits && group->limits->has_group && ticks > 0)
        snprintf(expected, sizeof(expected), "%.15g",
                 (double)group->buckets[d].charged_bytes /
                     ((double)group->limits->group.rate_bytes_per_tick[d] * (double)ticks));
    if (strcmp(found, expected) == 0)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: utilisation: %s, but %s expected: charged / (rate x ticks)",
                    of, found, expected);
}

static void check_charged(struct verification *v, const struct verified_group *group,
                          json_t *object, const char *of, int d)
{
    int64_t handshakes = json_integer_value(json_object_get(object, "handshake_bytes"));
    int64_t charged = json_integer_value(json_object_get(object, "charged_bytes"));

    if (!group->limits) {
        expect_range(v, object, of, "charged_bytes", 0, 9e18);
        return;
    }
    expect_integer(v, object, of, "charged_bytes", group->buckets[d].charged_bytes);
    expect_range(v, object, of, "handshake_bytes", 0, (double)charged);
    expect_integer(v, object, of, "record_overhead_bytes",
                   charged - handshakes - group->delivered_bytes[d]);
}

/* Jain's index of n flows is from 1/n to 1; null where nobody contended. */
static void check_fairness(struct verification *v, const struct verified_group *group,
                           json_t *object, const char *of, int64_t ticks)
{
    json_t *fairness = json_object_get(object, "fairness");
    int64_t flows = json_integer_value(json_object_get(fairness, "contending_flows"));
    json_t *least = json_object_get(fairness, "jain_one_tick_min");

    if (!fairness)
        return;
    expect_range(v, fairness, of, "contending_flows", 0, (double)group->flows);
    expect_range(v, fairness, of, "contended_ticks", 0, (double)ticks);
    if (json_is_number(json_object_get(fairness, "jain_run")))
        expect_range(v, fairness, of, "jain_run", (1 - 1e-12) / (double)(flows > 0 ? flows : 1),
                     1 + 1e-12);
    if (!json_is_number(least))
        return;
    expect_range(v, fairness, of, "jain_one_tick_min",
                 (1 - 1e-12) / (double)(group->flows > 0 ? group->flows : 1), 1 + 1e-12);
    expect_range(v, fairness, of, "jain_one_tick_mean", json_number_value(least) - 1e-12,
                 1 + 1e-12);
}

static void check_direction(struct verification *v, const struct verified_group *group, int d,
                            int64_t ticks)
{
    const struct verified_bucket *bucket = &group->buckets[d];
    json_t *object = json_object_get(group->summary, verify_directions[d]);
    double most_backlog = (double)group->most_backlog_bytes[d];
    char of[64];

    snprintf(of, sizeof(of), "group %s: %s", group->name, verify_directions[d]);
    expect_integer(v, object, of, "offered_bytes", group->offered_bytes[d]);
    expect_integer(v, object, of, "delivered_bytes", group->delivered_bytes[d]);
    if (v->is_tls)
        check_charged(v, group, object, of, d);
    check_utilisation(v, group, object, of, d, ticks);
    if (group->limits)
        expect_integer(v, object, of, "peak_tick_bytes", bucket->peak_tick_bytes);
    if (group->limits && v->charges_delivered && (double)bucket->most_backlog_bytes < most_backlog)
        most_backlog = (double)bucket->most_backlog_bytes;
    expect_range(v, object, of, "peak_backlog_bytes",
                 fmax((double)bucket->max_backlog_bytes, (double)group->largest_backlog_bytes[d]),
                 most_backlog);
    check_delays(v, group, object, of, d);
    check_fairness(v, group, object, of, ticks);
}

/* The most flows that were open at one instant; they end after others have started there. */
static int64_t most_open(const struct verified_group *group)
{
    int64_t most = 0;
    size_t ended = 0;

    for (size_t begun = 0; begun < group->open_count; begun++) {
        while (ended < group->open_count && group->ends_us[ended] < group->starts_us[begun])
            ended++;
        if ((int64_t)(begun + 1 - ended) > most)
            most = (int64_t)(begun + 1 - ended);
    }
    return most;
}

static void check_group(struct verification *v, const struct verified_group *group)
{
    int64_t ticks = json_integer_value(json_object_get(group->summary, "ticks"));
    char of[64];

    snprintf(of, sizeof(of), "group %s", group->name);
    expect_integer(v, group->summary, of, "flows", (int64_t)group->flows);
    expect_integer(v, group->summary, of, "packets", (int64_t)group->packets);
    if (!group->limits)
        expect_integer(v, group->summary, of, "ticks", 0);
    else if (!v->is_real)
        expect_integer(v, group->summary, of, "ticks", v->end_us / group->tick_us + 1);
    if (group->limits && !v->run->skip_idle_ticks)
        expect_integer(v, group->summary, of, "ticks", (int64_t)group->rows);
    expect_integer(v, group->summary, of, "false_end_of_file_flows", (int64_t)group->false_eofs);
    if (!v->is_real)
        expect_range(v, group->summary, of, "peak_members",
                     group->open_count == group->stay_count ? (double)most_open(group)
                                                            : (double)group->peak_members,
                     (double)most_open(group));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        check_direction(v, group, d, ticks);
}

static void check_trace(struct verification *v)
{
    json_t *trace = json_object_get(v->summary, "trace");
    int64_t flows = 0, packets = 0, bytes = 0, skipped = 0;
    const char *reason;
    json_t *count;

    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        flows += (int64_t)group->flows;
        packets += (int64_t)group->packets;
        bytes += group->offered_bytes[SHAPER_READ] + group->offered_bytes[SHAPER_WRITE];
    }
    json_object_foreach(json_object_get(trace, "skipped_packets"), reason, count)
    {
        skipped += json_integer_value(count);
    }
    expect_integer(v, trace, "trace", "packets",
                   json_integer_value(json_object_get(trace, "replayed_packets")) + skipped);
    if (!v->is_drained) /* the trace was read ahead, or not to its end */
        return;
    expect_integer(v, trace, "trace", "flows", flows);
    expect_integer(v, trace, "trace", "replayed_packets", packets);
    expect_integer(v, trace, "trace", "bytes", bytes);
}

void verify_summary(struct verification *v)
{
    check_trace(v);
    for (size_t i = 0; i < v->group_count; i++)
        check_group(v, &v->groups[i]);
}

/* --- demands --------------------------------------------------------------------------------- */

/* Whether a direction has a limit that is a limit. */
static bool is_limited(const struct verified_group *group, int d)
{
    return group->limits && group->limits->has_group &&
           group->limits->group.rate_bytes_per_tick[d] < SHAPER_LIMIT_MAX_BYTES;
}

static void demand_jain(struct verification *v, const struct verified_group *group, json_t *object,
                        const char *subject, int d)
{
    json_t *jain = json_object_get(json_object_get(object, "fairness"), "jain_run");
    double least = (double)v->config->min_jain_millionths / 1e6;

    if (json_is_number(jain) &&
        !check_at_least(v->checks, CHECK_MIN_JAIN, json_number_value(jain), least, "", subject))
        check_fails(v->checks, CHECK_MIN_JAIN,
                    "summary.json: group %s: %s: jain_run: %.15g is below the %.15g demanded",
                    group->name, verify_directions[d], json_number_value(jain), least);
}

static void demand_delay(struct verification *v, const struct verified_group *group, json_t *object,
                         const char *subject, int d)
{
    int64_t us = time_us(object, "delay_p99_s"), most_us = v->config->max_p99_delay_us;

    if (us >= 0 && !check_at_most(v->checks, CHECK_MAX_P99_DELAY, (double)us / 1e6,
                                  (double)most_us / 1e6, "s", subject))
        check_fails(v->checks, CHECK_MAX_P99_DELAY,
                    "summary.json: group %s: %s: delay_p99_s: %.6f s is above the %.6f s demanded",
                    group->name, verify_directions[d], (double)us / 1e6, (double)most_us / 1e6);
}

static void demand_burst(struct verification *v, const struct verified_group *group,
                         const char *subject, int d)
{
    int64_t sigma = group->buckets[d].sigma_max_bytes, most = v->config->max_burst_bytes;

    if (is_limited(group, d) &&
        !check_at_most(v->checks, CHECK_MAX_BURST, (double)sigma, (double)most, "B", subject))
        check_fails(v->checks, CHECK_MAX_BURST,
                    "ticks.csv: %s of group %s: a burst of %" PRId64
                    " B at the group's rate is above the %" PRId64 " B demanded",
                    verify_byte_columns[d], group->name, sigma, most);
}

/* Of the direction that is used more: nobody expects both to be busy. */
static void demand_utilisation(struct verification *v, const struct verified_group *group)
{
    double least = (double)v->config->min_utilisation_millionths / 1e6, most_used = -1;
    int64_t ticks = v->is_real ? (int64_t)group->rows : v->end_us / group->tick_us + 1;
    char subject[64];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        double used = 100.0 * (double)group->buckets[d].charged_bytes /
                      ((double)group->limits->group.rate_bytes_per_tick[d] * (double)ticks);
        if (!is_limited(group, d) || used <= most_used)
            continue;
        most_used = used;
        snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_directions[d]);
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
            json_t *object = json_object_get(group->summary, verify_directions[d]);
            char subject[64];
            snprintf(subject, sizeof(subject), " (%s %s)", group->name, verify_directions[d]);
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
