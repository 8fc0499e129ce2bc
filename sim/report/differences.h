/*
 * What differs between runs: settings, from their summary.json, and figures.
 *
 * Figures are those that --want names, of each group and direction that carried bytes in the first
 * run. Two of them differ if they are further apart than what a figure resolves: 0.8 %, Jain's
 * index 0.005. What differs nowhere is left out.
 *
 * Example: A has p99 = 100 ms and J = 0.966, B 131 ms and 0.721, and both 12 grants per MB: two
 * figures differ, "p99 1.31 times A's" and "jain 0.966 -> 0.721".
 */
#ifndef SHAPESIM_SIM_REPORT_DIFFERENCES_H
#define SHAPESIM_SIM_REPORT_DIFFERENCES_H

#include "sim/config/demands.h"
#include "sim/report/comparison.h"

#define DIFFERENCE_TEXT_BYTES 128

/* A figure of all runs. */
struct difference {
    enum demand_metric metric;
    const char *group;              /* borrowed from the first run's summary */
    int direction;                  /* enum shaper_direction, or DEMAND_EITHER_DIRECTION */
    double values[REPORT_RUNS_MAX]; /* NaN: it has none; infinite: never came */
};

typedef void difference_callback(void *arg, const struct difference *difference);

/* Calls `take` for each figure in which some run differs from the first, those of the group with
 * most bytes first. Returns how many figures were compared. */
size_t differences_of_figures(const struct comparison *comparison, difference_callback *take,
                              void *arg);

/* Whether run `i` differs from the first in it. */
bool difference_is(const struct difference *difference, size_t i);

/* The figure's name, "group web, write: p99", and a value with its unit. */
void difference_name(const struct difference *difference, char text[DIFFERENCE_TEXT_BYTES]);
void difference_value(const struct difference *difference, size_t i,
                      char text[DIFFERENCE_TEXT_BYTES]);

/* The value of run `i` divided by that of the first; NaN where that says nothing. */
double difference_quotient(const struct difference *difference, size_t i);

/* Run `i` against the first: "1.31 times A's", "0.966 -> 0.721", "the same". */
void difference_against(const struct difference *difference, size_t i,
                        char text[DIFFERENCE_TEXT_BYTES]);

/* A setting; texts[i] is that of run i. */
typedef void setting_callback(void *arg, const char *name, char *const texts[REPORT_RUNS_MAX]);

/* Calls `take` for each setting that differs between any two runs. SIM_OK or SIM_FAILED (no
 * memory). */
int differences_of_settings(const struct comparison *comparison, setting_callback *take, void *arg,
                            char *error);

#endif
