/* Warnings of a trace that several commands print. */
#ifndef SHAPESIM_SIM_COMMANDS_TRACE_WARNINGS_H
#define SHAPESIM_SIM_COMMANDS_TRACE_WARNINGS_H

#include <stdbool.h>

#include "sim/config/limits.h"
#include "traces/flow_source.h"

/* False if some packet has met --filter, or none was there. Otherwise the warning is in `text`. */
bool filter_met_nothing(const struct flow_source_options *options,
                        const struct flow_source_counts *counts, char text[WARNING_BYTES]);

#endif
