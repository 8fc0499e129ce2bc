#include "sim/report/figure_page.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/file_stream.h"

#define TITLE_MM      8.0
#define LEFT_MM       21.0 /* of a panel's axes, from its left: room for tics and the label */
#define RIGHT_MM      7.0
#define KEY_ROW_MM    4.6
#define KEY_SAMPLE_MM 7.0
#define KEY_GAP_MM    4.0
#define X_TICS_MM     6.5
#define X_LABEL_MM    5.0

/* An upper estimate of 8.5 pt sans-serif. */
static double text_mm(const char *text)
{
    double width = 0;

    for (; *text; text++)
        if ((*text & 0xC0) != 0x80) /* not a continuation byte of a character */
            width += strchr(" .,:;'()/fijlrt|", *text) ? 1.1 : 1.8;
    return width;
}

static double key_mm(const struct figure_key *key)
{
    return text_mm(key->text) + (key->kind == KEY_NOTE ? 0 : KEY_SAMPLE_MM + 1.2);
}

static size_t key_rows(const struct figure_panel *panel)
{
    size_t rows = panel->key_count > 0;
    double at_mm = panel->left_mm;

    for (size_t i = 0; i < panel->key_count; i++) {
        double width_mm = key_mm(&panel->keys[i]);
        if (at_mm > panel->left_mm && at_mm + width_mm > panel->right_mm) {
            rows++;
            at_mm = panel->left_mm;
        }
        at_mm += width_mm + KEY_GAP_MM;
    }
    return rows;
}

static bool has_x_label(const struct figure *figure, size_t index)
{
    const struct figure_panel *panel = &figure->panels[index];
    size_t below = index + figure->columns;

    return below >= figure->panel_count ||
           strcmp(figure->panels[below].x.axis.what, panel->x.axis.what) != 0 ||
           figure->panels[below].x.axis.kind != panel->x.axis.kind;
}

/* Positions each panel: rows of panels, each as high as its highest needs. */
static void lay_out(struct figure *figure)
{
    double cell_mm = FIGURE_WIDTH_MM / (double)figure->columns, top_mm = TITLE_MM;

    for (size_t row = 0; row < figure->panel_count; row += figure->columns) {
        double head_mm = 0, foot_mm = 0, height_mm = 0;
        for (size_t i = row; i < row + figure->columns && i < figure->panel_count; i++) {
            struct figure_panel *panel = &figure->panels[i];
            panel->left_mm = cell_mm * (double)(i - row) + LEFT_MM;
            panel->right_mm = cell_mm * (double)(i - row + 1) - RIGHT_MM;
            head_mm = fmax(head_mm, 2.5 + (panel->title[0] ? KEY_ROW_MM : 0) +
                                        KEY_ROW_MM * (double)key_rows(panel));
            foot_mm = fmax(foot_mm, X_TICS_MM + (has_x_label(figure, i) ? X_LABEL_MM : 0));
            height_mm = fmax(height_mm, panel->height_mm);
        }
        for (size_t i = row; i < row + figure->columns && i < figure->panel_count; i++) {
            figure->panels[i].top_mm = top_mm + head_mm;
            figure->panels[i].bottom_mm = top_mm + head_mm + height_mm;
        }
        top_mm += head_mm + height_mm + foot_mm;
    }
    figure->height_mm = top_mm + 1;
}

/* Every text that gnuplot reads is written here. In double quotes gnuplot reads bytes in octal,
 * which have no special meaning: no quote, backslash, backtick or macro is left. */
static void put_quoted(FILE *out, const char *text)
{
    static const char plain[] = " .,:;()/+-=_<>";

    fputc('"', out);
    for (; *text; text++) {
        unsigned char byte =
            (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : (unsigned char)*text;
        if (byte > 0x7f || isalnum(byte) || strchr(plain, byte))
            fputc(byte, out);
        else
            fprintf(out, "\\%03o", (unsigned)byte);
    }
    fputc('"', out);
}

/* A tic's text, which gnuplot uses as a format if it contains a percent sign. */
static void put_tic_text(FILE *out, const char *text)
{
    char doubled[2 * sizeof(((struct figure_tic *)NULL)->text)];
    size_t used = 0;

    for (; *text; text++) {
        doubled[used++] = *text;
        if (*text == '%')
            doubled[used++] = '%';
    }
    doubled[used] = '\0';
    put_quoted(out, doubled);
}

/* The texts and samples of a page while they are written: gnuplot's arrays need their size
 * first. */
struct page {
    FILE *texts, *samples, *marks;
    size_t text_count, sample_count, mark_count;
};

static void put_text(struct page *page, size_t panel, double x_mm, double y_mm, const char *kind,
                     const char *text)
{
    size_t n = ++page->text_count;

    fprintf(page->texts, "text_panel[%zu] = %zu; text_x[%zu] = %.3f; text_y[%zu] = %.3f; ", n,
            panel + 1, n, x_mm, n, y_mm);
    fprintf(page->texts, "text_kind[%zu] = '%s'; shown[%zu] = ", n, kind, n);
    put_quoted(page->texts, text);
    fputc('\n', page->texts);
}

static void put_sample(struct page *page, size_t panel, double x_mm, double y_mm,
                       const struct figure_key *key)
{
    static const char *const kinds[] = {"line", "fill", "point", ""};
    size_t n = ++page->sample_count;

    fprintf(page->samples,
            "sample_panel[%zu] = %zu; sample_x[%zu] = %.3f; sample_y[%zu] = %.3f; "
            "sample_kind[%zu] = '%s'; sample_style[%zu] = '%s'\n",
            n, panel + 1, n, x_mm, n, y_mm, n, kinds[key->kind], n, key->style);
}

static void put_keys(struct page *page, const struct figure_panel *panel, size_t index)
{
    double x_mm = panel->left_mm;
    double y_mm = panel->top_mm - 2.4 - KEY_ROW_MM * (double)(key_rows(panel) - 1);

    for (size_t i = 0; i < panel->key_count; i++) {
        const struct figure_key *key = &panel->keys[i];
        if (x_mm > panel->left_mm && x_mm + key_mm(key) > panel->right_mm) {
            x_mm = panel->left_mm;
            y_mm += KEY_ROW_MM;
        }
        if (key->kind != KEY_NOTE)
            put_sample(page, index, x_mm, y_mm, key);
        put_text(page, index, x_mm + (key->kind == KEY_NOTE ? 0 : KEY_SAMPLE_MM + 1.2), y_mm,
                 "left", key->text);
        x_mm += key_mm(key) + KEY_GAP_MM;
    }
}

static double share_of_axis(const struct figure_scale *scale, double at)
{
    double min = scale->axis.min / scale->per, max = scale->axis.max / scale->per;

    return scale->axis.is_log ? log(at / min) / log(max / min) : (at - min) / (max - min);
}

static void put_labels(struct page *page, const struct figure_panel *panel, size_t index)
{
    static const char *const kinds[] = {"left", "centre", "right"};

    for (size_t i = 0; i < panel->label_count; i++) {
        const struct figure_label *label = &panel->labels[i];
        double x_mm = panel->left_mm +
                      (panel->right_mm - panel->left_mm) * share_of_axis(&panel->x, label->x);
        double y_mm = panel->bottom_mm -
                      (panel->bottom_mm - panel->top_mm) * share_of_axis(&panel->y, label->y);
        put_text(page, index, x_mm, y_mm, kinds[label->place], label->text);
    }
}

static void put_marks(struct page *page, const struct figure_panel *panel, size_t index)
{
    for (size_t i = 0; i < panel->mark_count; i++) {
        double x_mm = panel->left_mm + (panel->right_mm - panel->left_mm) *
                                           share_of_axis(&panel->x, panel->marks[i].x);
        size_t n = ++page->mark_count;
        fprintf(page->marks, "mark_panel[%zu] = %zu; mark_x[%zu] = %.10g\n", n, index + 1, n,
                panel->marks[i].x);
        put_text(page, index, x_mm + 0.6, panel->top_mm + 4.2, "left", panel->marks[i].text);
    }
}

static void put_axis_label(struct page *page, const struct figure_scale *scale, size_t index,
                           double x_mm, double y_mm, const char *kind)
{
    char text[FIGURE_TEXT_BYTES];

    snprintf(text, sizeof(text), "%s%s%s%s", scale->axis.what, *scale->unit ? " (" : "",
             scale->unit, *scale->unit ? ")" : "");
    put_text(page, index, x_mm, y_mm, kind, text);
}

static void put_panel_texts(const struct figure *figure, struct page *page, size_t index)
{
    const struct figure_panel *panel = &figure->panels[index];

    if (index == 0)
        put_text(page, index, 2, 4.5, "title", figure->title);
    if (panel->title[0])
        put_text(page, index, panel->left_mm,
                 panel->top_mm - 2.4 - KEY_ROW_MM * (double)key_rows(panel), "head", panel->title);
    put_axis_label(page, &panel->y, index, panel->left_mm - LEFT_MM + 4,
                   (panel->top_mm + panel->bottom_mm) / 2, "turned");
    if (has_x_label(figure, index))
        put_axis_label(page, &panel->x, index, (panel->left_mm + panel->right_mm) / 2,
                       panel->bottom_mm + X_TICS_MM + 2, "centre");
    put_keys(page, panel, index);
    put_labels(page, panel, index);
    put_marks(page, panel, index);
}

static size_t put_tics(FILE *out, const struct figure_scale *scale, char axis, size_t panel,
                       size_t from)
{
    for (size_t i = 0; i < scale->tic_count; i++) {
        fprintf(out, "tic_axis[%zu] = '%c'; tic_panel[%zu] = %zu; tic_at[%zu] = %.10g; tic[%zu] = ",
                from + i, axis, from + i, panel + 1, from + i, scale->tics[i].at, from + i);
        put_tic_text(out, scale->tics[i].text);
        fputc('\n', out);
    }
    return from + scale->tic_count;
}

static void put_arrays(FILE *out, size_t count, const char *const *names)
{
    for (; *names; names++)
        fprintf(out, "array %s[%zu]\n", *names, count > 0 ? count : 1);
}

static void put_panel(FILE *out, const struct figure_panel *panel, size_t n)
{
    fprintf(out,
            "panel_left[%zu] = %.3f; panel_right[%zu] = %.3f; panel_top[%zu] = %.3f; "
            "panel_bottom[%zu] = %.3f\n",
            n, panel->left_mm, n, panel->right_mm, n, panel->top_mm, n, panel->bottom_mm);
    fprintf(out, "x_min[%zu] = %.10g; x_max[%zu] = %.10g; x_log[%zu] = %d\n", n,
            panel->x.axis.min / panel->x.per, n, panel->x.axis.max / panel->x.per, n,
            panel->x.axis.is_log);
    fprintf(out, "y_min[%zu] = %.10g; y_max[%zu] = %.10g; y_log[%zu] = %d\n", n,
            panel->y.axis.min / panel->y.per, n, panel->y.axis.max / panel->y.per, n,
            panel->y.axis.is_log);
    fprintf(out, "panel_style[%zu] = '%s'; series[%zu] = %zu\n", n, panel->style, n, panel->series);
}

static void put_page(const struct figure *figure, FILE *out)
{
    static const char *const panel_arrays[] = {
        "panel_left", "panel_right", "panel_top", "panel_bottom", "x_min",  "x_max", "x_log",
        "y_min",      "y_max",       "y_log",     "panel_style",  "series", NULL};
    static const char *const tic_arrays[] = {"tic_axis", "tic_panel", "tic_at", "tic", NULL};
    size_t tics = 0, next = 1;

    for (size_t i = 0; i < figure->panel_count; i++)
        tics += figure->panels[i].x.tic_count + figure->panels[i].y.tic_count;
    fprintf(out, "height_mm = %.3f; panels = %zu; tics = %zu\n", figure->height_mm,
            figure->panel_count, tics);
    put_arrays(out, figure->panel_count, panel_arrays);
    put_arrays(out, tics, tic_arrays);
    for (size_t i = 0; i < figure->panel_count; i++) {
        put_panel(out, &figure->panels[i], i + 1);
        next = put_tics(out, &figure->panels[i].x, 'x', i, next);
        next = put_tics(out, &figure->panels[i].y, 'y', i, next);
    }
}

static void put_texts(struct figure *figure, FILE *out)
{
    static const char *const text_arrays[] = {"text_panel", "text_x", "text_y",
                                              "text_kind",  "shown",  NULL};
    static const char *const sample_arrays[] = {"sample_panel", "sample_x",     "sample_y",
                                                "sample_kind",  "sample_style", NULL};
    static const char *const mark_arrays[] = {"mark_panel", "mark_x", NULL};
    char *parts[3] = {NULL, NULL, NULL};
    size_t bytes[3];
    FILE *streams[3];

    for (int i = 0; i < 3; i++)
        streams[i] = open_memstream(&parts[i], &bytes[i]);
    struct page page = {.texts = streams[0], .samples = streams[1], .marks = streams[2]};
    bool has_streams = streams[0] && streams[1] && streams[2];
    for (size_t i = 0; i < figure->panel_count && has_streams; i++)
        put_panel_texts(figure, &page, i);
    for (int i = 0; i < 3; i++)
        if (streams[i] && file_stream_close_text(streams[i], &parts[i]) != 0)
            has_streams = false;
    fprintf(out, "texts = %zu; samples = %zu; marks = %zu\n", page.text_count, page.sample_count,
            page.mark_count);
    put_arrays(out, page.text_count, text_arrays);
    put_arrays(out, page.sample_count, sample_arrays);
    put_arrays(out, page.mark_count, mark_arrays);
    for (int i = 0; i < 3; i++) {
        fputs(parts[i] && has_streams ? parts[i] : "", out);
        free(parts[i]);
    }
    if (!has_streams)
        figure->has_failed = true;
}

void figure_page_put(struct figure *figure, FILE *out)
{
    lay_out(figure);
    put_page(figure, out);
    put_texts(figure, out);
}
