/* What summary.json says a run came to, recomputed from its files, and what the caller demands. */
#include "sim/verify/verification.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/numbers.h"

/* -1: none. */
static int64_t time_us(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    int64_t us;

    return json_is_number(value) && number_round_i64(json_number_value(value) * 1e6, &us) ? us : -1;
}

/* A percentile of a group lies between those of its flows; where it is rounded up, by 1/128 at most
 * (sim/metrics/delays.h). The largest is the largest. */
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
    const struct application_config *application = &v->run->application;
    int64_t handshakes = json_integer_value(json_object_get(object, "handshake_bytes"));
    int64_t charged = json_integer_value(json_object_get(object, "charged_bytes"));
    int64_t below = group->delivered_bytes[d];

    if (application->filter_count > 0)
        below = (int64_t)group->filters[application->filter_count - 1][d].received_before_bytes;
    if (group->limits)
        verify_summary_integer(v, object, of, "charged_bytes", group->buckets[d].charged_bytes);
    else if (!v->is_tls && !group->is_moved)
        verify_summary_range(v, object, of, "charged_bytes", (double)group->least_charged_bytes[d],
                             (double)group->most_charged_bytes[d]);
    else
        verify_summary_range(v, object, of, "charged_bytes", 0, 9e18);
    if (application->flush != SHAPER_FLUSH_NONE && !group->is_moved)
        verify_summary_integer(v, object, of, "flushed_bytes",
                               (int64_t)group->application.flushed_bytes[d]);
    if (!v->is_tls)
        return;
    verify_summary_range(v, object, of, "handshake_bytes", 0, (double)charged);
    if (!group->is_moved)
        verify_summary_integer(v, object, of, "record_overhead_bytes",
                               charged - handshakes - below);
}

static void check_filters(struct verification *v, const struct verified_group *group,
                          json_t *direction, const char *of, int d)
{
    const struct application_config *application = &v->run->application;
    json_t *array = json_object_get(direction, "filters");

    for (size_t i = 0; i < application->filter_count; i++) {
        const struct shaper_filter_counts *counts = &group->filters[i][d];
        json_t *object = json_array_get(array, i);
        json_t *name = json_string(shaper_filter_name(application->filters[i].kind));
        verify_json(v, of, json_object_get(object, "filter"), name);
        json_decref(name);
        verify_summary_integer(v, object, of, "sent_before_bytes",
                               (int64_t)counts->sent_before_bytes);
        verify_summary_integer(v, object, of, "sent_after_bytes",
                               (int64_t)counts->sent_after_bytes);
        verify_summary_integer(v, object, of, "received_before_bytes",
                               (int64_t)counts->received_before_bytes);
        verify_summary_integer(v, object, of, "received_after_bytes",
                               (int64_t)counts->received_after_bytes);
    }
}

static void check_application(struct verification *v, const struct verified_group *group,
                              const char *of)
{
    const struct application_counts *counts = &group->application;
    json_t *object = json_object_get(group->summary, "application");

    if (!application_is_recorded(&v->run->application))
        return;
    verify_summary_integer(v, object, of, "held_packets", (int64_t)counts->held_packets);
    verify_summary_integer(v, object, of, "held_bytes", (int64_t)counts->held_bytes);
    verify_summary_integer(v, object, of, "max_held_bytes", (int64_t)counts->max_held_bytes);
    verify_summary_integer(v, object, of, "read_timeouts", (int64_t)counts->timeouts[SHAPER_READ]);
    verify_summary_integer(v, object, of, "write_timeouts",
                           (int64_t)counts->timeouts[SHAPER_WRITE]);
    verify_summary_range(v, object, of, "max_held_s", (double)counts->max_held_us / 1e6,
                         (double)counts->max_held_us / 1e6);
}

static void check_direction(struct verification *v, const struct verified_group *group, int d,
                            int64_t ticks)
{
    const struct verified_bucket *bucket = &group->buckets[d];
    json_t *object = json_object_get(group->summary, verify_directions[d]);
    double most_backlog = (double)group->most_backlog_bytes[d];
    char of[64];

    snprintf(of, sizeof(of), "group %s: %s", group->name, verify_directions[d]);
    if (v->is_tls || v->run->application.filter_count > 0 ||
        v->run->application.flush != SHAPER_FLUSH_NONE)
        check_charged(v, group, object, of, d);
    check_filters(v, group, object, of, d);
    check_utilisation(v, group, object, of, d, ticks);
    if (group->limits)
        verify_summary_integer(v, object, of, "peak_tick_bytes", bucket->peak_tick_bytes);
    if (group->limits)
        verify_summary_measures(v, group, d, of);
    if (group->is_moved) {
        verify_summary_range(v, object, of, "peak_backlog_bytes", (double)bucket->max_backlog_bytes,
                             9e18);
        return;
    }
    verify_summary_integer(v, object, of, "offered_bytes", group->offered_bytes[d]);
    verify_summary_integer(v, object, of, "delivered_bytes", group->delivered_bytes[d]);
    if (group->limits && v->charges_delivered && (double)bucket->most_backlog_bytes < most_backlog)
        most_backlog = (double)bucket->most_backlog_bytes;
    verify_summary_range(
        v, object, of, "peak_backlog_bytes",
        fmax((double)bucket->max_backlog_bytes, (double)group->largest_backlog_bytes[d]),
        most_backlog);
    check_delays(v, group, object, of, d);
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

/* Packets and bytes of groups that flows moved between: in sum. */
static void check_moved(struct verification *v)
{
    int64_t packets = 0, bytes[SHAPER_DIRECTIONS][3] = {{0}};

    for (size_t i = 0; i < v->group_count && v->move_count > 0; i++) {
        const struct verified_group *group = &v->groups[i];
        if (!group->is_moved)
            continue;
        packets += (int64_t)group->packets -
                   json_integer_value(json_object_get(group->summary, "packets"));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            json_t *object = json_object_get(group->summary, verify_directions[d]);
            bytes[d][0] += group->offered_bytes[d] -
                           json_integer_value(json_object_get(object, "offered_bytes"));
            bytes[d][1] += group->delivered_bytes[d] -
                           json_integer_value(json_object_get(object, "delivered_bytes"));
            bytes[d][2] += (int64_t)group->application.flushed_bytes[d] -
                           json_integer_value(json_object_get(object, "flushed_bytes"));
        }
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (packets != 0 || bytes[d][0] != 0 || bytes[d][1] != 0 || bytes[d][2] != 0)
            check_fails(v->checks, CHECK_SUMMARY,
                        "summary.json: packets, or %s offered_bytes, delivered_bytes or "
                        "flushed_bytes, of the groups that flows moved between are not those of "
                        "the CSV files in sum",
                        verify_directions[d]);
    check_holds(v->checks, CHECK_SUMMARY);
}

static void check_group(struct verification *v, const struct verified_group *group)
{
    int64_t ticks = json_integer_value(json_object_get(group->summary, "ticks"));
    char of[64];

    snprintf(of, sizeof(of), "group %s", group->name);
    verify_summary_integer(v, group->summary, of, "flows", (int64_t)group->flows);
    if (!group->is_moved)
        verify_summary_integer(v, group->summary, of, "packets", (int64_t)group->packets);
    check_application(v, group, of);
    if (!group->limits)
        verify_summary_integer(v, group->summary, of, "ticks", 0);
    else if (!v->is_real)
        verify_summary_integer(v, group->summary, of, "ticks", v->end_us / group->tick_us + 1);
    if (group->limits && !v->run->skip_idle_ticks)
        verify_summary_integer(v, group->summary, of, "ticks", (int64_t)group->rows);
    verify_summary_integer(v, group->summary, of, "false_end_of_file_flows",
                           (int64_t)group->false_eofs);
    if (!v->is_real)
        verify_summary_range(v, group->summary, of, "peak_members",
                             group->open_count == group->stay_count && !group->is_moved
                                 ? (double)most_open(group)
                                 : (double)group->peak_members,
                             (double)most_open(group));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        check_direction(v, group, d, ticks);
}

/* Packets skipped for any reason, and those that were not; -1 where that is beyond all bounds. */
static int64_t all_packets(json_t *trace)
{
    int64_t packets = json_integer_value(json_object_get(trace, "replayed_packets"));
    const char *reason;
    json_t *count;

    json_object_foreach(json_object_get(trace, "skipped_packets"), reason, count)
    {
        if (__builtin_add_overflow(packets, json_integer_value(count), &packets))
            return -1;
    }
    return packets;
}

/* No packet is beyond --max-flows unless that many flows have been open. */
static void check_max_flows(struct verification *v, json_t *trace)
{
    json_t *skipped = json_object_get(trace, "skipped_packets");
    int64_t beyond = json_integer_value(json_object_get(skipped, skip_reason_name(SKIP_MAX_FLOWS)));
    int64_t flows = json_integer_value(json_object_get(trace, "flows"));

    if (beyond == 0 || flows >= v->run->source.max_flows)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: trace: %s: %" PRId64 ", but only %" PRId64
                    " flows were ever open, and --max-flows allows %" PRId64,
                    skip_reason_name(SKIP_MAX_FLOWS), beyond, flows, v->run->source.max_flows);
}

static void check_trace(struct verification *v)
{
    json_t *trace = json_object_get(v->summary, "trace");
    int64_t flows = 0, packets = 0, bytes = 0;

    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        flows += (int64_t)group->flows;
        packets += (int64_t)group->packets;
        bytes += group->offered_bytes[SHAPER_READ] + group->offered_bytes[SHAPER_WRITE];
    }
    verify_summary_integer(v, trace, "trace", "packets", all_packets(trace));
    check_max_flows(v, trace);
    if (!v->is_drained) /* the trace was read ahead, or not to its end */
        return;
    verify_summary_integer(v, trace, "trace", "flows", flows);
    verify_summary_integer(v, trace, "trace", "replayed_packets", packets);
    verify_summary_integer(v, trace, "trace", "bytes", bytes);
}

void verify_summary(struct verification *v)
{
    check_trace(v);
    for (size_t i = 0; i < v->group_count; i++)
        check_group(v, &v->groups[i]);
    check_moved(v);
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
