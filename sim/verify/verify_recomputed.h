/*
 * fairness.csv, burst.csv and what summary.json and flows.csv say of fairness and bursts: measured
 * once more, with the meters of group_metrics.h, on the rows of ticks.csv and flow_ticks.csv, and
 * compared field by field.
 *
 * Bytes offered in a tick are those delivered and what the backlog grew by. That takes charged
 * bytes to be the delivered ones: with TLS, filters and flushes nothing is measured but tokens
 * lost, on the wall's clock nothing at all. Fairness takes every flow's ticks. What flow_ticks.csv
 * does not have of a group is fed as one flow.
 *
 * Sums of fractions can differ in their last digits: what is no whole number is compared to 1e-9.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_H
#define SHAPESIM_SIM_VERIFY_VERIFY_RECOMPUTED_H

#include "sim/verify/tick.h"
#include "sim/verify/verify_moves.h"

/* fairness.csv and burst.csv are read in step with what the same meters make of the rows of
 * ticks.csv and flow_ticks.csv. False on allocation failure or where a file cannot be read. */
bool recomputed_open(struct verification *verification);
void recomputed_free(struct verification *verification);

/* `ticks` ticks without rows. */
void recomputed_skip_ticks(struct verification *verification, const struct verified_group *group,
                           int64_t ticks);

/* A row of flow_ticks.csv. */
struct recomputed_flow_row {
    const struct verified_group *group;
    const struct verified_flow *flow;
    int64_t tick;
    bool is_first;                    /* of the flow */
    const struct verified_move *move; /* with which the flow leaves the group; NULL: it stays */
    const int64_t *bytes, *backlog_bytes, *backlog_before_bytes; /* by direction */
};
void recomputed_take_flow(struct verification *verification, const struct recomputed_flow_row *row);

/* A row of ticks.csv, after those of its flows. */
void recomputed_close_tick(struct verification *verification, const struct verified_tick *tick);

/* Compares flows.csv, summary.json and the rows that are left, if every row came. */
void recomputed_finish(struct verification *verification, bool is_complete);

/* The group's tokens that refills lost; -1 where they are not measured. */
int64_t recomputed_lost_bytes(const struct verification *verification,
                              const struct verified_group *group, int direction);

/* Whether what was measured is wrong for want of memory. */
bool recomputed_out_of_memory(const struct verification *verification);

#endif
