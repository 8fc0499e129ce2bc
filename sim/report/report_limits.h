/*
 * What limited a group, in words: "With 4 Mbit/s each way", "With 12 Mbit/s written and 1 Mbit/s
 * each way for each flow at first", "Through the filters of --via alone", "Without any limit".
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_LIMITS_H
#define SHAPESIM_SIM_REPORT_REPORT_LIMITS_H

#include "sim/report/html.h"
#include "sim/report/report.h"

/* Writes the beginning of a sentence. */
void report_limits_put(struct html *html, const struct report *report,
                       const struct report_group *group);

#endif
