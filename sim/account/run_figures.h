/*
 * The figures of a run that people and scripts are told: made once from its outcome, and read by
 * the table, by --json and by summary.json.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_FIGURES_H
#define SHAPESIM_SIM_ACCOUNT_RUN_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/outcome.h"

/*
 * What a group did not get in one direction. Percentages are of the trace's bytes:
 *     delivered_percent = 100 * delivered / (offered + unoffered)
 * Example: a trace of 10,000 B of which --max-time cuts off 6000 B, and 1000 B of the other 4000 B
 * wait when it comes: undelivered 1000 B, unoffered 6000 B, delivered 30 %.
 */
struct run_losses {
    uint64_t undelivered_bytes; /* offered less delivered at the end */
    bool knows_unoffered;
    uint64_t unoffered_bytes; /* cut off by --max-time before they were due */
    bool has_percent;         /* the trace has such bytes, and how many is known */
    double delivered_percent;
};

struct run_losses run_losses(const struct outcome *outcome, const struct group_totals *group,
                             enum shaper_direction direction);

#endif
