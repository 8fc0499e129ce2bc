/*
 * What the page of several runs has: what differs, in a sentence for each run against the first,
 * the runs, their settings and figures where these differ, and the figures drawn together.
 */
#ifndef SHAPESIM_SIM_REPORT_COMPARISON_PAGE_H
#define SHAPESIM_SIM_REPORT_COMPARISON_PAGE_H

#include "sim/report/comparison.h"
#include "sim/report/html.h"

#define COMPARISON_TITLE_BYTES (2 * COMPARISON_NAME_BYTES + 32)

void comparison_title(const struct comparison *comparison, char title[COMPARISON_TITLE_BYTES]);

/* Everything before the figures, and after them. SIM_OK or SIM_FAILED. */
int comparison_page_head(struct html *html, const struct comparison *comparison, char *error);
void comparison_page_foot(struct html *html, const struct comparison *comparison,
                          const char *gnuplot_version);

#endif
