/*
 * Where everything stands on a figure's page: written as assignments that plots/panels.gp reads.
 */
#ifndef SHAPESIM_SIM_FIGURE_PAGE_H
#define SHAPESIM_SIM_FIGURE_PAGE_H

#include <stdio.h>

#include "sim/figure.h"

/* Lays the figure out and writes its page; without memory the figure has failed. */
void figure_page_put(struct figure *figure, FILE *out);

#endif
