#include "sim/commands/trace_figures.h"

#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/metrics/burst.h"

#define LADDERS 3 /* of BURST_RATES_MAX rates each: from 100 B/s to 50 TB/s */

const int64_t trace_peak_ms[TRACE_PEAKS] = {1, 10, 100, 1000};
const int64_t trace_delay_ms[TRACE_DELAYS] = {10, 100, 1000};
const uint64_t trace_size_bytes[TRACE_SIZES] = {1000,     10000,     100000,    1000000,
                                                10000000, 100000000, UINT64_MAX};

struct direction_meter {
    struct burst_meter fine; /* of 1 ms */
    struct burst_meter coarse[LADDERS];
};

struct trace_meter {
    struct burst_rates no_rates;
    struct burst_rates ladders[LADDERS];
    struct direction_meter directions[2];
    struct trace_size sizes[TRACE_SIZES];
    uint64_t open;
    uint64_t most_open;
    int64_t last_us;
    double open_us; /* flows open, over time */
};

static void make_ladders(struct trace_meter *meter)
{
    static const int64_t digits[] = {1, 2, 5};
    int64_t power = 1;

    for (size_t i = 0; i < LADDERS * BURST_RATES_MAX; i++) {
        struct burst_rates *ladder = &meter->ladders[i / BURST_RATES_MAX];
        ladder->bytes_per_tick[ladder->count++] = digits[i % 3] * power;
        if (i % 3 == 2)
            power *= 10;
    }
}

struct trace_meter *trace_meter_new(void)
{
    struct trace_meter *meter = calloc(1, sizeof(*meter));

    if (!meter)
        return NULL;
    make_ladders(meter);
    for (int d = 0; d < 2; d++) {
        meter->directions[d].fine.rates = &meter->no_rates;
        for (int i = 0; i < LADDERS; i++)
            meter->directions[d].coarse[i].rates = &meter->ladders[i];
    }
    return meter;
}

static int add_bytes(struct direction_meter *direction, int64_t time_us, uint64_t bytes)
{
    int status = burst_meter_add(&direction->fine, time_us / 1000, bytes);

    for (int i = 0; i < LADDERS && status == 0; i++)
        status = burst_meter_add(&direction->coarse[i], time_us / (1000 * TRACE_TICK_MS), bytes);
    return status;
}

static void pass_time(struct trace_meter *meter, int64_t to_us)
{
    meter->open_us += (double)meter->open * (double)(to_us - meter->last_us);
    meter->last_us = to_us;
}

int trace_meter_add(struct trace_meter *meter, const struct flow_event *event)
{
    pass_time(meter, event->time_us);
    switch (event->kind) {
    case FLOW_EVENT_PACKET:
        meter->open += event->opens_flow ? 1 : 0;
        meter->most_open = max_u64(meter->most_open, meter->open);
        if (event->bytes == 0)
            return 0;
        return add_bytes(&meter->directions[event->direction], event->time_us, event->bytes);
    case FLOW_EVENT_CLOSE:
        meter->open--;
        return 0;
    case FLOW_EVENT_RETIRE:
        return 0;
    }
    return 0;
}

void trace_meter_add_flow(struct trace_meter *meter, uint64_t bytes)
{
    size_t size = 0;

    while (size + 1 < TRACE_SIZES && bytes >= trace_size_bytes[size])
        size++;
    meter->sizes[size].flows++;
    meter->sizes[size].bytes += bytes;
}

/* --- figures --------------------------------------------------------------------------------- */

static int64_t rate_of(const struct trace_meter *meter, size_t rung)
{
    return meter->ladders[rung / BURST_RATES_MAX].bytes_per_tick[rung % BURST_RATES_MAX];
}

/* The rung of the ladders four below the first that is above the mean rate. */
static size_t first_rung(const struct trace_meter *meter, uint64_t bytes, int64_t duration_us)
{
    double ticks = (double)duration_us / (1000.0 * TRACE_TICK_MS);
    double mean = ticks > 1 ? (double)bytes / ticks : (double)bytes;
    size_t rung = 0;

    while (rung < LADDERS * BURST_RATES_MAX && (double)rate_of(meter, rung) <= mean)
        rung++;
    rung = rung < 4 ? 0 : rung - 4;
    return rung > LADDERS * BURST_RATES_MAX - TRACE_RATES ? LADDERS * BURST_RATES_MAX - TRACE_RATES
                                                          : rung;
}

static void take_sigma(const struct direction_meter *direction, size_t rung,
                       struct trace_sigma *sigma)
{
    const struct burst_meter *meter = &direction->coarse[rung / BURST_RATES_MAX];
    int64_t rate = meter->rates->bytes_per_tick[rung % BURST_RATES_MAX];

    sigma->rate_bytes_per_s = rate * (1000 / TRACE_TICK_MS);
    sigma->sigma_bytes = meter->sigma_bytes[rung % BURST_RATES_MAX];
    for (int i = 0; i < TRACE_DELAYS; i++)
        sigma->burst_bytes[i] =
            burst_for_delay(sigma->sigma_bytes, rate, trace_delay_ms[i] / TRACE_TICK_MS);
}

static int finish_direction(const struct trace_meter *meter, struct direction_meter *direction,
                            int64_t duration_us, struct trace_direction *figures)
{
    int status = burst_meter_finish(&direction->fine);

    for (int i = 0; i < LADDERS && status == 0; i++)
        status = burst_meter_finish(&direction->coarse[i]);
    if (status != 0)
        return status;
    figures->bytes = direction->fine.total_bytes;
    for (int i = 0; i < BURST_PEAKS; i++)
        figures->peak_bytes[i] = direction->fine.peak_bytes[i];
    figures->peak_bytes[BURST_PEAKS] = direction->coarse[0].peak_bytes[BURST_PEAKS - 1];
    size_t rung = first_rung(meter, figures->bytes, duration_us);
    for (size_t i = 0; i < TRACE_RATES; i++)
        take_sigma(direction, rung + i, &figures->sigma[i]);
    return 0;
}

int trace_meter_finish(struct trace_meter *meter, int64_t duration_us,
                       struct trace_figures *figures)
{
    int status = 0;

    *figures = (struct trace_figures){.most_open_flows = meter->most_open};
    if (duration_us > 0)
        figures->mean_open_flows = meter->open_us / (double)duration_us;
    for (int i = 0; i < TRACE_SIZES; i++)
        figures->sizes[i] = meter->sizes[i];
    for (int d = 0; d < 2 && status == 0; d++)
        status =
            finish_direction(meter, &meter->directions[d], duration_us, &figures->directions[d]);
    return status;
}

void trace_meter_free(struct trace_meter *meter)
{
    if (!meter)
        return;
    for (int d = 0; d < 2; d++) {
        burst_meter_fini(&meter->directions[d].fine);
        for (int i = 0; i < LADDERS; i++)
            burst_meter_fini(&meter->directions[d].coarse[i]);
    }
    free(meter);
}
