/* The rows of fairness.csv and burst.csv against those that are measured, for verify_recomputed.c.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_ROWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_ROWS_H

#include "sim/verify/verification.h"

struct expected_window {
    struct fairness_row row;
    struct expected_window *prev, *next;
};

struct recomputed_metrics {
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

void recomputed_rows_find_columns(struct recomputed_metrics *recomputed);

/* Told what is measured, in the order in which rows should come. */
void recomputed_rows_take_window(void *recomputed, const struct fairness_row *row);
void recomputed_rows_take_burst(void *recomputed, const struct burst_row *row);

/* No row may be left, none may be missing. */
void recomputed_rows_finish(struct recomputed_metrics *recomputed);
void recomputed_rows_free(struct recomputed_metrics *recomputed);

#endif
