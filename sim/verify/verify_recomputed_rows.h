/* The rows of fairness.csv and burst.csv against those that are measured, for verify_recomputed.c.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_ROWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_ROWS_H

#include "sim/metrics/rows.h"
#include "sim/verify/verify_rows.h"

/* Measured, and its row of fairness.csv has not come. */
struct expected_window {
    struct fairness_row row;
    struct expected_window *prev, *next;
};

/* Embedded by value; zeroed is closed. */
struct recomputed_rows {
    struct verification *verification;
    bool has_bursts, has_windows; /* which are compared */
    struct csv_reader *fairness, *burst;
    bool has_window_row; /* of fairness.csv, read ahead */
    struct {
        int time, tick, group, direction, window, flows, limited, bytes, jain, window_time;
    } windows;
    struct {
        int group, flow, direction, stream, measure, x, bytes;
    } bursts;
    struct expected_window *expected;
    size_t expected_count;
    bool is_lost; /* a row of fairness.csv was wrong: those after it are not compared */
};

/* False where a file cannot be opened. */
bool recomputed_rows_open(struct recomputed_rows *rows, struct verification *verification,
                          bool has_bursts, bool has_windows);
bool recomputed_rows_are_good(const struct recomputed_rows *rows);
void recomputed_rows_free(struct recomputed_rows *rows);

/* Told what is measured, in the order in which rows should come. */
void recomputed_rows_take_window(void *rows, const struct fairness_row *row);
void recomputed_rows_take_burst(void *rows, const struct burst_row *row);

/* No row may be left, none may be missing. */
void recomputed_rows_finish(struct recomputed_rows *rows);

#endif
