/*
 * The page of a report, index.html: one file that needs nothing beside it, neither network nor
 * scripts, in light and dark, on paper and on a telephone.
 */
#ifndef SHAPESIM_SIM_REPORT_PAGE_H
#define SHAPESIM_SIM_REPORT_PAGE_H

#include "sim/html.h"
#include "sim/report.h"

/* Writes `directory`/index.html with the figures whose SVGs are there. SIM_OK or SIM_FAILED. */
int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error);

/* Writes the verdicts of `shapesim verify` on the run. */
void report_page_verdicts(struct html *html, const struct report *report);

#endif
