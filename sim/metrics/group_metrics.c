#include "sim/metrics/group_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"

#define NOT_SUSPENDED (-1)

/* The rate of a limit in the group's ticks; 0 where the direction is not limited. */
static int64_t rate_per_tick(const struct shaper_limit *limit, int d, int64_t tick_ms)
{
    int64_t rate = limit->rate_bytes_per_tick[d];

    if (rate >= SHAPER_LIMIT_MAX_BYTES)
        return 0;
    /* at most 2^31 bytes and a day of milliseconds */
    rate = rate * tick_ms / limit->tick_ms;
    return rate > 0 ? rate : 1;
}

/* What limits a flow besides its group: 0 for nothing. */
static int64_t per_flow_rate(const struct group_limits *limits, int d)
{
    if (limits->has_per_flow)
        return rate_per_tick(&limits->per_flow, d, limits->tick_ms);
    return limits->has_ratelimit ? rate_per_tick(&limits->ratelimit, d, limits->tick_ms) : 0;
}

static void init_rates(struct group_metrics *metrics)
{
    const struct group_limits *limits = metrics->limits;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t per_flow = per_flow_rate(limits, d);
        int64_t group =
            limits->has_group ? rate_per_tick(&limits->group, d, limits->tick_ms) : per_flow;
        burst_rates_init(&metrics->group_rates[d], group);
        burst_rates_init(&metrics->flow_rates[d], per_flow > 0 ? per_flow : group);
    }
}

static void take_window(void *arg, const struct fairness_window *window)
{
    const struct fairness_direction *of = arg;
    const struct fairness_row row = {
        .time_us = window->start_tick * of->metrics->tick_us,
        .tick = window->start_tick,
        .group = of->metrics->group,
        .direction = of->direction,
        .window_ticks = window->ticks,
        .flows = window->flows,
        .limited_flows = window->limited_flows,
        .bytes = window->bytes,
        .jain = window->jain,
        .window_us = window->ticks * of->metrics->tick_us,
    };

    of->metrics->callback.fairness(of->metrics->callback.arg, &row);
}

struct group_metrics *group_metrics_new(const char *group, const struct group_limits *limits,
                                        const struct named_windows *named,
                                        const struct metrics_callbacks *callback)
{
    struct group_metrics *metrics = calloc(1, sizeof(*metrics));
    struct window_lengths lengths;

    if (!metrics)
        return NULL;
    metrics->group = group;
    metrics->limits = limits;
    metrics->callback = *callback;
    metrics->tick_us = limits->tick_ms * 1000;
    init_rates(metrics);
    window_lengths_init(&lengths, metrics->tick_us, named);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        metrics->directions[d] =
            (struct fairness_direction){.metrics = metrics, .direction = (enum shaper_direction)d};
        metrics->buckets[d].suspended_since_us = NOT_SUSPENDED;
        for (int stream = 0; stream < BURST_STREAMS; stream++)
            metrics->burst[d][stream].rates = &metrics->group_rates[d];
        metrics->fairness[d] = fairness_new(&lengths, take_window, &metrics->directions[d]);
        if (!metrics->fairness[d]) {
            group_metrics_free(metrics);
            return NULL;
        }
    }
    return metrics;
}

static void fini_meters(struct burst_meter meters[SHAPER_DIRECTIONS][BURST_STREAMS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int stream = 0; stream < BURST_STREAMS; stream++)
            burst_meter_fini(&meters[d][stream]);
}

void group_metrics_free(struct group_metrics *metrics)
{
    if (!metrics)
        return;
    for (struct flow_burst *flow = metrics->flows, *next; flow; flow = next) {
        next = flow->next;
        fini_meters(flow->meters);
        free(flow);
    }
    fini_meters(metrics->burst);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        fairness_free(metrics->fairness[d]);
    free(metrics);
}

void group_metrics_record_flow(struct group_metrics *metrics, struct flow_metrics *flow,
                               uint64_t number)
{
    if (flow->burst)
        return;
    if (metrics->flow_count == BURST_FLOWS_MAX) {
        metrics->flows_without_burst++;
        return;
    }
    struct flow_burst *burst = calloc(1, sizeof(*burst));
    if (!burst) {
        metrics->is_out_of_memory = true;
        return;
    }
    burst->flow = number;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int stream = 0; stream < BURST_STREAMS; stream++)
            burst->meters[d][stream].rates = &metrics->flow_rates[d];
    struct flow_burst **at = &metrics->flows;
    if (metrics->last_flow && metrics->last_flow->flow < number)
        at = &metrics->last_flow->next;
    while (*at && (*at)->flow < number)
        at = &(*at)->next;
    burst->next = *at;
    *at = burst;
    if (!burst->next)
        metrics->last_flow = burst;
    metrics->flow_count++;
    flow->burst = burst;
}

static void count_burst(struct group_metrics *metrics, struct flow_metrics *flow, int64_t tick,
                        enum shaper_direction direction, enum burst_stream stream, uint64_t bytes)
{
    int status = burst_meter_add(&metrics->burst[direction][stream], tick, bytes);

    if (flow->burst && status == 0)
        status = burst_meter_add(&flow->burst->meters[direction][stream], tick, bytes);
    if (status != 0)
        metrics->is_out_of_memory = true;
}

void group_metrics_offered(struct group_metrics *metrics, struct flow_metrics *flow, int64_t tick,
                           enum shaper_direction direction, uint64_t bytes)
{
    fairness_offered(metrics->fairness[direction], &flow->fairness[direction], flow->weight, bytes);
    count_burst(metrics, flow, tick, direction, BURST_OFFERED, bytes);
}

void group_metrics_delivered(struct group_metrics *metrics, struct flow_metrics *flow, int64_t tick,
                             enum shaper_direction direction, uint64_t bytes)
{
    fairness_delivered(metrics->fairness[direction], &flow->fairness[direction], flow->weight,
                       bytes);
    count_burst(metrics, flow, tick, direction, BURST_DELIVERED, bytes);
}

/* Adds what was measured of the flow in this group to `sums`. */
static void leave(struct group_metrics *metrics, struct flow_metrics *flow,
                  struct fairness_flow_result *sums)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct fairness_flow_result here = fairness_flow_result(flow->fairness[d]);
        struct fairness_flow_result *sum = &sums[d];
        sum->contended_ticks += here.contended_ticks;
        sum->contended_bytes += here.contended_bytes;
        sum->gps_lag_bytes = max_u64(sum->gps_lag_bytes, here.gps_lag_bytes);
        sum->wfi_bytes = max_u64(sum->wfi_bytes, here.wfi_bytes);
        fairness_flow_over(metrics->fairness[d], flow->fairness[d]);
        flow->fairness[d] = NULL;
    }
    flow->burst = NULL;
}

void group_metrics_flow_moves(struct group_metrics *metrics, struct flow_metrics *flow,
                              struct group_metrics *to, int64_t to_tick,
                              const uint64_t backlog_bytes[SHAPER_DIRECTIONS])
{
    if (metrics && !flow->before)
        flow->before = calloc(SHAPER_DIRECTIONS, sizeof(*flow->before));
    if (metrics && flow->before)
        leave(metrics, flow, flow->before);
    else if (metrics)
        metrics->is_out_of_memory = true;
    for (int d = 0; d < SHAPER_DIRECTIONS && to; d++)
        if (backlog_bytes[d] > 0)
            group_metrics_offered(to, flow, to_tick, (enum shaper_direction)d, backlog_bytes[d]);
}

void group_metrics_flow_over(struct group_metrics *metrics, struct flow_metrics *flow,
                             struct flow_figures *figures)
{
    figures->is_measured = true;
    memset(figures->fairness, 0, sizeof(figures->fairness));
    if (flow->before)
        memcpy(figures->fairness, flow->before, sizeof(figures->fairness));
    leave(metrics, flow, figures->fairness);
    free(flow->before);
    flow->before = NULL;
}

static void suspend(struct bucket_use *bucket, int64_t level_bytes, int64_t now_us)
{
    if (level_bytes <= 0 && bucket->suspended_since_us == NOT_SUSPENDED)
        bucket->suspended_since_us = now_us;
}

static void release(struct bucket_use *bucket, int64_t now_us)
{
    if (bucket->suspended_since_us != NOT_SUSPENDED)
        bucket->suspended_us += now_us - bucket->suspended_since_us;
    bucket->suspended_since_us = NOT_SUSPENDED;
}

void group_metrics_charged(struct group_metrics *metrics, enum shaper_direction direction,
                           int64_t level_bytes, int64_t now_us)
{
    struct bucket_use *bucket = &metrics->buckets[direction];

    bucket->grants++;
    if (metrics->limits->has_group)
        suspend(bucket, level_bytes, now_us);
}

void group_metrics_refilled(struct group_metrics *metrics, enum shaper_direction direction,
                            int64_t start_bytes, int64_t level_bytes,
                            int64_t effective_min_share_bytes, int64_t now_us)
{
    struct bucket_use *bucket = &metrics->buckets[direction];

    if (start_bytes >= effective_min_share_bytes)
        release(bucket, now_us);
    suspend(bucket, level_bytes, now_us);
}

void group_metrics_changed(struct group_metrics *metrics, enum shaper_direction direction,
                           int64_t before_bytes, int64_t after_bytes, int64_t level_bytes,
                           int64_t now_us)
{
    struct bucket_use *bucket = &metrics->buckets[direction];

    if (before_bytes <= 0 && after_bytes > 0)
        release(bucket, now_us);
    suspend(bucket, level_bytes, now_us);
}

/* The bucket ended a tick with `end_bytes`, and so each of the next but one `refills`. */
static void refill(struct group_metrics *metrics, int d, int64_t end_bytes,
                   const struct shaper_limit *limit, int64_t refills)
{
    struct bucket_use *bucket = &metrics->buckets[d];
    int64_t rate = limit->rate_bytes_per_tick[d];
    int64_t lost = end_bytes + rate - limit->burst_bytes[d];

    if (lost > 0 && end_bytes <= limit->burst_bytes[d])
        bucket->lost_bytes += (uint64_t)lost * (uint64_t)refills;
    bucket->queue_bytes = burst_drained_bytes(bucket->queue_bytes, rate, refills);
}

void group_metrics_close_tick(struct group_metrics *metrics, const struct tick_row *row,
                              const struct shaper_limit *limit)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct bucket_use *bucket = &metrics->buckets[d];
        fairness_close_tick(metrics->fairness[d], row->members);
        bucket->queue_bytes += row->bytes[d];
        bucket->sigma_bytes = max_u64(bucket->sigma_bytes, bucket->queue_bytes);
        if (limit)
            refill(metrics, d, row->end_bytes[d], limit, 1);
    }
}

void group_metrics_skip_ticks(struct group_metrics *metrics, int64_t ticks,
                              const struct shaper_limit *limit)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        fairness_skip_ticks(metrics->fairness[d], ticks);
        if (limit)
            refill(metrics, d, limit->burst_bytes[d], limit, ticks);
    }
}

static void write_measure(const struct metrics_callbacks *callback, struct burst_row *row,
                          enum burst_measure measure, uint64_t x, uint64_t bytes)
{
    row->measure = burst_measure_names[measure];
    row->x = x;
    row->bytes = bytes;
    callback->burst(callback->arg, row);
}

static void write_stream(const struct metrics_callbacks *callback, struct burst_row *row,
                         const struct burst_meter *meter)
{
    for (size_t i = 0; i < meter->rates->count; i++)
        write_measure(callback, row, BURST_SIGMA, (uint64_t)meter->rates->bytes_per_tick[i],
                      meter->sigma_bytes[i]);
    for (int p = 0; p < BURST_PEAKS; p++)
        write_measure(callback, row, BURST_PEAK, (uint64_t)burst_peak_ticks[p],
                      meter->peak_bytes[p]);
    write_measure(callback, row, BURST_LONGEST, meter->longest_ticks, meter->longest_bytes);
    for (int i = 0; i < BURST_DELAYS && row->stream == BURST_OFFERED && meter->rates->count; i++)
        write_measure(callback, row, BURST_FOR_DELAY, (uint64_t)burst_delay_ticks[i],
                      burst_meter_for_delay(meter, burst_delay_ticks[i]));
}

/* Directions in which nothing was offered have no rows. */
static void write_bursts(struct group_metrics *metrics, uint64_t flow,
                         struct burst_meter meters[SHAPER_DIRECTIONS][BURST_STREAMS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int stream = 0; stream < BURST_STREAMS; stream++) {
            struct burst_row row = {.group = metrics->group,
                                    .flow = flow,
                                    .direction = (enum shaper_direction)d,
                                    .stream = (enum burst_stream)stream};
            if (burst_meter_finish(&meters[d][stream]) != 0)
                metrics->is_out_of_memory = true;
            if (meters[d][BURST_OFFERED].total_bytes > 0)
                write_stream(&metrics->callback, &row, &meters[d][stream]);
        }
}

void group_metrics_finish(struct group_metrics *metrics, int64_t now_us)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        fairness_finish(metrics->fairness[d]);
        release(&metrics->buckets[d], now_us);
    }
    write_bursts(metrics, 0, metrics->burst);
    for (struct flow_burst *flow = metrics->flows; flow; flow = flow->next)
        write_bursts(metrics, flow->flow, flow->meters);
}

bool group_metrics_out_of_memory(const struct group_metrics *metrics)
{
    return metrics->is_out_of_memory || fairness_out_of_memory(metrics->fairness[SHAPER_READ]) ||
           fairness_out_of_memory(metrics->fairness[SHAPER_WRITE]);
}
