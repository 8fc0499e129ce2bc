/*
 * What clients felt of a run, as it is printed below the other figures: for each group with
 * exchanges how long responses and flows took, each beside the captured time, then the three
 * exchanges that were slowed most, and a line for each group that withheld bytes, or whose delays
 * hide that flows take longer (run_completion_outgrows_delay()).
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_TABLE_RESPONSES_H
#define SHAPESIM_SIM_ACCOUNT_RUN_TABLE_RESPONSES_H

#include <stdio.h>

#include "sim/account/summary.h"

/* Prints nothing of a run without exchanges. */
void run_table_print_responses(const struct summary *summary, FILE *out);

#endif
