/* The results of `shapesim verify` for the report's page. */
#ifndef SHAPESIM_SIM_REPORT_REPORT_VERDICTS_H
#define SHAPESIM_SIM_REPORT_REPORT_VERDICTS_H

#include "sim/report/html.h"
#include "sim/report/report.h"

/* Writes the verdicts of `shapesim verify` on the run. */
void report_verdicts_put(struct html *html, const struct report *report);

#endif
