/*
 * A figure that gnuplot has drawn, inside a page.
 *
 * Only the elements that gnuplot draws with are let in: a figure with any other (script, a,
 * foreignObject, style, image, ...) is refused, whatever it was made from. Its titles and its
 * description are left out, and its ids get the figure's name before them, as those of one figure
 * are those of the next, too.
 */
#ifndef SHAPESIM_SIM_HTML_SVG_H
#define SHAPESIM_SIM_HTML_SVG_H

#include "sim/html.h"
#include "sim/sim.h"

/* Writes the figure `name` in the file `path`; its heading has the id NAME-title. SIM_OK or
 * SIM_FAILED. */
int html_svg(struct html *html, const char *name, const char *path, char *error);

#endif
