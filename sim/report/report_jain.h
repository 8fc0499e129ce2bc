/* Jain's index of a view as the page and the captions state it: never without its window. */
#ifndef SHAPESIM_SIM_REPORT_REPORT_JAIN_H
#define SHAPESIM_SIM_REPORT_REPORT_JAIN_H

#include <jansson.h>

#define REPORT_JAIN_BYTES 96

/* The headline of a direction's object in summary.json: "0.967 over 100 ms, least 0.657", "never
 * contended over 100 ms", or "not measured over 100 ms" where the run is shorter or the window was
 * given up; "-" for a group without figures of fairness. */
void report_jain(const json_t *direction, char text[REPORT_JAIN_BYTES]);

#endif
