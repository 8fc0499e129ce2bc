/*
 * The caption of each figure as a text of its own, FIGURE.txt, for papers: what the page has under
 * the figure.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_CAPTIONS_H
#define SHAPESIM_SIM_REPORT_REPORT_CAPTIONS_H

#include "sim/base/sim.h"
#include "sim/report/html.h"

/* Writes the caption of the figure `name`. */
typedef void report_caption(struct html *html, const void *context, const char *name);

/* Writes `directory`/`name`.txt where `directory` has `name`.svg. SIM_OK or SIM_FAILED. */
int report_caption_write(const char *directory, const char *name, report_caption *put,
                         const void *context, char *error);

#endif
