/*
 * The order of settings, from their figures alone: no files, no names.
 *
 * Eligible settings (sweep_eligibility.h) come first, by their figures; the others follow, by the
 * share of the trace that they deliver.
 *
 * Two figures are tied if their 95 % intervals overlap or they differ by less than the figure's
 * resolution. One that is missing was not measured, decides nothing, and is tied with all.
 *
 * RANK_BY_KEYS: within the first key the best mean opens a place, and all that are tied with it
 * share that place; the best of the others opens the next. The next key decides between those that
 * share a place, and so on. RANK_BY_SUM: in each key the place is 1 + the number of settings with a
 * better mean, what is missing last; the lowest sum is first. With several traces a setting's score
 * is the sum of what it has on each.
 *
 * Example: J of A, B, C 0.978, 0.977 and 0.900, grants 9000, 700 and 100, one seed. A and B differ
 * by less than 0.005 and are tied; grants put B first, then A; C is third.
 *
 * A setting is unbeaten if no other eligible one is better in some key and worse in none, on any
 * trace.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_RANK_H
#define SHAPESIM_SIM_SWEEP_SWEEP_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config/rank_keys.h"

struct rank_criterion {
    bool more_is_better;
    double absolute, relative; /* its resolution: the larger of the two counts */
};

struct rank_figure {
    double mean; /* NaN: missing */
    double ci95; /* NaN: of one value */
};

struct rank_problem {
    size_t traces, settings;
    size_t criterion_count;
    const struct rank_criterion *criteria; /* the first one first */
    const struct rank_figure *figures;     /* [trace][setting][criterion] */
    enum rank_method method;
};

struct rank_setting {
    bool is_eligible; /* given, like the next */
    double delivered_percent;
    uint64_t score; /* of the eligible; the lowest is best */
    size_t place;   /* from 1 on; equals share one */
    bool is_unbeaten;
};

/* Below 0 if `a` is better, above 0 if `b` is, 0 if they are tied. */
int rank_compare(const struct rank_criterion *criterion, struct rank_figure a,
                 struct rank_figure b);

/* Sets score, place and is_unbeaten of each setting, and `order` to their indices, the best first;
 * of equals the lowest index first. 0, or -1 on allocation failure. */
int rank_settings(const struct rank_problem *problem, struct rank_setting *settings, size_t *order);

#endif
