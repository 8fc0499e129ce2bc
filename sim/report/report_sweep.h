/*
 * A sweep as its report reads it: the runs with their settings and main figures, and means over
 * seeds with their 95 % interval: mean +- t(n-1) * s / sqrt(n), with s^2 = sum (x - mean)^2 /
 * (n-1).
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_SWEEP_H
#define SHAPESIM_SIM_REPORT_REPORT_SWEEP_H

#include <stddef.h>

#include "sim/output/csv_reader.h"
#include "sim/report/report.h"

#define SWEEP_KEYS_MAX   8
#define SWEEP_VALUES_MAX 24
#define SWEEP_TRACES_MAX 3 /* next to each other */
#define SWEEP_NAME_BYTES 64
#define SWEEP_ANY        ((size_t)-1)

enum sweep_metric {
    METRIC_JAIN_1,
    METRIC_JAIN, /* over the window by which settings are compared */
    METRIC_THROUGHPUT,
    METRIC_UTILISATION,
    METRIC_P99,
    METRIC_GRANTS,
    SWEEP_METRICS
};

struct sweep_key {
    char name[SWEEP_NAME_BYTES];
    char *values[SWEEP_VALUES_MAX]; /* in the order of appearance; owned */
    size_t count;
};

struct sweep_run {
    size_t trace;
    size_t values[SWEEP_KEYS_MAX];
    double metrics[SWEEP_METRICS]; /* NAN if there is none */
};

struct sweep {
    char prefix[SWEEP_NAME_BYTES]; /* of the figures' columns: the group and direction shown */
    struct sweep_key keys[SWEEP_KEYS_MAX];
    size_t key_count;
    char *traces[SWEEP_TRACES_MAX]; /* owned */
    size_t trace_count;
    struct sweep_run *runs;
    size_t run_count, run_room;
    size_t rows, failed, left_out;
    double compared_window_s;                 /* NAN if it is not known */
    enum sweep_metric fairness;               /* METRIC_JAIN, or METRIC_JAIN_1 if no run has that */
    char window[SWEEP_NAME_BYTES];            /* its window: "100 ms", "1 tick" */
    char fairness_name[SWEEP_NAME_BYTES + 8]; /* "J, 100 ms" */
};

/* A trace and a value of each key, or SWEEP_ANY. */
struct sweep_cell {
    size_t trace;
    size_t values[SWEEP_KEYS_MAX];
};

struct sweep_mean {
    size_t count;
    double mean;
    double half_width; /* of the 95 % interval; 0 for one run */
};

/* Reads `directory`/sweep.csv; `sweep` is zeroed. The caller frees with sweep_fini() in any case.
 */
int sweep_read(struct sweep *sweep, const char *directory, char *error);
void sweep_fini(struct sweep *sweep);

/* The mean of a metric over the runs of a cell. */
struct sweep_mean sweep_mean(const struct sweep *sweep, const struct sweep_cell *cell,
                             size_t metric);

#endif
