/* summary.json on throughput, fairness and bursts, held to the command and to ranges; what
 * verify_recomputed.c measures once more is exact. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_METRICS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_METRICS_H

#include "sim/verify/verification.h"

/* Of one direction of a group with limits; `of` names both. */
void verify_summary_metrics(struct verification *verification, const struct verified_group *group,
                            int direction, const char *of);

#endif
