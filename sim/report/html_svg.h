/*
 * A figure that gnuplot has drawn, inside a page.
 *
 * Only the elements that gnuplot draws with are allowed: a figure with any other (script, a,
 * foreignObject, style, image, ...) is refused, whatever its source. Its titles and its description
 * are left out, and its ids are prefixed with the figure's name, as all figures use the same ids.
 */
#ifndef SHAPESIM_SIM_REPORT_HTML_SVG_H
#define SHAPESIM_SIM_REPORT_HTML_SVG_H

#include "sim/base/sim.h"
#include "sim/report/html.h"

/* Writes the figure `name` in the file `path`; its heading has the id NAME-title. SIM_OK or
 * SIM_FAILED. */
int html_svg(struct html *html, const char *name, const char *path, char *error);

#endif
