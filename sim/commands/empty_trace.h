/* A capture of which nothing can be replayed: why, and the way out. */
#ifndef SHAPESIM_SIM_COMMANDS_EMPTY_TRACE_H
#define SHAPESIM_SIM_COMMANDS_EMPTY_TRACE_H

#include <stdbool.h>

#include "sim/config/config.h"
#include "traces/flow_source.h"

/* Whether the trace, read to its end, had no packet of a flow. */
bool empty_trace(const struct flow_source_counts *counts);

/* Says so in `error`, by what most of the packets are; is_truncated: the capture ends in the middle
 * of a packet. Returns SIM_FAILED. */
int empty_trace_fail(const struct run_config *config, struct capture *capture,
                     const struct flow_source_counts *counts, bool is_truncated, char *error);

#endif
