/*
 * A figure on its way to gnuplot: panels with their axes, tics, keys and labels, laid out here on a
 * page 160 mm wide, and the data of each panel in the units of its axes. What the scripts under
 * plots/ get is finished; they draw it and compute nothing.
 *
 * A figure NAME becomes these files of its directory:
 *   NAME-page.gp   assignments of numbers and single-quoted texts: where everything stands
 *   NAME-P.csv     the data of panel P, from 1; its columns are the script's business
 *
 * Errors stick: figure_finish() tells.
 */
#ifndef SHAPESIM_SIM_FIGURE_H
#define SHAPESIM_SIM_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/sim.h"

#define FIGURE_PANELS_MAX    16
#define FIGURE_KEYS_MAX      12
#define FIGURE_LABELS_MAX    16
#define FIGURE_MARKS_MAX     24
#define FIGURE_TICS_MAX      24
#define FIGURE_TEXT_BYTES    160
#define FIGURE_CAPTION_BYTES 1024
#define FIGURE_WIDTH_MM      160.0

enum axis_kind { AXIS_NUMBER, AXIS_BYTES, AXIS_BYTES_PER_S, AXIS_SECONDS };

/* From `min` to `max` in bytes or seconds; a logarithmic axis begins above 0. */
struct figure_axis {
    enum axis_kind kind;
    const char *what; /* borrowed until figure_finish(); the unit is put behind it */
    double min, max;
    bool is_log;
    bool is_named; /* the only tics are those of figure_tic(), and there is no unit */
};

struct figure_tic {
    double at; /* in the axis's unit */
    char text[40];
};

struct figure_scale {
    struct figure_axis axis;
    double per; /* what is divided by to get the axis's unit */
    const char *unit;
    struct figure_tic tics[FIGURE_TICS_MAX];
    size_t tic_count;
};

enum key_kind { KEY_LINE, KEY_FILL, KEY_POINT, KEY_NOTE };

struct figure_key {
    enum key_kind kind;
    const char *style; /* name of a style in plots/style.gp */
    char text[FIGURE_TEXT_BYTES];
};

enum label_place { LABEL_LEFT, LABEL_CENTRE, LABEL_RIGHT };

struct figure_label {
    double x, y; /* in the axes' units */
    enum label_place place;
    char text[FIGURE_TEXT_BYTES];
};

/* A dotted line through the whole panel at one x. */
struct figure_mark {
    double x; /* in the axis's unit */
    char text[16];
};

struct figure_panel {
    char title[FIGURE_TEXT_BYTES];
    const char *style; /* the script's: READ or WRITTEN, mostly */
    size_t series;     /* the script's: how many of what is drawn */
    double height_mm;
    struct figure_scale x, y;
    struct figure_key keys[FIGURE_KEYS_MAX];
    size_t key_count;
    struct figure_label labels[FIGURE_LABELS_MAX];
    size_t label_count;
    struct figure_mark marks[FIGURE_MARKS_MAX];
    size_t mark_count;
    double left_mm, right_mm, top_mm, bottom_mm; /* of the axes, on the page */
};

struct figure {
    const char *name;
    char title[FIGURE_TEXT_BYTES];
    char caption[FIGURE_CAPTION_BYTES]; /* a sentence that says what is seen, in numbers */
    size_t columns;                     /* panels side by side */
    struct figure_panel panels[FIGURE_PANELS_MAX];
    size_t panel_count;
    double height_mm;
    char directory[4096];
    FILE *data;
    FILE *nowhere; /* takes what cannot be written */
    bool has_failed;
    char data_path[4096 + 64];     /* of `data` */
    char failure[SIM_ERROR_BYTES]; /* of the first that cannot be written; empty: none */
    char fault[FIGURE_TEXT_BYTES]; /* why it cannot be drawn; empty: nothing */
};

/* Begins a figure; `directory` is where its files go. The caller owns *figure and frees it with
 * figure_free(). */
int figure_new(const char *directory, const char *name, const char *title, struct figure **figure,
               char *error);

/* Adds a panel; NULL where there is no room for more. What follows goes to the last panel. An axis
 * must have two ends, the first before the second; where it has not, as numbers of files may be
 * anything, the figure cannot be drawn. */
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

/* Opens the panel's data and writes the header; a panel's file is closed with the next one's. Lent:
 * the figure keeps and closes it. Never NULL: what cannot be written goes nowhere, and sticks. */
FILE *figure_data(struct figure *figure, const char *header);

/* A value in the unit of the last panel's axis. */
double figure_x(const struct figure *figure, double value);
double figure_y(const struct figure *figure, double value);

/* Lays the page out and writes it. SIM_OK, or SIM_FAILED: it cannot be written, or be drawn. */
int figure_finish(struct figure *figure, char *error);
void figure_free(struct figure *figure);

/* "12.5 kB" and the like, four digits, decimal prefixes. */
#define FIGURE_VALUE_BYTES 32
const char *figure_value(char text[FIGURE_VALUE_BYTES], enum axis_kind kind, double value);

/* The largest of some values, plus room above it; 1 where all are 0. */
double figure_ceiling(double largest);

#endif
