/*
 * The figures of fairness, burst and throughput as objects of summary.json. A figure without data
 * is null. The caller owns the result.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_METRICS_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_METRICS_H

#include <jansson.h>

#include "sim/account/group_totals.h"
#include "sim/metrics/group_metrics.h"

json_t *summary_fairness(const struct group_metrics *metrics, int direction);

/* Of these, what is known from the rows of fairness.csv: Jain's index by window, and the headline,
 * over the window by which runs are judged where nobody names another (WINDOW_DEFAULT_US). */
void summary_set_jain(json_t *fairness, const struct fairness_result *result, int64_t tick_us);

json_t *summary_burst(const struct group_metrics *metrics, int direction);

/* `spec` is what was asked for. Rates are means over the group's ticks. */
json_t *summary_throughput(const struct group_totals *group, const struct group_config *spec,
                           int direction);

#endif
