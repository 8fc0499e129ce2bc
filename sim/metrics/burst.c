#include "sim/metrics/burst.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"

#define RING_FIRST_CAPACITY 8

const char *const burst_measure_names[BURST_MEASURES] = {
    [BURST_SIGMA] = "sigma",
    [BURST_PEAK] = "peak",
    [BURST_LONGEST] = "longest",
    [BURST_FOR_DELAY] = "burst_for_delay",
};
const int64_t burst_peak_ticks[BURST_PEAKS] = {1, 10, 100};
const int64_t burst_delay_ticks[BURST_DELAYS] = {0, 1, 10, 100};

void burst_rates_init(struct burst_rates *rates, int64_t effective_bytes_per_tick)
{
    static const int64_t eighths[BURST_RATES_MAX] = {1, 2, 4, 6, 7, 8, 9, 10, 12, 16, 32, 64};

    *rates = (struct burst_rates){0};
    for (size_t i = 0; i < BURST_RATES_MAX; i++) {
        int64_t rate = effective_bytes_per_tick / 8 * eighths[i] +
                       effective_bytes_per_tick % 8 * eighths[i] / 8;
        if (rate < 1 || (rates->count > 0 && rates->bytes_per_tick[rates->count - 1] == rate))
            continue;
        if (rate == effective_bytes_per_tick)
            rates->effective = rates->count;
        rates->bytes_per_tick[rates->count++] = rate;
    }
}

uint64_t burst_drained_bytes(uint64_t queue_bytes, int64_t rate, int64_t ticks)
{
    uint64_t most;

    if (__builtin_mul_overflow((uint64_t)rate, (uint64_t)ticks, &most) || most >= queue_bytes)
        return 0;
    return queue_bytes - most;
}

static void settle_sigma(struct burst_meter *meter)
{
    int64_t ticks = meter->tick - meter->last_tick;

    for (size_t i = 0; meter->rates && i < meter->rates->count; i++) {
        uint64_t left =
            burst_drained_bytes(meter->queue_bytes[i], meter->rates->bytes_per_tick[i], ticks);
        meter->queue_bytes[i] = left + meter->tick_bytes;
        meter->sigma_bytes[i] = max_u64(meter->sigma_bytes[i], meter->queue_bytes[i]);
    }
}

static void settle_longest(struct burst_meter *meter)
{
    if (meter->run_ticks == 0 || meter->tick != meter->last_tick + 1) {
        meter->run_ticks = 0;
        meter->run_bytes = 0;
    }
    meter->run_ticks++;
    meter->run_bytes += meter->tick_bytes;
    if (meter->run_ticks > meter->longest_ticks ||
        (meter->run_ticks == meter->longest_ticks && meter->run_bytes > meter->longest_bytes)) {
        meter->longest_ticks = meter->run_ticks;
        meter->longest_bytes = meter->run_bytes;
    }
}

static struct burst_tick *ring_at(const struct burst_meter *meter, uint64_t number)
{
    return &meter->ticks[number & (meter->ticks_capacity - 1)];
}

static int grow(struct burst_meter *meter)
{
    size_t capacity = meter->ticks_capacity ? 2 * meter->ticks_capacity : RING_FIRST_CAPACITY;
    struct burst_tick *ticks = malloc(capacity * sizeof(*ticks));

    if (!ticks)
        return -1;
    for (uint64_t i = meter->oldest[BURST_PEAKS - 1]; i < meter->ticks_seen; i++)
        ticks[i & (capacity - 1)] = *ring_at(meter, i);
    free(meter->ticks);
    meter->ticks = ticks;
    meter->ticks_capacity = capacity;
    return 0;
}

/* The heaviest window of a length ends in a tick that carries bytes: only those are examined. */
static int settle_peaks(struct burst_meter *meter)
{
    for (int p = 0; p < BURST_PEAKS; p++)
        while (meter->oldest[p] < meter->ticks_seen &&
               ring_at(meter, meter->oldest[p])->tick <= meter->tick - burst_peak_ticks[p])
            meter->oldest[p]++;
    if (meter->ticks_seen - meter->oldest[BURST_PEAKS - 1] == meter->ticks_capacity &&
        grow(meter) != 0)
        return -1;
    *ring_at(meter, meter->ticks_seen++) =
        (struct burst_tick){.tick = meter->tick, .bytes_before = meter->total_bytes};
    meter->total_bytes += meter->tick_bytes;
    for (int p = 0; p < BURST_PEAKS; p++)
        meter->peak_bytes[p] =
            max_u64(meter->peak_bytes[p],
                    meter->total_bytes - ring_at(meter, meter->oldest[p])->bytes_before);
    return 0;
}

int burst_meter_finish(struct burst_meter *meter)
{
    int status = 0;

    if (meter->tick_bytes == 0)
        return 0;
    settle_sigma(meter);
    settle_longest(meter);
    status = settle_peaks(meter);
    meter->last_tick = meter->tick;
    meter->tick_bytes = 0;
    return status;
}

int burst_meter_add(struct burst_meter *meter, int64_t tick, uint64_t bytes)
{
    int status = tick != meter->tick ? burst_meter_finish(meter) : 0;

    meter->tick = tick;
    meter->tick_bytes += bytes;
    return status;
}

void burst_meter_fini(struct burst_meter *meter)
{
    free(meter->ticks);
    meter->ticks = NULL;
}

uint64_t burst_meter_sigma(const struct burst_meter *meter)
{
    return meter->rates->count > 0 ? meter->sigma_bytes[meter->rates->effective] : 0;
}

uint64_t burst_meter_for_delay(const struct burst_meter *meter, int64_t delay_ticks)
{
    int64_t rate =
        meter->rates->count > 0 ? meter->rates->bytes_per_tick[meter->rates->effective] : 0;

    return max_u64((uint64_t)rate,
                   burst_drained_bytes(burst_meter_sigma(meter), rate, delay_ticks));
}
