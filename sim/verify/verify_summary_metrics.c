#include "sim/verify/verify_summary_metrics.h"

#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_recomputed.h"

/* Without a rate to divide by, or without a measurement, it is null. */
static void expect(struct verification *v, const char *of, const json_t *object, const char *key,
                   json_t *expected)
{
    char path[128];

    snprintf(path, sizeof(path), "%s: %s", of, key);
    verify_json(v, path, json_object_get(object, key), expected);
    json_decref(expected);
}

static json_t *quotient(double dividend, double divisor)
{
    return divisor > 0 ? json_real(dividend / divisor) : json_null();
}

static json_t *configured_rate(const struct limit_spec *spec, int64_t tick_ms, int d)
{
    const struct rate_value *rate = &spec->rate[d];

    if (!spec->has_rate[d])
        return json_null();
    return json_real(rate->is_per_tick ? (double)rate->bytes_per_tick * 1000 / (double)tick_ms
                                       : (double)rate->microbits_per_s / 8e6);
}

static void check_throughput(struct verification *v, const struct verified_group *group,
                             const json_t *direction, int d, const char *of)
{
    const struct group_limits *limits = group->limits;
    const struct group_config *spec = &v->run->specs[group->index];
    json_t *object = json_object_get(direction, "throughput");
    int64_t rate = limits->group.rate_bytes_per_tick[d];
    bool is_limited = limits->has_group && rate < SHAPER_LIMIT_MAX_BYTES;
    double ticks = json_number_value(json_object_get(group->summary, "ticks"));
    double delivered = json_number_value(json_object_get(direction, "delivered_bytes"));
    double grants = json_number_value(json_object_get(object, "grants"));
    double charged = (double)tick_totals_of(v, group)->charged_bytes[d];

    expect(v, of, object, "achieved_bytes_per_s",
           quotient(delivered, ticks * (double)limits->tick_ms / 1000));
    expect(v, of, object, "effective_bytes_per_s",
           is_limited ? json_real((double)rate * 1000 / (double)limits->tick_ms) : json_null());
    expect(v, of, object, "configured_bytes_per_s",
           configured_rate(&spec->group, limits->tick_ms, d));
    expect(v, of, object, "bytes_per_grant", quotient(charged, grants));
    expect(v, of, object, "grants_per_mb", quotient(grants * 1e6, delivered));
    verify_summary_range(v, object, of, "grants", charged > 0 ? 1 : 0, charged);
    if (!is_limited) {
        expect(v, of, object, "lost_tokens_bytes", json_null());
        expect(v, of, object, "suspended_s", json_null());
        return;
    }
    verify_summary_range(v, object, of, "suspended_s", 0, (double)v->end_us / 1e6);
    int64_t lost_bytes = recomputed_lost_bytes(v, group, d);
    if (lost_bytes >= 0)
        verify_summary_integer(v, object, of, "lost_tokens_bytes", lost_bytes);
}

/* Jain's index of n flows is from 1/n to 1; null if no flow contended. */
static void check_fairness(struct verification *v, const struct verified_group *group,
                           json_t *object, const char *of)
{
    double flows = (double)(flow_totals_of(v, group)->flows + moves_count(v));
    double ticks = json_number_value(json_object_get(group->summary, "ticks"));
    double least_jain = (1 - 1e-12) / (flows > 0 ? flows : 1);
    static const char *const jains[] = {"jain_one_tick_min", "jain_one_tick_mean", "jain_run"};

    verify_summary_range(v, object, of, "contending_flows", 0, flows);
    verify_summary_range(v, object, of, "contended_ticks", 0, ticks);
    verify_summary_range(v, object, of, "rfb_attained_bytes", 0,
                         json_number_value(json_object_get(object, "rfb_bound_bytes")));
    for (size_t i = 0; i < sizeof(jains) / sizeof(jains[0]); i++)
        if (!json_is_null(json_object_get(object, jains[i])))
            verify_summary_range(v, object, of, jains[i], least_jain, 1 + 1e-12);
}

/* The largest lag and index are those of a flow. */
static void check_largest(struct verification *v, const struct verified_group *group,
                          json_t *object, int d, const char *of)
{
    int64_t most[FLOW_MEASURES] = {0};

    if (moves_touch(v, group))
        return;
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        for (int i = 0; i < FLOW_MEASURES; i++)
            if (flow->group == group && flow->measured[d][i] > most[i])
                most[i] = flow->measured[d][i];
    verify_summary_integer(v, object, of, "gps_lag_max_bytes", most[GPS_LAG_BYTES]);
    verify_summary_integer(v, object, of, "wfi_max_bytes", most[WFI_BYTES]);
}

/* Of what was charged, which ticks.csv tells of every run; a run on the real clock may be late. */
static void check_burst(struct verification *v, const struct verified_group *group, json_t *object,
                        int d, const char *of)
{
    bool is_limited = group->limits->has_group &&
                      group->limits->group.rate_bytes_per_tick[d] < SHAPER_LIMIT_MAX_BYTES;

    if (!is_limited)
        expect(v, of, object, "sigma_charged_bytes", json_null());
    else if (v->is_real)
        verify_summary_range(v, object, of, "sigma_charged_bytes", 0,
                             (double)tick_totals_of(v, group)->charged_bytes[d]);
    else
        verify_summary_integer(v, object, of, "sigma_charged_bytes",
                               buckets_sigma_bytes(v, group, d));
}

void verify_summary_metrics(struct verification *v, const struct verified_group *group, int d,
                            const char *of)
{
    json_t *direction = json_object_get(group->summary, verify_direction(d));
    json_t *fairness = json_object_get(direction, "fairness");

    check_throughput(v, group, direction, d, of);
    check_fairness(v, group, fairness, of);
    check_largest(v, group, fairness, d, of);
    check_burst(v, group, json_object_get(direction, "burst"), d, of);
}
