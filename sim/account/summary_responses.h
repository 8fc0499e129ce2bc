/*
 * Response times and completion times of a group as objects of summary.json. A figure without data,
 * or one that falls on what never was complete, is null. The caller owns the result.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_RESPONSES_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_RESPONSES_H

#include <jansson.h>

#include "sim/metrics/response_times.h"

json_t *summary_responses(const struct response_times *times);
json_t *summary_completion(const struct completion_times *times);

/* Adds NAME_p50_s, NAME_p90_s, NAME_p99_s and NAME_max_s. */
void summary_set_percentiles(json_t *object, const char *name, const struct delay_histogram *times);

#endif
