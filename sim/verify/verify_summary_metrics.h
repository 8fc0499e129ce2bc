/* summary.json on throughput, fairness and bursts, checked against the command and ranges;
 * verify_recomputed.c checks it exactly. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_METRICS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_METRICS_H

#include "sim/verify/verification.h"

/* Of one direction of a group with limits; `of` names both. */
void verify_summary_metrics(struct verification *verification, const struct verified_group *group,
                            int direction, const char *of);

#endif
