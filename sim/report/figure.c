#include "sim/report/figure.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "traces/file_stream.h"

#define PANEL_MM 37.0

static const struct prefix {
    double from;
    const char *names[4]; /* by enum axis_kind */
} prefixes[] = {
    {1e9, {"", "GB", "GB/s", "s"}}, {1e6, {"", "MB", "MB/s", "s"}}, {1e3, {"", "kB", "kB/s", "s"}},
    {1, {"", "B", "B/s", "s"}},     {1e-3, {"", "B", "B/s", "ms"}}, {0, {"", "B", "B/s", "us"}},
};

/* The unit in which to show values up to `largest`. */
static const struct prefix *prefix_for(enum axis_kind kind, double largest)
{
    const struct prefix *prefix = prefixes;

    while (largest < prefix->from)
        prefix++;
    return kind == AXIS_SECONDS && prefix->from > 1 ? &prefixes[3] : prefix;
}

static double prefix_per(enum axis_kind kind, const struct prefix *prefix)
{
    if (kind == AXIS_NUMBER)
        return 1;
    if (prefix->from >= 1)
        return prefix->from;
    return kind != AXIS_SECONDS ? 1 : prefix->from > 0 ? 1e-3 : 1e-6;
}

const char *figure_value(char text[FIGURE_VALUE_BYTES], enum axis_kind kind, double value)
{
    const struct prefix *prefix = prefix_for(kind, fabs(value));
    bool has_unit = kind != AXIS_NUMBER;

    if (value == 0 && kind == AXIS_SECONDS) {
        snprintf(text, FIGURE_VALUE_BYTES, "0 s");
        return text;
    }
    if (!has_unit && value == floor(value) && fabs(value) < 1e9) {
        snprintf(text, FIGURE_VALUE_BYTES, "%.0f", value);
        return text;
    }
    snprintf(text, FIGURE_VALUE_BYTES, "%.4g%s%s", value / prefix_per(kind, prefix),
             has_unit ? " " : "", has_unit ? prefix->names[kind] : "");
    return text;
}

double figure_ceiling(double largest)
{
    return largest > 0 ? 1.06 * largest : 1;
}

int figure_new(const char *directory, const char *name, const char *title, struct figure **out,
               char *error)
{
    struct figure *figure = calloc(1, sizeof(*figure));

    if (!figure)
        return sim_fail(error, SIM_FAILED, "figure %s: out of memory", name);
    figure->nowhere = fopen("/dev/null", "w");
    if (!figure->nowhere) {
        free(figure);
        return sim_fail(error, SIM_FAILED, "figure %s: /dev/null cannot be opened (%s)", name,
                        strerror(errno));
    }
    figure->name = name;
    figure->columns = 1;
    snprintf(figure->title, sizeof(figure->title), "%s", title);
    snprintf(figure->directory, sizeof(figure->directory), "%s", directory);
    *out = figure;
    return SIM_OK;
}

void figure_free(struct figure *figure)
{
    if (!figure)
        return;
    if (figure->data && figure->data != figure->nowhere)
        fclose(figure->data);
    fclose(figure->nowhere);
    free(figure);
}

/* --- axes -------------------------------------------------------------------------------- */

void figure_tic(struct figure_scale *scale, double at, const char *text)
{
    if (scale->tic_count == FIGURE_TICS_MAX)
        return;
    struct figure_tic *tic = &scale->tics[scale->tic_count++];
    tic->at = at / scale->per;
    snprintf(tic->text, sizeof(tic->text), "%s", text);
}

/* Steps of 1, 2 or 5 that put at most seven tics on an axis. */
static double tic_step(double range)
{
    double rough = range / 6, power = pow(10, floor(log10(rough)));

    for (int i = 0; i < 3; i++)
        if (rough <= (double[]){1, 2, 5}[i] * power)
            return (double[]){1, 2, 5}[i] * power;
    return 10 * power;
}

static void add_linear_tics(struct figure_scale *scale)
{
    double min = scale->axis.min / scale->per, max = scale->axis.max / scale->per;
    double step = tic_step(max - min);
    double first = ceil(min / step - 1e-9);

    /* A little extra room: the step is not exact. */
    for (int n = 0; n < FIGURE_TICS_MAX && (first + n) * step <= max * (1 + 1e-9); n++) {
        char text[40];
        snprintf(text, sizeof(text), "%.6g", (first + n) * step);
        figure_tic(scale, (first + n) * step * scale->per, text);
    }
}

/* Every power of ten, or fewer where there are many, or also 2 and 5 times it where there are
 * few. */
static void add_log_tics(struct figure_scale *scale)
{
    int first = (int)floor(log10(scale->axis.min) + 1e-9);
    int last = (int)ceil(log10(scale->axis.max) - 1e-9);
    int every = last - first > 12 ? 3 : last - first > 7 ? 2 : 1;

    for (int n = first; n <= last; n += every) {
        for (int i = 0; i < (scale->axis.max / scale->axis.min > 200 ? 1 : 3); i++) {
            double at = (double[]){1, 2, 5}[i] * pow(10, n);
            char text[FIGURE_VALUE_BYTES];
            if (at >= scale->axis.min * (1 - 1e-9) && at <= scale->axis.max * (1 + 1e-9))
                figure_tic(scale, at, figure_value(text, scale->axis.kind, at));
        }
    }
}

/* The range in which a figure can be drawn and its tics counted: from the least to the largest of
 * these. */
#define AXIS_LEAST   1e-100
#define AXIS_LARGEST 1e100

static bool has_ends(const struct figure_axis *axis)
{
    double least = axis->is_log ? axis->min : axis->max - axis->min;

    return axis->min < axis->max && least >= AXIS_LEAST &&
           fmax(fabs(axis->min), fabs(axis->max)) <= AXIS_LARGEST;
}

/* The axis, or a substitute for one without two ends, which is an error of the figure. */
static struct figure_axis usable_axis(struct figure *figure, const struct figure_axis *axis)
{
    struct figure_axis usable = *axis;

    if (has_ends(axis))
        return usable;
    if (!figure->fault[0])
        snprintf(figure->fault, sizeof(figure->fault), "an axis (%.60s) would go from %g to %g",
                 axis->what, axis->min, axis->max);
    usable.min = axis->is_log ? 1 : 0;
    usable.max = 10;
    return usable;
}

static void init_scale(struct figure_scale *scale, const struct figure_axis *axis)
{
    double largest = fmax(fabs(axis->min), fabs(axis->max));
    const struct prefix *prefix = prefix_for(axis->kind, largest);

    scale->axis = *axis;
    scale->per = axis->is_log || axis->is_named ? 1 : prefix_per(axis->kind, prefix);
    scale->unit = axis->is_log || axis->is_named ? "" : prefix->names[axis->kind];
    if (axis->is_named)
        return;
    if (axis->is_log)
        add_log_tics(scale);
    else
        add_linear_tics(scale);
}

struct figure_panel *figure_add_panel(struct figure *figure, const struct figure_axis *x,
                                      const struct figure_axis *y, const char *style)
{
    if (figure->panel_count == FIGURE_PANELS_MAX)
        return NULL;
    struct figure_panel *panel = &figure->panels[figure->panel_count++];
    panel->style = style;
    panel->height_mm = PANEL_MM;
    const struct figure_axis across = usable_axis(figure, x), up = usable_axis(figure, y);
    init_scale(&panel->x, &across);
    init_scale(&panel->y, &up);
    return panel;
}

static struct figure_panel *last_panel(struct figure *figure)
{
    return &figure->panels[figure->panel_count - 1];
}

double figure_x(const struct figure *figure, double value)
{
    return value / figure->panels[figure->panel_count - 1].x.per;
}

double figure_y(const struct figure *figure, double value)
{
    return value / figure->panels[figure->panel_count - 1].y.per;
}

/* --- contents of a panel -------------------------------------------------------------- */

void figure_key(struct figure *figure, enum key_kind kind, const char *style, const char *format,
                ...)
{
    struct figure_panel *panel = last_panel(figure);
    va_list arguments;

    if (panel->key_count == FIGURE_KEYS_MAX)
        return;
    struct figure_key *key = &panel->keys[panel->key_count++];
    key->kind = kind;
    key->style = style;
    va_start(arguments, format);
    vsnprintf(key->text, sizeof(key->text), format, arguments);
    va_end(arguments);
}

void figure_label(struct figure *figure, double x, double y, enum label_place place,
                  const char *format, ...)
{
    struct figure_panel *panel = last_panel(figure);
    va_list arguments;

    if (panel->label_count == FIGURE_LABELS_MAX)
        return;
    struct figure_label *label = &panel->labels[panel->label_count++];
    *label = (struct figure_label){.x = x / panel->x.per, .y = y / panel->y.per, .place = place};
    va_start(arguments, format);
    vsnprintf(label->text, sizeof(label->text), format, arguments);
    va_end(arguments);
}

void figure_mark(struct figure *figure, double x, const char *text)
{
    struct figure_panel *panel = last_panel(figure);

    if (panel->mark_count == FIGURE_MARKS_MAX)
        return;
    struct figure_mark *mark = &panel->marks[panel->mark_count++];
    mark->x = x / panel->x.per;
    snprintf(mark->text, sizeof(mark->text), "%s", text);
}

static int cannot_write(const char *path, char *error)
{
    return sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                    strerror(errno));
}

/* The first file that cannot be written is reported at the end. */
static void data_failed(struct figure *figure, const char *path)
{
    if (!figure->has_failed)
        cannot_write(path, figure->failure);
    figure->has_failed = true;
}

/* Comes before the next panel, or the page, is begun. */
static void close_data(struct figure *figure)
{
    if (figure->data && figure->data != figure->nowhere &&
        (ferror(figure->data) | fclose(figure->data)) != 0)
        data_failed(figure, figure->data_path);
    figure->data = NULL;
}

FILE *figure_data(struct figure *figure, const char *header)
{
    close_data(figure);
    snprintf(figure->data_path, sizeof(figure->data_path), "%s/%s-%zu.csv", figure->directory,
             figure->name, figure->panel_count);
    figure->data = file_stream_open(figure->data_path, "wx");
    if (!figure->data) {
        data_failed(figure, figure->data_path);
        figure->data = figure->nowhere;
    }
    fprintf(figure->data, "%s\n", header);
    return figure->data;
}

int figure_finish(struct figure *figure, char *error)
{
    char path[sizeof(figure->directory) + 64];

    close_data(figure);
    if (figure->fault[0])
        return sim_fail(error, SIM_FAILED,
                        "figure %s: %s: the numbers in the files do not fit together; shapesim "
                        "verify says where, and the run or sweep can be repeated",
                        figure->name, figure->fault);
    if (figure->panel_count == 0)
        return SIM_OK;
    snprintf(path, sizeof(path), "%s/%s-page.gp", figure->directory, figure->name);
    FILE *out = file_stream_open(path, "wx");
    if (out) {
        figure_page_put(figure, out);
        if ((ferror(out) | fclose(out)) != 0)
            figure->has_failed = true;
    }
    if (figure->failure[0])
        return sim_fail(error, SIM_FAILED, "%s", figure->failure);
    return !out || figure->has_failed ? cannot_write(path, error) : SIM_OK;
}
