/*
 * The page of a report, index.html: of a run its answer, the flows, the groups, the figures, the
 * checks and how to repeat it; of a sweep its runs and the figures.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_PAGE_H
#define SHAPESIM_SIM_REPORT_REPORT_PAGE_H

#include "sim/report/report.h"

/* Writes `directory`/index.html with the figures whose SVG files exist. SIM_OK or SIM_FAILED. */
int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error);

#endif
