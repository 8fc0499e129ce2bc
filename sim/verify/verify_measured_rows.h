/* The rows of fairness.csv and burst.csv against those that are measured, for verify_measures.c. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_MEASURED_ROWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_MEASURED_ROWS_H

#include "sim/verify/verification.h"

struct expected_window {
    struct fairness_row row;
    struct expected_window *prev, *next;
};

struct measures {
    struct verification *verification;
    bool has_bytes;    /* bytes are fed */
    bool has_fairness; /* every flow's */
    struct csv_reader *fairness, *burst;
    bool has_window_row; /* of fairness.csv, read ahead */
    struct {
        int time, tick, group, direction, window, flows, limited, bytes, jain;
    } windows;
    struct {
        int group, flow, direction, stream, measure, x, bytes;
    } bursts;
    struct expected_window *expected;
    size_t expected_count;
    bool is_lost; /* a row of fairness.csv was wrong: those after it are not compared */
};

void measured_rows_find_columns(struct measures *measures);

/* Told what is measured, in the order in which rows should come. */
void measured_rows_take_window(void *measures, const struct fairness_row *row);
void measured_rows_take_burst(void *measures, const struct burst_row *row);

/* No row may be left, none may be missing. */
void measured_rows_finish(struct measures *measures);
void measured_rows_free(struct measures *measures);

#endif
