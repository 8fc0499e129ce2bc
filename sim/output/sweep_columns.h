/*
 * The columns of a sweep's files:
 *
 *     sweep.csv          run, trace, the varied keys, seed, status, figures, parameters, figures,
 *                        figures of groups
 *     sweep-summary.csv  trace, the varied keys, n, then likewise, each figure over the seeds
 *     sweep-long.csv     run, trace, the varied keys, seed, group, direction, metric, window_s,
 *                        value
 *
 * There are figures for each group and direction, and for each group. Their names are made of the
 * group, where there are several, the direction, if it is of one, and the figure; over the seeds,
 * each ends in what it is of them: web_read_utilisation, web_response_p99_s_mean. Columns that were
 * there before others stay before them, so the figures of a direction stand in three parts of a
 * row; with the last part come those of groups. What is infinite, as a response never came, is
 * `inf`. Parameters are what was asked for, as numbers: compared_window_s for all groups, the
 * others for each; a rate or burst has a column for each direction only where the two differ in a
 * setting of the sweep.
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
    SWEEP_FIGURES_WITH_GROUPS, /* those from here on stand with the figures of groups */
    SWEEP_BEHIND_P50 = SWEEP_FIGURES_WITH_GROUPS,
    SWEEP_BEHIND_P99,
    SWEEP_BEHIND_MAX,
    SWEEP_WITHHELD,
    SWEEP_FIGURES
};

/* The figures of both directions of a group together. */
enum sweep_group_figure {
    SWEEP_EXCHANGES,
    SWEEP_UNANSWERED,
    SWEEP_RESPONSE_P50,
    SWEEP_RESPONSE_P90,
    SWEEP_RESPONSE_P99,
    SWEEP_RESPONSE_MAX,
    SWEEP_CAPTURED_RESPONSE_P50,
    SWEEP_CAPTURED_RESPONSE_P90,
    SWEEP_CAPTURED_RESPONSE_P99,
    SWEEP_CAPTURED_RESPONSE_MAX,
    SWEEP_ADDED_P50,
    SWEEP_ADDED_P90,
    SWEEP_ADDED_P99,
    SWEEP_ADDED_MAX,
    SWEEP_SLOWDOWN_P50,
    SWEEP_SLOWDOWN_P99,
    SWEEP_COMPLETION_P50,
    SWEEP_COMPLETION_P90,
    SWEEP_COMPLETION_P99,
    SWEEP_COMPLETION_MAX,
    SWEEP_CAPTURED_COMPLETION_P50,
    SWEEP_CAPTURED_COMPLETION_P90,
    SWEEP_CAPTURED_COMPLETION_P99,
    SWEEP_CAPTURED_COMPLETION_MAX,
    SWEEP_BROKEN_FLOWS,
    SWEEP_GROUP_FIGURES
};

enum sweep_number {
    SWEEP_COUNT,           /* a whole number */
    SWEEP_RATIO,           /* nine places */
    SWEEP_MILLIONTH,       /* six places: seconds, bytes per second */
    SWEEP_SIGNED_MILLIONTH /* likewise, and may be below 0 */
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
extern const struct sweep_figure_column sweep_group_columns[SWEEP_GROUP_FIGURES];
extern const struct sweep_figure_column sweep_parameter_columns[SWEEP_PARAMETERS];
extern const struct sweep_figure_column sweep_window_columns[SWEEP_WINDOW_METRICS];
extern const char *const sweep_statistic_suffixes[SWEEP_STATISTICS];

/* Writes the name of a figure's column into `name`; `group` is empty where there is one, `suffix`
 * in sweep.csv. */
void sweep_column_print(char *name, size_t bytes, const char *group,
                        enum shaper_direction direction, enum sweep_figure figure,
                        const char *suffix);

/* Likewise, of a group's figure. */
void sweep_group_column_print(char *name, size_t bytes, const char *group,
                              enum sweep_group_figure figure, const char *suffix);

/* The name of a parameter's column; `direction` is -1 where there is one column for both. */
void sweep_parameter_print(char *name, size_t bytes, const char *group, int direction,
                           enum sweep_parameter parameter);

#endif
