/* What `trace info` and `trace synth` were asked for. */
#ifndef SHAPESIM_SIM_CONFIG_TRACE_CONFIG_H
#define SHAPESIM_SIM_CONFIG_TRACE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/flow_source.h"
#include "traces/synth_spec.h"

struct info_config {
    const char *trace;         /* the first, if there are several */
    const char *const *traces; /* all that are joined, borrowed */
    size_t trace_count;
    struct flow_source_options source;
    int64_t flows; /* how many to list, the largest */
    bool csv;
    bool json; /* what is printed otherwise, as JSON */
};

struct synth_config {
    struct synth_spec spec;
    const char *output;
};

#endif
