/*
 * What the page of a sweep has of its settings: which one is recommended and why, a table with a
 * row for each, in the order of the ranking, and its runs.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_SETTINGS_H
#define SHAPESIM_SIM_REPORT_REPORT_SETTINGS_H

#include "sim/report/html.h"
#include "sim/sweep/sweep_finished.h"

#define SETTINGS_TITLE_BYTES 320

/* "web.pcap: 8 settings compared". */
void report_settings_title(const struct sweep_finished *sweep, char title[SETTINGS_TITLE_BYTES]);

/* Each SIM_OK or SIM_FAILED. The recommendation is that of the ranking, or of advise.json. */
int report_settings_answer_put(struct html *html, const struct sweep_finished *sweep, char *error);
int report_settings_table_put(struct html *html, const struct sweep_finished *sweep, char *error);

/* Folded away, unless one failed: a link to the page of each run that has one, else to its
 * folder, from the page in DIR/report. */
int report_settings_runs_put(struct html *html, const struct sweep_finished *sweep, char *error);

/* The commands that make the sweep and its page again. SIM_OK or SIM_FAILED. */
int report_settings_repeat_put(struct html *html, const struct sweep_finished *sweep,
                               const char *gnuplot_version, char *error);

#endif
