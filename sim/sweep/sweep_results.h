/*
 * The results of a sweep's runs: figures from their summary.json, or why there are none.
 *
 * Over the seeds of a setting, 95 % confidence means that the mean lies within mean -+ ci95 = t *
 * sd / sqrt(n); sd is that of the sample, divided by n - 1, and t Student's quantile of n - 1
 * degrees.
 *
 * Example: 8, 10, 12 have the mean 10, sd 2 and ci95 4.303 * 2 / sqrt(3) = 4.968.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_RESULTS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/config/demands.h"
#include "sim/sweep/sweep_figures.h"
#include "sim/sweep/sweep_plan.h"

#define SWEEP_STATUS_OK      "ok"
#define SWEEP_STATUS_MISSING "missing"

struct sweep_results;
struct sweep_directory;

/* No run's results are known yet. All are borrowed; each run is held against `wants`. Freed with
 * sweep_results_free(). NULL on allocation failure. */
struct sweep_results *sweep_results_new(const struct sweep_plan *plan,
                                        struct sweep_directory *directory,
                                        const struct demands *wants);
void sweep_results_free(struct sweep_results *results);

/* From now on, results of any version of shapesim and libevent are complete, if their format is
 * that of now: to show them, not to continue the sweep. */
void sweep_results_take_any_version(struct sweep_results *results);

/* Reads the results of a run: complete if its format, command, versions and trace are those of now,
 * else failed if it left an error, else missing. SIM_OK or SIM_FAILED (no memory). */
int sweep_results_load(struct sweep_results *results, size_t run, char *error);

/* SIM_OK if sweep_results_clear() would find nothing foreign for any run that is not complete, else
 * SIM_FAILED. */
int sweep_results_check_clear(const struct sweep_results *results, char *error);

/* Removes the files of a run that is not complete. SIM_OK or SIM_FAILED. */
int sweep_results_clear(struct sweep_results *results, size_t run, char *error);

/* A run that left no files has failed with this text. */
void sweep_results_fail(struct sweep_results *results, size_t run, const char *text);

/* How many loaded runs had a summary.json of another format than SUMMARY_FORMAT: none of these is
 * complete. */
size_t sweep_results_other_formats(const struct sweep_results *results);

bool sweep_results_is_ok(const struct sweep_results *results, size_t run);
const char *sweep_results_status(const struct sweep_results *results, size_t run);

/* What is known of a run for the eligibility of its setting; borrowed. */
struct sweep_evidence sweep_results_evidence(const struct sweep_results *results, size_t run);

/* The figures of a complete run, borrowed; NULL if it is not complete. */
const struct sweep_figures *sweep_results_figures(const struct sweep_results *results, size_t run);

/* Over the seeds of one setting. */
struct sweep_statistic {
    size_t n;
    double mean, sd, ci95; /* mean: NaN if n is 0; the others: if it is below 2, or a value is
                            * infinite, as the mean is then */
};

/* Of a figure in a direction of a setting: `direction` counts groups, then directions. */
struct sweep_statistic sweep_results_statistic(const struct sweep_results *results, size_t setting,
                                               size_t direction, enum sweep_figure figure);

/* Likewise, of a figure of a group. */
struct sweep_statistic sweep_results_group_statistic(const struct sweep_results *results,
                                                     size_t setting, size_t group,
                                                     enum sweep_group_figure figure);

const struct sweep_plan *sweep_results_plan(const struct sweep_results *results);

/* The number of complete runs of the setting. */
size_t sweep_results_complete(const struct sweep_results *results, size_t setting);

/* The statistic of `n` values; NaNs are left out. */
struct sweep_statistic sweep_statistic(const double *values, size_t n);

#endif
