/*
 * A figure for gnuplot: panels with their axes, tics, keys and labels, laid out here on a page 160
 * mm wide, and the data of each panel in the units of its axes. The scripts under plots/ only draw;
 * they compute nothing.
 *
 * A figure NAME becomes these files of its directory:
 *   NAME-page.gp   assignments of numbers and single-quoted texts: where everything stands
 *   NAME-P.csv     the data of panel P, from 1; its columns are the script's business
 *
 * Errors persist: figure_finish() reports the first.
 */
#ifndef SHAPESIM_SIM_REPORT_FIGURE_H
#define SHAPESIM_SIM_REPORT_FIGURE_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/sim.h"
#include "sim/report/figure_page.h"

/* Begins a figure; its files are written to `directory`. The caller owns *figure and frees it with
 * figure_free(). */
int figure_new(const char *directory, const char *name, const char *title, struct figure **figure,
               char *error);

/* Adds a panel; NULL if there is no room for more. Later calls add to the last panel. An axis must
 * have two ends, the first below the second; otherwise, as numbers read from files may be anything,
 * the figure cannot be drawn. */
struct figure_panel *figure_add_panel(struct figure *figure, const struct figure_axis *x,
                                      const struct figure_axis *y, const char *style);

/* An entry of the key over the panel, in order; more than fit are dropped. */
void figure_key(struct figure *figure, enum key_kind kind, const char *style, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/* A text inside the panel, at a point given in bytes, seconds or numbers. */
void figure_label(struct figure *figure, double x, double y, enum label_place place,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A mark with a short text at its top; more than fit are dropped. */
void figure_mark(struct figure *figure, double x, const char *text);

/* A tic of an axis that is_named. */
void figure_tic(struct figure_scale *scale, double at, const char *text);

/* Opens the panel's data and writes the header; a panel's file is closed when the next one's is
 * opened. Borrowed: the figure owns and closes it. Never NULL: if it cannot be opened, writes are
 * discarded and the error persists. */
FILE *figure_data(struct figure *figure, const char *header);

/* A value in the unit of the last panel's axis. */
double figure_x(const struct figure *figure, double value);
double figure_y(const struct figure *figure, double value);

/* Lays the page out and writes it. SIM_OK, or SIM_FAILED if it cannot be written or drawn. */
int figure_finish(struct figure *figure, char *error);
void figure_free(struct figure *figure);

/* "12.5 kB" and the like, four digits, decimal prefixes. */
#define FIGURE_VALUE_BYTES 32
const char *figure_value(char text[FIGURE_VALUE_BYTES], enum axis_kind kind, double value);

/* The largest of some values, plus room above it; 1 where all are 0. */
double figure_ceiling(double largest);

#endif
