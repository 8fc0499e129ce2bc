/*
 * A figure that gnuplot has drawn, inside a page.
 *
 * Only the elements that gnuplot draws with are allowed: a figure with any other (script, a,
 * foreignObject, style, image, ...) is refused, whatever its source. Its titles and its description
 * are left out, and its ids are prefixed with the figure's name, as all figures use the same ids.
 *
 * Behind the drawing plots/report.gp leaves a comment with the panels' places and axes, which the
 * page carries as text for its script.
 */
#ifndef SHAPESIM_SIM_REPORT_HTML_SVG_H
#define SHAPESIM_SIM_REPORT_HTML_SVG_H

#include "sim/base/sim.h"
#include "sim/report/html.h"

/* Writes the drawing `name` in the file `path`, and its panels. SIM_OK or SIM_FAILED. */
int html_svg(struct html *html, const char *name, const char *path, char *error);

/* Begins a figure: the drawing as html_svg(), then its caption, which the caller writes up to
 * html_figure_end(). The caption must be ended also after SIM_FAILED. */
int html_figure_begin(struct html *html, const char *name, const char *path, char *error);
void html_figure_end(struct html *html);

#endif
