/*
 * What is printed of a run that has ended: a table for people, or the same figures as JSON for
 * scripts. Both are made of run_figures.h.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_TABLE_H
#define SHAPESIM_SIM_ACCOUNT_RUN_TABLE_H

#include <stdio.h>

#include <jansson.h>

#include "sim/account/summary.h"

/* Two lines on trace and run, the limits and delays of each group and direction, then their
 * fairness, grants and losses, and what clients felt (run_table_responses.h). */
void run_table_print(const struct summary *summary, FILE *out);

/* The same; shapesim-files(5) describes the keys. The caller owns it; NULL, or incomplete with
 * memory_ran_out(), on allocation failure. */
json_t *run_table_json(const struct summary *summary);

#endif
