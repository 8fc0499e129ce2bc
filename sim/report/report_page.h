/*
 * The page of a report, index.html: one file that needs nothing beside it, neither network nor
 * scripts, in light and dark, on paper and on a telephone.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_PAGE_H
#define SHAPESIM_SIM_REPORT_REPORT_PAGE_H

#include "sim/report/report.h"

/* Writes `directory`/index.html with the figures whose SVGs are there. SIM_OK or SIM_FAILED. */
int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error);

#endif
