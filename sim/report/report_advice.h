/*
 * What the page of an advised sweep has of the advice: each demand with its figure, and the C.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_ADVICE_H
#define SHAPESIM_SIM_REPORT_REPORT_ADVICE_H

#include <jansson.h>

#include "sim/report/html.h"

/* `advice` is advise.json's. */
void report_advice_put(struct html *html, const json_t *advice);

#endif
