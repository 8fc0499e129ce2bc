/*
 * A figure's page: its panels with everything drawn in them, and all positions, written as
 * assignments that plots/panels.gp reads. figure.h fills it.
 */
#ifndef SHAPESIM_SIM_REPORT_FIGURE_PAGE_H
#define SHAPESIM_SIM_REPORT_FIGURE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/sim.h"

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
    const char *what; /* borrowed, valid until figure_finish(); the unit is appended */
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
    double per; /* the divisor that gives the axis's unit */
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
    const char *style; /* read by the script: READ or WRITTEN, mostly */
    size_t series;     /* read by the script: how many items are drawn */
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
    char caption[FIGURE_CAPTION_BYTES]; /* a sentence that describes the figure, in numbers */
    size_t columns;                     /* panels side by side */
    struct figure_panel panels[FIGURE_PANELS_MAX];
    size_t panel_count;
    double height_mm;
    char directory[4096];
    FILE *data;
    FILE *nowhere; /* receives what cannot be written */
    bool has_failed;
    char data_path[4096 + 64];     /* of `data` */
    char failure[SIM_ERROR_BYTES]; /* of the first file that cannot be written; empty: none */
    char fault[FIGURE_TEXT_BYTES]; /* why it cannot be drawn; empty: no error */
};

/* Lays the figure out and writes its page; on allocation failure the figure is in error. */
void figure_page_put(struct figure *figure, FILE *out);

#endif
