/*
 * Settings that differ in one value alone, the rate with the burst that goes with it or the burst,
 * and the search for the least value that holds.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_LINE_H
#define SHAPESIM_SIM_ADVISE_ADVISE_LINE_H

#include "sim/advise/advise_probes.h"

#define ADVISE_FIRST_STEP 1.1
#define ADVISE_BLIND_STEP 2.0 /* where nothing says where to begin */

/* Plain data. */
struct advise_line {
    struct advise_setting base;
    bool is_burst;
    int64_t least, most; /* other values are not looked at */
    double step;         /* the factor of the first step up or down; 0: ADVISE_FIRST_STEP */
};

/* What is known of a line: 0 where nothing is. */
struct advise_bracket {
    int64_t fails; /* the largest value that fails below the largest that holds */
    int64_t holds; /* the least value above it that holds */
};

struct advise_setting advise_line_setting(const struct advise_probes *probes,
                                          const struct advise_line *line, int64_t value);

struct advise_bracket advise_line_bracket(const struct advise_probes *probes,
                                          const struct advise_line *line);

/* Tries values from `start` on upwards, in steps that grow, until one holds or line->most does
 * not. */
int advise_line_climb(struct advise_probes *probes, const struct advise_line *line, int64_t start,
                      char *error);

/* Tries `count` values, at most ADVISE_SCAN, between two others, spaced by a factor. */
int advise_line_scan(struct advise_probes *probes, const struct advise_line *line, int64_t from,
                     int64_t to, size_t count, char *error);

/* The least value of a line of which one is known to hold; *is_monotone becomes false where what
 * holds is no single stretch up to line->most. */
int advise_line_least(struct advise_probes *probes, const struct advise_line *line, int64_t *value,
                      bool *is_monotone, char *error);

#endif
