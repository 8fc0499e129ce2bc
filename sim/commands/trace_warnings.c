#include "sim/commands/trace_warnings.h"

#include <inttypes.h>
#include <stdio.h>

bool filter_met_nothing(const struct flow_source_options *options,
                        const struct flow_source_counts *counts, char text[WARNING_BYTES])
{
    if (counts->packets == 0 || counts->packets > counts->skipped[SKIP_FILTERED])
        return false;
    snprintf(text, WARNING_BYTES,
             "none of the %" PRIu64
             " packets met --filter '%.200s'; leave it out and see the flows "
             "of 'shapesim trace info'",
             counts->packets, options->filter);
    return true;
}
