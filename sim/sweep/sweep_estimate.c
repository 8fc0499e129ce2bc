#include "sim/sweep/sweep_estimate.h"

#include <math.h>

/* Bytes of a row, as runs of the shipped traces have them; and of summary.json. */
#define TICK_ROW_BYTES      90.0
#define FLOW_TICK_ROW_BYTES 70.0
#define FLOW_ROW_BYTES      200.0
#define EXCHANGE_ROW_BYTES  75.0
#define FAIRNESS_ROW_BYTES  55.0
#define SUMMARY_BYTES       20000.0
#define GROUP_BYTES         60000.0 /* burst.csv and delays.csv of a group */

/* Windows of 1, 2, 5, 10, ... ticks for each tick. */
#define WINDOWS_PER_TICK 2.0
#define COMPRESSION      5.0 /* of CSV files */

static double limited_directions(const struct sweep_limits *limits)
{
    return (limits->is_limited[SHAPER_READ] ? 1 : 0) + (limits->is_limited[SHAPER_WRITE] ? 1 : 0);
}

/* How much longer than its trace a run takes at the rate of the limits. */
static double stretch(const struct sweep_limits *limits, const struct flow_extent *extent,
                      double copies)
{
    double rate = 0;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (limits->has_rate[d] && (rate <= 0 || limits->rate_bytes_per_s[d] < rate))
            rate = limits->rate_bytes_per_s[d];
    if (rate <= 0 || extent->duration_us == 0)
        return 1;
    return fmax(1, (double)extent->bytes * copies / rate / ((double)extent->duration_us / 1e6));
}

/* Of all flows that are recorded, as long as they are open. */
static double flow_tick_rows(const struct sweep_setting *setting, const struct flow_extent *extent,
                             double copies, double tick_us)
{
    double all_us = (double)extent->flows_us * copies;
    double most_us = (double)setting->flow_ticks * (double)extent->longest_flow_us;

    return fmin(all_us, most_us) / tick_us;
}

/* What the rows for ticks and windows of a group take. */
static double group_bytes(const struct sweep_setting *setting, const struct sweep_limits *limits,
                          const struct flow_extent *extent, double copies)
{
    double tick_us = (double)limits->tick_ms * 1000;
    double ticks = (double)extent->duration_us / tick_us;
    double bytes = ticks * WINDOWS_PER_TICK * limited_directions(limits) * FAIRNESS_ROW_BYTES;

    if (setting->files == RUN_FILES_ALL) /* as if all flows were in the group */
        bytes += ticks * TICK_ROW_BYTES + flow_tick_rows(setting, extent, copies, tick_us) *
                                              FLOW_TICK_ROW_BYTES / (double)setting->limit_count;
    return GROUP_BYTES + bytes * stretch(limits, extent, copies);
}

uint64_t sweep_estimate_bytes(const struct sweep_setting *setting, const struct flow_extent *extent)
{
    double copies = setting->copies > 1 ? (double)setting->copies : 1;
    double bytes = copies * ((double)extent->flows * FLOW_ROW_BYTES +
                             (double)extent->exchanges * EXCHANGE_ROW_BYTES);

    for (size_t i = 0; i < setting->limit_count; i++)
        bytes += group_bytes(setting, &setting->limits[i], extent, copies);
    if (setting->files == RUN_FILES_SUMMARY)
        bytes = 0;
    return (uint64_t)(bytes / (setting->compresses ? COMPRESSION : 1) + SUMMARY_BYTES);
}
