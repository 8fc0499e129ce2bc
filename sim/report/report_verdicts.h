/* What `shapesim verify` says of the run, for the report's page. */
#ifndef SHAPESIM_SIM_REPORT_REPORT_VERDICTS_H
#define SHAPESIM_SIM_REPORT_REPORT_VERDICTS_H

#include <stdio.h>

/* Writes the verdicts of `shapesim verify` on the run as HTML: the one place to call it from. The
 * report's own folder is not there yet. SIM_OK, or SIM_FAILED where verify could not be run to its
 * end. */
int report_verdicts_put(FILE *out, const char *directory, char *error);

#endif
