/*
 * What the page of a sweep shows beside the figures, from sweep.csv.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_SWEEP_PAGE_H
#define SHAPESIM_SIM_REPORT_REPORT_SWEEP_PAGE_H

#include "sim/report/html.h"

/* How many runs there are and how many failed, and a table of the first. SIM_OK or SIM_FAILED. */
int report_sweep_page(struct html *html, const char *directory, char *error);

#endif
