/* What a capture has that is not replayed, more than once or too late, and who its servers are, for
 * summary.json and what --json prints. */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_STREAMS_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_STREAMS_H

#include <jansson.h>

#include "traces/flow_event.h"

/* How many packets were skipped for each reason that occurred. The caller owns it; NULL, or
 * incomplete with memory_ran_out(), on allocation failure. */
json_t *summary_skipped(const struct flow_source_counts *counts);

/* Adds the keys to the object. */
void summary_streams(json_t *object, const struct flow_source_counts *counts);

#endif
