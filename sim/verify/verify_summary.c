#include "sim/verify/verify_summary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_application.h"
#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_exchanges.h"
#include "sim/verify/verify_filters.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_members.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"
#include "sim/verify/verify_summary_metrics.h"

/* A percentile of a group is between those of its flows, rounded up by 1/128 at most
 * (sim/metrics/delays.h). The largest is the largest. */
static void check_delays(struct verification *v, const struct verified_group *group, json_t *object,
                         const char *of, int d)
{
    static const char *const keys[DELAY_FIGURES] = {"delay_p50_s", "delay_p99_s", "delay_max_s"};
    const struct flow_totals *flows = flow_totals_of(v, group);
    int64_t us[DELAY_FIGURES];

    for (int i = 0; i < DELAY_FIGURES; i++) {
        int64_t least = flows->least_delay_us[d][i], most = flows->most_delay_us[d][i];
        us[i] = verify_summary_time_us(object, keys[i]);
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

/* No flow has a 90th percentile in flows.csv. */
static void check_p90(struct verification *v, json_t *object, const char *of)
{
    int64_t p50 = verify_summary_time_us(object, "delay_p50_s");
    int64_t p90 = verify_summary_time_us(object, "delay_p90_s");
    int64_t p99 = verify_summary_time_us(object, "delay_p99_s");

    if (p90 < p50 || p90 > p99)
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: delay_p90_s: %.6f s does not fit: p50 <= p90 <= p99", of,
                    (double)p90 / 1e6);
    check_holds(v->checks, CHECK_SUMMARY);
}

/* In open replay packets are as far behind as they are delayed; in closed loop no less, as far as
 * they are the same packets. */
static void check_behind(struct verification *v, json_t *object, const char *of)
{
    static const char *const figures[] = {"p50_s", "p90_s", "p99_s", "max_s"};
    int64_t before_us = -1;
    char path[128], delay[32], behind[32];

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        snprintf(delay, sizeof(delay), "delay_%s", figures[i]);
        snprintf(behind, sizeof(behind), "behind_%s", figures[i]);
        snprintf(path, sizeof(path), "%s: %s", of, behind);
        int64_t delay_us = verify_summary_time_us(object, delay);
        int64_t behind_us = verify_summary_time_us(object, behind);
        if (!v->run->is_closed_loop)
            verify_json(v, path, json_object_get(object, behind), json_object_get(object, delay));
        else if (behind_us < before_us ||
                 (v->run->source.count == COUNT_STREAM && behind_us < delay_us))
            check_fails(v->checks, CHECK_SUMMARY,
                        "summary.json: %s: %.6f s does not fit: delay <= behind, p50 <= p90 <= p99 "
                        "<= max",
                        path, (double)behind_us / 1e6);
        check_holds(v->checks, CHECK_SUMMARY);
        before_us = behind_us;
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
                 (double)tick_totals_of(v, group)->charged_bytes[d] /
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
    const struct charge_bounds *bounds = charges_of_group(v, group);
    size_t filters = application->filter_count;
    int64_t below = flow_totals_of(v, group)->delivered_bytes[d];

    if (filters > 0)
        below = (int64_t)filter_totals_of(v, group, filters - 1, d)->received_before_bytes;
    if (group->limits && v->has_ticks)
        verify_summary_integer(v, object, of, "charged_bytes",
                               tick_totals_of(v, group)->charged_bytes[d]);
    else if (!v->is_tls && !moves_touch(v, group))
        verify_summary_range(v, object, of, "charged_bytes", (double)bounds->least_bytes[d],
                             (double)bounds->most_bytes[d]);
    else
        verify_summary_range(v, object, of, "charged_bytes", 0, 9e18);
    if (application->flush != SHAPER_FLUSH_NONE && !moves_touch(v, group))
        verify_summary_integer(v, object, of, "flushed_bytes",
                               (int64_t)application_totals_of(v, group)->flushed_bytes[d]);
    if (!v->is_tls)
        return;
    verify_summary_range(v, object, of, "handshake_bytes", 0, (double)charged);
    if (!moves_touch(v, group))
        verify_summary_integer(v, object, of, "record_overhead_bytes",
                               charged - handshakes - below);
}

static void check_filters(struct verification *v, const struct verified_group *group,
                          json_t *direction, const char *of, int d)
{
    const struct application_config *application = &v->run->application;
    json_t *array = json_object_get(direction, "filters");

    for (size_t i = 0; i < application->filter_count; i++) {
        const struct shaper_filter_counts *counts = filter_totals_of(v, group, i, d);
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
    const struct application_counts *counts = application_totals_of(v, group);
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

static void check_peak_backlog(struct verification *v, const struct verified_group *group,
                               json_t *object, const char *of, int d)
{
    const struct tick_totals *ticks = tick_totals_of(v, group);
    const struct flow_totals *flows = flow_totals_of(v, group);
    double least = (double)ticks->max_backlog_bytes[d], most = (double)flows->most_backlog_bytes[d];

    if (group->limits && v->charges_delivered && v->has_ticks)
        most = fmin(most, (double)ticks->most_backlog_bytes[d]);
    if (moves_touch(v, group))
        most = 9e18;
    else
        least = fmax(least, (double)flows->largest_backlog_bytes[d]);
    verify_summary_range(v, object, of, "peak_backlog_bytes", least, most);
}

/* The bytes that --max-time cut off are known to the trace alone: here they must only be a number,
 * in a run that drained those withheld at their senders, and agree with the percentage. */
static void check_losses(struct verification *v, const struct verified_group *group, json_t *object,
                         const char *of, int d)
{
    int64_t offered = json_integer_value(json_object_get(object, "offered_bytes"));
    int64_t delivered = json_integer_value(json_object_get(object, "delivered_bytes"));
    const struct flow_totals *flows = flow_totals_of(v, group);
    json_t *unoffered = json_object_get(object, "unoffered_bytes");
    double of_trace = (double)offered + json_number_value(unoffered);
    char path[96];

    if (!moves_touch(v, group))
        verify_summary_integer(v, object, of, "undelivered_bytes",
                               flows->offered_bytes[d] - flows->delivered_bytes[d]);
    else
        verify_summary_integer(v, object, of, "undelivered_bytes", offered - delivered);
    if (v->is_drained)
        verify_summary_integer(v, object, of, "unoffered_bytes",
                               json_integer_value(json_object_get(object, "withheld_bytes")));
    else if (!json_is_null(unoffered))
        verify_summary_range(v, object, of, "unoffered_bytes", 0, 9e18);
    json_t *percent = json_is_integer(unoffered) && of_trace > 0
                          ? json_real(100 * (double)delivered / of_trace)
                          : json_null();
    snprintf(path, sizeof(path), "%s: delivered_percent", of);
    verify_json(v, path, json_object_get(object, "delivered_percent"), percent);
    json_decref(percent);
}

static void check_direction(struct verification *v, const struct verified_group *group, int d,
                            int64_t ticks)
{
    const struct flow_totals *flows = flow_totals_of(v, group);
    json_t *object = json_object_get(group->summary, verify_direction(d));
    char of[64];

    snprintf(of, sizeof(of), "group %s: %s", group->name, verify_direction(d));
    if (!v->charges_delivered)
        check_charged(v, group, object, of, d);
    check_filters(v, group, object, of, d);
    if (v->has_ticks)
        check_utilisation(v, group, object, of, d, ticks);
    if (group->limits && v->has_ticks)
        verify_summary_integer(v, object, of, "peak_tick_bytes",
                               tick_totals_of(v, group)->peak_tick_bytes[d]);
    if (group->limits && v->has_ticks)
        verify_summary_metrics(v, group, d, of);
    if (!moves_touch(v, group)) {
        verify_summary_integer(v, object, of, "offered_bytes", flows->offered_bytes[d]);
        verify_summary_integer(v, object, of, "delivered_bytes", flows->delivered_bytes[d]);
    }
    check_losses(v, group, object, of, d);
    if (v->run->receive_window_bytes > 0 && d == SHAPER_READ && !moves_touch(v, group))
        verify_summary_range(v, object, of, "largest_packet_bytes", 0,
                             (double)flows->largest_backlog_bytes[d]);
    check_peak_backlog(v, group, object, of, d);
    check_p90(v, object, of);
    check_behind(v, object, of);
    if (!moves_touch(v, group))
        check_delays(v, group, object, of, d);
}

/* Sums over the groups that flows moved between. */
static void check_moved(struct verification *v)
{
    int64_t packets = 0, bytes[SHAPER_DIRECTIONS][3] = {{0}};

    for (size_t i = 0; i < v->group_count && moves_count(v) > 0; i++) {
        const struct verified_group *group = &v->groups[i];
        const struct flow_totals *flows = flow_totals_of(v, group);
        if (!moves_touch(v, group))
            continue;
        packets += (int64_t)flows->packets -
                   json_integer_value(json_object_get(group->summary, "packets"));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            json_t *object = json_object_get(group->summary, verify_direction(d));
            bytes[d][0] += flows->offered_bytes[d] -
                           json_integer_value(json_object_get(object, "offered_bytes"));
            bytes[d][1] += flows->delivered_bytes[d] -
                           json_integer_value(json_object_get(object, "delivered_bytes"));
            bytes[d][2] += (int64_t)application_totals_of(v, group)->flushed_bytes[d] -
                           json_integer_value(json_object_get(object, "flushed_bytes"));
        }
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (packets != 0 || bytes[d][0] != 0 || bytes[d][1] != 0 || bytes[d][2] != 0)
            check_fails(v->checks, CHECK_SUMMARY,
                        "summary.json: packets, or %s offered_bytes, delivered_bytes or "
                        "flushed_bytes, of the groups that flows moved between are not those of "
                        "the CSV files in sum",
                        verify_direction(d));
    check_holds(v->checks, CHECK_SUMMARY);
}

static void check_ticks(struct verification *v, const struct verified_group *group, const char *of)
{
    if (!group->limits)
        verify_summary_integer(v, group->summary, of, "ticks", 0);
    else if (!v->is_real)
        verify_summary_integer(v, group->summary, of, "ticks", v->end_us / group->tick_us + 1);
    if (group->limits && !v->run->skip_idle_ticks && v->has_ticks)
        verify_summary_integer(v, group->summary, of, "ticks",
                               (int64_t)tick_totals_of(v, group)->rows);
}

static void check_members(struct verification *v, const struct verified_group *group,
                          const char *of)
{
    int64_t most = members_most(v, group);
    int64_t least = members_are_known(v, group) ? most : tick_totals_of(v, group)->peak_members;

    if (!v->is_real)
        verify_summary_range(v, group->summary, of, "peak_members", (double)least, (double)most);
}

static void check_group(struct verification *v, const struct verified_group *group)
{
    const struct flow_totals *flows = flow_totals_of(v, group);
    int64_t ticks = json_integer_value(json_object_get(group->summary, "ticks"));
    char of[64];

    snprintf(of, sizeof(of), "group %s", group->name);
    verify_summary_integer(v, group->summary, of, "flows", (int64_t)flows->flows);
    if (!moves_touch(v, group))
        verify_summary_integer(v, group->summary, of, "packets", (int64_t)flows->packets);
    check_application(v, group, of);
    check_ticks(v, group, of);
    verify_summary_integer(v, group->summary, of, "false_end_of_file_flows",
                           (int64_t)flows->false_eofs);
    if (run_config_holds_packets(v->run))
        verify_summary_integer(v, group->summary, of, "broken_flows", (int64_t)flows->broken_flows);
    check_members(v, group, of);
    verify_exchanges_summary(v, group, of);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        check_direction(v, group, d, ticks);
}

/* Packets skipped for any reason, and those that were not; -1 on overflow. */
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

/* Packets are skipped for --max-flows only if that many flows were open. */
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

/* Each flow has its responder by one rule. */
static void check_responders(struct verification *v, json_t *trace, int64_t flows)
{
    json_t *rules = json_object_get(trace, "responders_by"), *count;
    int64_t decided = 0;
    const char *rule;

    json_object_foreach(rules, rule, count)
    {
        if (__builtin_add_overflow(decided, json_integer_value(count), &decided))
            decided = -1;
    }
    if (decided == flows)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: trace: responders_by: %" PRId64 " flows, but %" PRId64 " opened",
                    decided, flows);
}

/* The payload of TCP packets is what was offered, and of a stream what was sent again. */
static void check_tcp_payload(struct verification *v, json_t *trace, int64_t offered_bytes)
{
    enum count_mode count = v->run->source.count;
    int64_t bytes = offered_bytes;

    if (count != COUNT_STREAM && count != COUNT_PAYLOAD)
        return;
    if (count == COUNT_STREAM &&
        (__builtin_add_overflow(
             bytes, json_integer_value(json_object_get(trace, "retransmitted_bytes")), &bytes) ||
         __builtin_add_overflow(
             bytes, json_integer_value(json_object_get(trace, "duplicate_bytes")), &bytes)))
        bytes = -1;
    verify_summary_integer(v, trace, "trace", "tcp_payload_bytes", bytes);
}

/* What never left its sender is in the trace's bytes, and in no flow's; -1 where it is beyond all
 * bounds.
 */
static int64_t withheld_bytes(const struct verification *v)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < v->group_count && run_config_withholds(v->run); i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            json_t *side = json_object_get(v->groups[i].summary,
                                           shaper_direction_name((enum shaper_direction)d));
            if (__builtin_add_overflow(
                    bytes, json_integer_value(json_object_get(side, "withheld_bytes")), &bytes))
                return -1;
        }
    return bytes;
}

/* What the trace has of something that each copy of its flows has; -1 where that cannot be. */
static int64_t in_trace(const struct verification *v, int64_t replayed)
{
    int64_t copies = v->run->source.schedule.copies;

    return replayed % copies == 0 ? replayed / copies : -1;
}

static void check_trace(struct verification *v)
{
    json_t *trace = json_object_get(v->summary, "trace");
    int64_t flows = 0, packets = 0, bytes = 0, retransmitted_bytes = 0, tcp_bytes = 0;

    for (size_t i = 0; i < v->group_count; i++) {
        const struct flow_totals *totals = flow_totals_of(v, &v->groups[i]);
        flows += (int64_t)totals->flows;
        packets += (int64_t)totals->packets;
        retransmitted_bytes += totals->retransmitted_bytes;
        tcp_bytes += totals->tcp_offered_bytes;
        bytes += totals->offered_bytes[SHAPER_READ] + totals->offered_bytes[SHAPER_WRITE];
    }
    verify_summary_integer(v, trace, "trace", "packets", all_packets(trace));
    check_max_flows(v, trace);
    if (!v->is_drained) /* the trace was read ahead, or not to its end */
        return;
    uint64_t withheld = (uint64_t)withheld_bytes(v);
    bytes = (int64_t)((uint64_t)bytes + withheld);
    tcp_bytes = (int64_t)((uint64_t)tcp_bytes + withheld);
    verify_summary_integer(v, trace, "trace", "flows", in_trace(v, flows));
    verify_summary_integer(v, trace, "trace", "replayed_packets", in_trace(v, packets));
    verify_summary_integer(v, trace, "trace", "bytes", in_trace(v, bytes));
    verify_summary_integer(v, trace, "trace", "retransmitted_bytes",
                           in_trace(v, retransmitted_bytes));
    check_responders(v, trace, in_trace(v, flows));
    check_tcp_payload(v, trace, in_trace(v, tcp_bytes));
}

/* No packet is due later than the run's end. */
static void check_extra_shift(struct verification *v)
{
    json_t *extra = json_object_get(v->summary, "extra_shift");

    if (json_is_object(extra))
        verify_summary_range(v, extra, "extra_shift", "largest_s",
                             json_number_value(json_object_get(extra, "last_s")),
                             (double)v->end_us / 1e6);
}

void verify_summary(struct verification *v)
{
    check_trace(v);
    check_extra_shift(v);
    for (size_t i = 0; i < v->group_count; i++)
        check_group(v, &v->groups[i]);
    check_moved(v);
}
