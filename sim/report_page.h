/*
 * The page of a report, index.html: one file that needs nothing beside it, neither network nor
 * scripts, in light and dark, on paper and on a telephone.
 */
#ifndef SHAPESIM_SIM_REPORT_PAGE_H
#define SHAPESIM_SIM_REPORT_PAGE_H

#include "sim/options.h"
#include "sim/report.h"

/* Writes `directory`/index.html with the figures whose SVGs are there. SIM_OK or SIM_FAILED. */
int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error);

/* Writes a text so that HTML shows it as it is. */
void report_page_text(FILE *out, const char *text);

/* Writes the verdicts of `shapesim verify` on the run as HTML: the one place to call it from. The
 * report's own folder is not there yet. SIM_OK, or SIM_FAILED where verify could not be run to its
 * end. */
int report_page_verdicts(FILE *out, const char *directory, char *error);

#endif
