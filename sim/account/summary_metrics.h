/*
 * The figures of fairness, burst and throughput as objects of summary.json. Where a figure has
 * nothing to stand on it is null. The caller owns what is returned.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_METRICS_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_METRICS_H

#include <jansson.h>

#include "sim/account/class_totals.h"
#include "sim/metrics/class_metrics.h"

json_t *summary_fairness(const struct class_metrics *metrics, int direction);
json_t *summary_burst(const struct class_metrics *metrics, int direction);

/* `spec` is what was asked for. Rates are means over the class's ticks. */
json_t *summary_throughput(const struct class_totals *class, const struct class_spec *spec,
                           int direction);

#endif
