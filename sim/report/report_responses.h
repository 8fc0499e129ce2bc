/* What clients felt, for the report's page. */
#ifndef SHAPESIM_SIM_REPORT_REPORT_RESPONSES_H
#define SHAPESIM_SIM_REPORT_REPORT_RESPONSES_H

#include "sim/report/html.h"
#include "sim/report/report.h"

/* Writes the response and completion times of each group beside the captured ones, and the
 * exchanges that were slowed most; nothing for a run without exchanges. */
void report_responses_put(struct html *html, const struct report *report);

#endif
