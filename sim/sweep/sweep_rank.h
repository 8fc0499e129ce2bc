/*
 * Which settings of a sweep are best. For each key and trace the settings are ordered by the mean
 * over their seeds; a setting's place is 1 + the number of better ones, so that equals share a
 * place. Its score is the sum of its places; the lowest score is best, and of equals the one that
 * comes first in the plan.
 *
 * Where there are several groups and directions, a setting's jain, utilisation, delays, rfb, gps
 * and sigma are those of the worst; throughput, grants and lost tokens are sums. A missing Jain's
 * index, where no two flows ever waited at once, counts as 1. A setting without a complete run is
 * left out.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_RANK_H
#define SHAPESIM_SIM_SWEEP_SWEEP_RANK_H

#include <stdio.h>

#include "sim/config/rank_keys.h"

struct sweep_results;

/* Prints the best settings. SIM_OK or SIM_FAILED (no memory). */
int sweep_rank_print(const struct sweep_results *results, const struct rank_keys *keys, FILE *out,
                     char *error);

#endif
