/* What the length of a run's files depends on: how much of everything a trace has. */
#ifndef SHAPESIM_TRACES_FLOW_EXTENT_H
#define SHAPESIM_TRACES_FLOW_EXTENT_H

#include <stdint.h>

struct flow_extent {
    uint64_t flows;
    uint64_t bytes;     /* by the count mode */
    uint64_t exchanges; /* runs of payload packets from an initiator, with what answers them */
    int64_t duration_us;
    int64_t flows_us;        /* from each flow's first packet to its close, in sum */
    int64_t longest_flow_us; /* of one flow */
};

#endif
