/*
 * The columns of a sweep's files:
 *
 *     sweep.csv          run, trace, the varied keys, seed, status, figures, parameters, figures
 *     sweep-summary.csv  trace, the varied keys, n, figures over the seeds, parameters, figures
 *     sweep-long.csv     run, trace, the varied keys, seed, group, direction, metric, window_s,
 *                        value
 *
 * There are figures for each group and direction. Their names are made of the group, where there
 * are several, the direction, and the figure; over the seeds, each ends in what it is of them:
 * web_read_utilisation, web_read_utilisation_mean. Parameters are what was asked for, as numbers:
 * compared_window_s for all groups, the others for each; a rate or burst has a column for each
 * direction only where the two differ in a setting of the sweep.
 */
#ifndef SHAPESIM_SIM_OUTPUT_SWEEP_COLUMNS_H
#define SHAPESIM_SIM_OUTPUT_SWEEP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "shaper/shaper.h"

enum sweep_column {
    SWEEP_COLUMN_RUN,
    SWEEP_COLUMN_TRACE,
    SWEEP_COLUMN_SEED,
    SWEEP_COLUMN_STATUS,
    SWEEP_COLUMN_SEEDS, /* how many of a setting's runs are complete */
    SWEEP_COLUMN_GROUP,
    SWEEP_COLUMN_DIRECTION,
    SWEEP_COLUMN_METRIC,
    SWEEP_COLUMN_WINDOW,
    SWEEP_COLUMN_VALUE,
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
    SWEEP_FIGURES_BEFORE, /* those before the parameters */
    SWEEP_DELIVERED_PERCENT = SWEEP_FIGURES_BEFORE,
    SWEEP_UNDELIVERED,
    SWEEP_FALSE_EOFS,
    SWEEP_GRANTS_PER_MB,
    SWEEP_JAIN_100MS,
    SWEEP_JAIN_LEAST_100MS,
    SWEEP_JAIN_COMPARED,
    SWEEP_JAIN_LEAST_COMPARED,
    SWEEP_FIGURES
};

enum sweep_number {
    SWEEP_COUNT,    /* a whole number */
    SWEEP_RATIO,    /* nine places */
    SWEEP_MILLIONTH /* six places: seconds, bytes per second */
};

struct sweep_figure_column {
    const char *name;
    enum sweep_number number;
    const char *unit; /* empty: it has none */
    const char *meaning;
    bool has_window; /* sweep-long.csv has it as sweep_window_metrics, for every window */
};

enum sweep_parameter {
    SWEEP_COMPARED_WINDOW,
    SWEEP_TICK,
    SWEEP_RATE,
    SWEEP_BURST,
    SWEEP_MIN_SHARE,
    SWEEP_PARAMETERS
};

/* Jain's index over one window's length, in sweep-long.csv. */
enum sweep_window_metric { SWEEP_WINDOW_JAIN, SWEEP_WINDOW_JAIN_LEAST, SWEEP_WINDOW_METRICS };

/* What a column of sweep-summary.csv is of a figure's values. */
enum sweep_statistic_column { SWEEP_N, SWEEP_MEAN, SWEEP_SD, SWEEP_CI95, SWEEP_STATISTICS };

extern const char *const sweep_column_names[SWEEP_COLUMNS];
extern const struct sweep_figure_column sweep_figure_columns[SWEEP_FIGURES];
extern const struct sweep_figure_column sweep_parameter_columns[SWEEP_PARAMETERS];
extern const struct sweep_figure_column sweep_window_columns[SWEEP_WINDOW_METRICS];
extern const char *const sweep_statistic_suffixes[SWEEP_STATISTICS];

/* Writes the name of a figure's column into `name`; `group` is empty where there is one, `suffix`
 * in sweep.csv. */
void sweep_column_print(char *name, size_t bytes, const char *group,
                        enum shaper_direction direction, enum sweep_figure figure,
                        const char *suffix);

/* The name of a parameter's column; `direction` is -1 where there is one column for both. */
void sweep_parameter_print(char *name, size_t bytes, const char *group, int direction,
                           enum sweep_parameter parameter);

#endif
