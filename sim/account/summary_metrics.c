#include "sim/account/summary_metrics.h"

#include "sim/account/run_figures.h"
#include "sim/base/json_text.h"

/* A quotient, or null where there is nothing to divide by. */
static json_t *json_quotient(double dividend, double divisor)
{
    return divisor > 0 ? json_real(dividend / divisor) : json_null();
}

static json_t *json_mean(const struct fairness_scale *scale)
{
    return json_quotient(scale->jain_sum, (double)scale->windows);
}

static json_t *json_least(const struct fairness_scale *scale)
{
    return scale->windows > 0 ? json_real(scale->jain_min) : json_null();
}

static json_t *json_scale(const struct fairness_scale *scale, int64_t tick_us)
{
    json_t *object = json_object();

    json_object_set_new(object, "window_ticks", json_integer(scale->ticks));
    json_object_set_new(object, "window_s", json_real((double)(scale->ticks * tick_us) / 1e6));
    json_object_set_new(object, "windows", json_u64(scale->windows));
    json_object_set_new(object, "mean", json_mean(scale));
    json_object_set_new(object, "min", json_least(scale));
    return object;
}

/* Every window length that fits into the run and was not given up. */
static json_t *json_scales(const struct fairness_result *result, int64_t tick_us)
{
    json_t *array = json_array();

    for (size_t s = 0; s < result->scale_count; s++)
        if (fairness_is_measured(result, s))
            json_array_append_new(array, json_scale(&result->scales[s], tick_us));
    return array;
}

/* The shortest window that was given up because of too many flows; null if there is none. */
static json_t *json_given_up(const struct fairness_result *result)
{
    for (size_t s = 0; s < result->scale_count; s++)
        if (result->scales[s].is_given_up && result->scales[s].ticks <= result->ticks)
            return json_integer(result->scales[s].ticks);
    return result->run.is_given_up ? json_integer(result->ticks) : json_null();
}

void summary_set_jain(json_t *object, const struct fairness_result *result, int64_t tick_us)
{
    const struct fairness_scale headline = fairness_headline(result, tick_us);

    json_object_set_new(object, "jain_one_tick_mean", json_mean(&result->scales[0]));
    json_object_set_new(object, "jain_one_tick_min", json_least(&result->scales[0]));
    json_object_set_new(object, "headline", json_scale(&headline, tick_us));
    json_object_set_new(object, "jain", json_scales(result, tick_us));
    json_object_set_new(object, "jain_run", json_mean(&result->run));
    json_object_set_new(object, "jain_given_up_from_ticks", json_given_up(result));
}

json_t *summary_fairness(const struct group_metrics *metrics, int direction)
{
    const struct fairness_result result = fairness_result(metrics->fairness[direction]);
    json_t *object = json_object();

    json_object_set_new(object, "contended_ticks", json_u64(result.contended_ticks));
    json_object_set_new(object, "contending_flows", json_u64(result.contending_flows));
    summary_set_jain(object, &result, metrics->tick_us);
    json_object_set_new(object, "rfb_attained_bytes", json_u64(result.rfb_attained_bytes));
    json_object_set_new(object, "rfb_bound_bytes", json_u64(result.rfb_bound_bytes));
    json_object_set_new(object, "gps_lag_max_bytes", json_u64(result.gps_lag_max_bytes));
    json_object_set_new(object, "wfi_max_bytes", json_u64(result.wfi_max_bytes));
    bool has_bias = result.long_contending_flows >= 2;
    json_object_set_new(object, "idle_neighbour_bias",
                        has_bias ? json_quotient(result.service_max, result.service_min)
                                 : json_null());
    json_object_set_new(object, "service_max_bytes_per_contended_tick",
                        has_bias ? json_real(result.service_max) : json_null());
    json_object_set_new(object, "service_min_bytes_per_contended_tick",
                        has_bias ? json_real(result.service_min) : json_null());
    json_object_set_new(object, "long_contending_flows", json_u64(result.long_contending_flows));
    json_object_set_new(object, "idle_members_mean",
                        result.contended_ticks > 0 ? json_real(result.idle_members_mean)
                                                   : json_null());
    return object;
}

static json_t *json_peaks(const struct burst_meter meters[BURST_STREAMS])
{
    json_t *array = json_array();

    for (int p = 0; p < BURST_PEAKS; p++) {
        json_t *object = json_object();
        json_object_set_new(object, "ticks", json_integer(burst_peak_ticks[p]));
        json_object_set_new(object, "offered_bytes", json_u64(meters[BURST_OFFERED].peak_bytes[p]));
        json_object_set_new(object, "delivered_bytes",
                            json_u64(meters[BURST_DELIVERED].peak_bytes[p]));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_for_delay(const struct burst_meter *offered)
{
    json_t *array = json_array();

    for (int i = 0; i < BURST_DELAYS; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "delay_ticks", json_integer(burst_delay_ticks[i]));
        json_object_set_new(object, "burst_bytes",
                            json_u64(burst_meter_for_delay(offered, burst_delay_ticks[i])));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *summary_burst(const struct group_metrics *metrics, int direction)
{
    const struct burst_meter *meters = metrics->burst[direction];
    const struct burst_meter *offered = &meters[BURST_OFFERED];
    const struct burst_meter *delivered = &meters[BURST_DELIVERED];
    const struct group_limits *limits = metrics->limits;
    bool has_rate = offered->rates->count > 0;
    bool is_limited =
        limits->has_group && limits->group.rate_bytes_per_tick[direction] < SHAPER_LIMIT_MAX_BYTES;
    json_t *object = json_object();

    json_object_set_new(object, "sigma_offered_bytes",
                        has_rate ? json_u64(burst_meter_sigma(offered)) : json_null());
    json_object_set_new(object, "sigma_delivered_bytes",
                        has_rate ? json_u64(burst_meter_sigma(delivered)) : json_null());
    json_object_set_new(object, "sigma_charged_bytes",
                        is_limited ? json_u64(metrics->buckets[direction].sigma_bytes)
                                   : json_null());
    json_object_set_new(object, "peaks", json_peaks(meters));
    json_object_set_new(object, "longest_offered_ticks", json_u64(offered->longest_ticks));
    json_object_set_new(object, "longest_offered_bytes", json_u64(offered->longest_bytes));
    json_object_set_new(object, "longest_delivered_ticks", json_u64(delivered->longest_ticks));
    json_object_set_new(object, "longest_delivered_bytes", json_u64(delivered->longest_bytes));
    json_object_set_new(object, "burst_for_delay",
                        has_rate ? json_for_delay(offered) : json_null());
    return object;
}

static json_t *json_configured_rate(const struct group_limits *limits,
                                    const struct group_config *spec, int d)
{
    const struct rate_value *rate = &spec->group.rate[d];

    if (!spec->group.has_rate[d])
        return json_null();
    if (rate->is_per_tick)
        return json_real((double)rate->bytes_per_tick * 1000 / (double)limits->tick_ms);
    return json_real((double)rate->microbits_per_s / 8e6);
}

json_t *summary_throughput(const struct group_totals *group, const struct group_config *spec,
                           int direction)
{
    const struct group_limits *limits = group->limits;
    const struct bucket_use *bucket = &group->metrics->buckets[direction];
    int64_t rate = limits->group.rate_bytes_per_tick[direction];
    bool is_limited = limits->has_group && rate < SHAPER_LIMIT_MAX_BYTES;
    double tick_s = (double)limits->tick_ms / 1000;
    json_t *object = json_object();

    json_object_set_new(
        object, "achieved_bytes_per_s",
        json_quotient((double)group->delivered_bytes[direction], (double)group->ticks * tick_s));
    json_object_set_new(object, "effective_bytes_per_s",
                        is_limited ? json_real((double)rate * 1000 / (double)limits->tick_ms)
                                   : json_null());
    json_object_set_new(object, "configured_bytes_per_s",
                        json_configured_rate(limits, spec, direction));
    json_object_set_new(object, "lost_tokens_bytes",
                        is_limited ? json_u64(bucket->lost_bytes) : json_null());
    json_object_set_new(object, "suspended_s",
                        is_limited ? json_real((double)bucket->suspended_us / 1e6) : json_null());
    json_object_set_new(object, "grants", json_u64(bucket->grants));
    json_object_set_new(
        object, "bytes_per_grant",
        json_quotient((double)group->charged_bytes[direction], (double)bucket->grants));
    json_object_set_new(object, "grants_per_mb",
                        group->delivered_bytes[direction] > 0
                            ? json_real(run_grants_per_mb(group, (enum shaper_direction)direction))
                            : json_null());
    return object;
}
