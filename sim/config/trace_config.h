/* What `trace info` and `trace synth` were asked for. */
#ifndef SHAPESIM_SIM_CONFIG_TRACE_CONFIG_H
#define SHAPESIM_SIM_CONFIG_TRACE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/flow_source.h"
#include "traces/synth_spec.h"

struct info_config {
    const char *trace;
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
