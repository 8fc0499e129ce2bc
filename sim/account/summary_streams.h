/* What a capture has more than once or too late, and who its servers are, for summary.json and
 * `trace info --json`. */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_STREAMS_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_STREAMS_H

#include <jansson.h>

#include "traces/flow_event.h"

/* Adds the keys to the object. */
void summary_streams(json_t *object, const struct flow_source_counts *counts);

#endif
