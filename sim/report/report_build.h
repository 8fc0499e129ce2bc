/* All figures of a report. */
#ifndef SHAPESIM_SIM_REPORT_REPORT_BUILD_H
#define SHAPESIM_SIM_REPORT_REPORT_BUILD_H

#include "sim/report/report.h"

/* Of a loaded run, or of a sweep. SIM_OK or SIM_FAILED. */
int report_build(struct report *report, const char *directory, char *error);

#endif
