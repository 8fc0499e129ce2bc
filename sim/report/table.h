/*
 * A table for a paper, a wiki or a spreadsheet: texts, and numbers with the half width of their
 * 95 % interval.
 *
 * Markdown (GitHub's) and LaTeX are for people: a column of numbers has one unit, that of its
 * largest, which stands in its heading; a number has four significant digits, and its interval as
 * many places. CSV is RFC 4180 in base units: NAME_s_mean and NAME_s_ci95 are two columns.
 *
 * Example: times of 0.0125 and 0.25 s, the first +- 0.001 s, are
 *
 *     | p99 (ms)     |
 *     | -----------: |
 *     | 12.50 ± 1.00 |
 *     |        250.0 |
 */
#ifndef SHAPESIM_SIM_REPORT_TABLE_H
#define SHAPESIM_SIM_REPORT_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/sim.h"

enum table_kind {
    TABLE_TEXT,
    TABLE_TIME, /* seconds */
    TABLE_SIZE, /* bytes */
    TABLE_RATE, /* bytes per second */
    TABLE_INDEX,
    TABLE_PERCENT,
    TABLE_NUMBER,
    TABLE_PER_MB,
    TABLE_COUNT, /* whole, without an interval */
};

struct table_column {
    const char *name; /* borrowed */
    const char *note; /* in brackets after it, where people read it: a window; NULL: nothing */
    enum table_kind kind;
};

struct table_cell {
    const char *text; /* of TABLE_TEXT; borrowed */
    double mean;      /* NaN: none; infinite: never came */
    double ci95;      /* NaN: of one value */
};

/* Rows of cells, one after the other. */
struct table {
    const struct table_column *columns;
    size_t width;
    const struct table_cell *cells;
    size_t height;
};

/* Each prints it. SIM_OK or SIM_FAILED. */
int table_print_markdown(const struct table *table, FILE *out, char *error);
int table_print_latex(const struct table *table, FILE *out, char *error);
int table_print_csv(const struct table *table, FILE *out, char *error);

/* A text so that it is shown unchanged: in a cell of a Markdown table, and in LaTeX. Freed by the
 * caller; NULL on allocation failure. */
char *table_markdown_text(const char *text);
char *table_latex_text(const char *text);

#endif
