/*
 * The groups of a run for its page: their limits and figures, what was lost, and the warnings.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_GROUPS_H
#define SHAPESIM_SIM_REPORT_REPORT_GROUPS_H

#include "sim/report/html.h"
#include "sim/report/report.h"

/* Writes the table of groups and directions. */
void report_groups_put(struct html *html, const struct report *report);

/* Writes what --max-time cut off, or broken flows lost; nothing where all was delivered. */
void report_losses_put(struct html *html, const struct report *report);

#endif
