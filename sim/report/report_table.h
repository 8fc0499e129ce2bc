/*
 * The table of a sweep, `shapesim report SWEEP --table COLUMN,...`: a row for each setting of each
 * trace, in the order of the sweep. A column is
 *
 *     a key that was varied, or an option that was given     min-share, web.rate
 *     trace, seeds (complete runs), place (in the ranking)
 *     a figure as --rank of sweep names it                   jain, response.p99, grants
 *     a figure as --want of verify names it                  write.jain@10ticks, web.p90
 *
 * the first of these that it can be. A figure without group, direction and window is that of the
 * ranking (sweep_key.h): of several directions or groups with a limit the worst, fairness over the
 * window compared. Otherwise it is that of the demand (demand_figures.h), of several directions or
 * groups the worst, too. Numbers are means over seeds with their 95 % interval.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_TABLE_H
#define SHAPESIM_SIM_REPORT_REPORT_TABLE_H

#include <stdio.h>

#include "sim/config/report_config.h"

#define REPORT_COLUMNS_MAX 64

/* Prints the table of the sweep in the configuration's one directory. SIM_OK; SIM_MISUSE if a
 * column is unknown, SIM_FAILED if no run has it: with those that there are. */
int report_table_print(const struct report_config *config, FILE *out, char *error);

#endif
