/* flows.csv, row by row: checks each flow, and sums flows for the checks of groups. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FLOWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FLOWS_H

#include "sim/verify/verification.h"

#define DELAY_FIGURES 3 /* p50, p99, max */

/* Of the flows that opened in a group. */
struct flow_totals {
    uint64_t flows, packets, false_eofs, broken_flows;
    int64_t retransmitted_bytes;
    int64_t tcp_offered_bytes; /* in both directions */
    int64_t offered_bytes[SHAPER_DIRECTIONS];
    int64_t delivered_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* sum of the flows' largest */
    int64_t largest_backlog_bytes[SHAPER_DIRECTIONS];
    int64_t least_delay_us[SHAPER_DIRECTIONS][DELAY_FIGURES]; /* over flows; -1 without any */
    int64_t most_delay_us[SHAPER_DIRECTIONS][DELAY_FIGURES];
};

/* Their columns in flows.csv; columns of reading stand for both directions. */
extern const int verify_measured_columns[FLOW_MEASURES];

/* Reads the flows; false where the rest cannot be checked. */
bool verify_flows(struct verification *verification);
void verify_flows_free(struct verification *verification);

const struct flow_totals *flow_totals_of(const struct verification *verification,
                                         const struct verified_group *group);

/* Whether the run was ended before the flow was. */
bool verify_was_waiting(const struct verified_flow *flow);

#endif
