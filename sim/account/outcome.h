/* The result of a run: for the summary and other reports. */
#ifndef SHAPESIM_SIM_ACCOUNT_OUTCOME_H
#define SHAPESIM_SIM_ACCOUNT_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/account/group_totals.h"
#include "sim/config/config.h"
#include "traces/flow_event.h"

enum replay_end {
    REPLAY_DRAINED,     /* the trace has ended and every backlog is empty */
    REPLAY_MAX_TIME,    /* --max-time came first */
    REPLAY_INTERRUPTED, /* *stop was set */
    REPLAY_FAILED,
};

struct outcome {
    enum replay_end end;
    int64_t end_us;
    /* In the config's order, "-" last if it had any flow; borrowed from the replay. */
    const struct group_totals *groups[GROUPS_MAX + 1];
    size_t group_count;
    const bool *weights_met;  /* by the config's rules: a flow's first packet has met it; borrowed
                               * likewise */
    size_t events_taken;      /* of the config's --at, when the run ended */
    size_t events_missed;     /* of these, for flows that were not open then */
    uint64_t bucketless_flow; /* the last one without the bucket that --at decrements; 0: none */
    const struct flow_source_counts
        *counts;           /* of the trace up to the run's end; borrowed likewise */
    bool is_truncated;     /* up to there, the trace ended in the middle of a packet */
    const char *uncounted; /* why the groups' unoffered_bytes are not known; NULL: they are.
                            * Borrowed likewise */
};

#endif
