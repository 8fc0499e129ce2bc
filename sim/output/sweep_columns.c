#include "sim/output/sweep_columns.h"

#include <stdio.h>

const char *const sweep_column_names[SWEEP_COLUMNS] = {
    [SWEEP_COLUMN_RUN] = "run",       [SWEEP_COLUMN_TRACE] = "trace", [SWEEP_COLUMN_SEED] = "seed",
    [SWEEP_COLUMN_STATUS] = "status", [SWEEP_COLUMN_SEEDS] = "n",
};

const char *const sweep_figure_names[SWEEP_FIGURES] = {
    [SWEEP_THROUGHPUT] = "throughput_bytes_per_s",
    [SWEEP_UTILISATION] = "utilisation",
    [SWEEP_JAIN_1] = "jain_1_tick",
    [SWEEP_JAIN_10] = "jain_10_ticks",
    [SWEEP_JAIN_RUN] = "jain_run",
    [SWEEP_RFB] = "rfb_bytes",
    [SWEEP_GPS_LAG] = "gps_lag_bytes",
    [SWEEP_SIGMA] = "sigma_bytes",
    [SWEEP_DELAY_P50] = "delay_p50_s",
    [SWEEP_DELAY_P99] = "delay_p99_s",
    [SWEEP_DELAY_MAX] = "delay_max_s",
    [SWEEP_GRANTS] = "grants",
    [SWEEP_LOST_TOKENS] = "lost_tokens_bytes",
};

const char *const sweep_statistic_suffixes[SWEEP_STATISTICS] = {
    [SWEEP_N] = "_n",
    [SWEEP_MEAN] = "_mean",
    [SWEEP_SD] = "_sd",
    [SWEEP_CI95] = "_ci95",
};

void sweep_column_print(char *name, size_t bytes, const char *group,
                        enum shaper_direction direction, enum sweep_figure figure,
                        const char *suffix)
{
    snprintf(name, bytes, "%s%s%s_%s%s", group, *group ? "_" : "", shaper_direction_name(direction),
             sweep_figure_names[figure], suffix);
}
