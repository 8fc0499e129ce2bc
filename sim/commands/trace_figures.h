/*
 * What people ask of a trace before they shape it, found in one pass and bounded memory: peak
 * rates, the bursts that rates would need, flows open at once, flows by size.
 *
 * Peaks are over windows that begin at whole milliseconds, those over 1 s at whole hundredths of a
 * second. Sigma (sim/metrics/burst.h) is over ticks of TRACE_TICK_MS: the bucket that passes all
 * without delay at a rate. With a delay d the bucket is max(rate per tick, sigma - rate * d). The
 * rates are 1, 2, 5, 10, ... bytes per tick; of these the TRACE_RATES around the mean rate are
 * given, four below it and the others above.
 */
#ifndef SHAPESIM_SIM_COMMANDS_TRACE_FIGURES_H
#define SHAPESIM_SIM_COMMANDS_TRACE_FIGURES_H

#include <stdint.h>

#include "traces/flow_source.h"

#define TRACE_TICK_MS 10
#define TRACE_PEAKS   4
#define TRACE_RATES   12
#define TRACE_DELAYS  3
#define TRACE_SIZES   7

extern const int64_t trace_peak_ms[TRACE_PEAKS];   /* 1, 10, 100, 1000 */
extern const int64_t trace_delay_ms[TRACE_DELAYS]; /* 10, 100, 1000 */

/* Flows with fewer bytes than this, and not fewer than the one before; the last is endless. */
extern const uint64_t trace_size_bytes[TRACE_SIZES];

struct trace_direction {
    uint64_t bytes;
    uint64_t peak_bytes[TRACE_PEAKS];
    struct trace_sigma {
        int64_t rate_bytes_per_s;
        uint64_t sigma_bytes;
        uint64_t burst_bytes[TRACE_DELAYS];
    } sigma[TRACE_RATES];
};

struct trace_figures {
    struct trace_direction directions[2]; /* by enum flow_direction */
    double mean_open_flows;               /* over the trace's duration; 0 without one */
    uint64_t most_open_flows;
    struct trace_size {
        uint64_t flows;
        uint64_t bytes;
    } sizes[TRACE_SIZES];
};

struct trace_meter;

/* The caller frees the result with trace_meter_free(); NULL on allocation failure. */
struct trace_meter *trace_meter_new(void);

/* An event of the trace, in order. 0, or -1 on allocation failure. */
int trace_meter_add(struct trace_meter *meter, const struct flow_event *event);

/* A flow has ended, with `bytes` in both directions together. */
void trace_meter_add_flow(struct trace_meter *meter, uint64_t bytes);

/* After the last event. 0, or -1 on allocation failure. */
int trace_meter_finish(struct trace_meter *meter, int64_t duration_us,
                       struct trace_figures *figures);

void trace_meter_free(struct trace_meter *meter);

#endif
