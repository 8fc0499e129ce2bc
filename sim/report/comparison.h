/*
 * Several finished runs side by side: `shapesim report A B [C...] -o DIR`. They are called A, B, C,
 * ... in the order given, each with the shortest end of its path that no other has.
 */
#ifndef SHAPESIM_SIM_REPORT_COMPARISON_H
#define SHAPESIM_SIM_REPORT_COMPARISON_H

#include "sim/config/report_config.h"
#include "sim/report/curves.h"
#include "sim/report/report.h"

#define COMPARISON_NAME_BYTES 96

struct compared_run {
    struct report report;
    char letter[2];
    char name[COMPARISON_NAME_BYTES];
    char label[COMPARISON_NAME_BYTES + 4]; /* "A: name" */
};

struct comparison {
    struct compared_run runs[REPORT_RUNS_MAX];
    size_t count;
    bool have_one_trace;          /* the same bytes */
    char names[CURVES_NAMES_MAX]; /* of the figures that have something to show */
};

/* Verifies and reads each run. SIM_OK; SIM_FAILED if one is not a finished run of this format, is a
 * sweep, or is given twice: with the way out. The caller frees with comparison_free(). */
int comparison_load(char *const *directories, size_t count, struct comparison **comparison,
                    char *error);
void comparison_free(struct comparison *comparison);

/* Writes the curves of all figures (curves.h) into `data_directory`. SIM_OK or SIM_FAILED. */
int comparison_write_curves(struct comparison *comparison, const char *data_directory, char *error);

#endif
