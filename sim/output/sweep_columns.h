/*
 * The names of the columns of a sweep's files:
 *
 *     sweep.csv          run, trace, the varied keys, seed, status, figures
 *     sweep-summary.csv  trace, the varied keys, n, figures over the seeds
 *
 * There are figures for each group and direction. Their names are made of the group, where there
 * are several, the direction, and the figure; over the seeds, each ends in what it is of them:
 * web_read_jain_run, web_read_jain_run_mean.
 */
#ifndef SHAPESIM_SIM_OUTPUT_SWEEP_COLUMNS_H
#define SHAPESIM_SIM_OUTPUT_SWEEP_COLUMNS_H

#include <stddef.h>

#include "shaper/shaper.h"

enum sweep_column {
    SWEEP_COLUMN_RUN,
    SWEEP_COLUMN_TRACE,
    SWEEP_COLUMN_SEED,
    SWEEP_COLUMN_STATUS,
    SWEEP_COLUMN_SEEDS, /* how many of a setting's runs are complete */
    SWEEP_COLUMNS
};

/* The figures of a direction, in the order of the columns. */
enum sweep_figure {
    SWEEP_THROUGHPUT,
    SWEEP_UTILISATION,
    SWEEP_JAIN_1,
    SWEEP_JAIN_10,
    SWEEP_JAIN_RUN,
    SWEEP_RFB,
    SWEEP_GPS_LAG,
    SWEEP_SIGMA,
    SWEEP_DELAY_P50,
    SWEEP_DELAY_P99,
    SWEEP_DELAY_MAX,
    SWEEP_GRANTS,
    SWEEP_LOST_TOKENS,
    SWEEP_FIGURES
};

/* What a column of sweep-summary.csv is of a figure's values. */
enum sweep_statistic_column { SWEEP_N, SWEEP_MEAN, SWEEP_SD, SWEEP_CI95, SWEEP_STATISTICS };

extern const char *const sweep_column_names[SWEEP_COLUMNS];
extern const char *const sweep_figure_names[SWEEP_FIGURES];
extern const char *const sweep_statistic_suffixes[SWEEP_STATISTICS];

/* Writes the name of a figure's column into `name`; `group` is empty where there is one, `suffix`
 * in sweep.csv. */
void sweep_column_print(char *name, size_t bytes, const char *group,
                        enum shaper_direction direction, enum sweep_figure figure,
                        const char *suffix);

#endif
