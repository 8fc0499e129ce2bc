/*
 * Figures that cannot be drawn because the run has not kept their files (--files).
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_KEPT_H
#define SHAPESIM_SIM_REPORT_REPORT_KEPT_H

#include <stdio.h>

#include "sim/report/report.h"

/* Prints a line for each file that the run has not kept, with the names of its figures. */
void report_kept_print(const struct report *report, FILE *out);

#endif
