#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/file_names.h"
#include "sim/report/html.h"
#include "sim/report/report_sweep.h"

#define SERIES_MAX 8

static const struct {
    enum sweep_metric metric;
    enum axis_kind kind;
    const char *what;
    bool is_share;                                 /* the axis ends at 1 */
} rows[] = {{METRIC_JAIN, AXIS_NUMBER, "J", true}, /* or METRIC_JAIN_1, see row_metric() */
            {METRIC_UTILISATION, AXIS_NUMBER, "utilisation", true},
            {METRIC_P99, AXIS_SECONDS, "delay p99", false},
            {METRIC_GRANTS, AXIS_NUMBER, "grants", false}};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static enum sweep_metric row_metric(const struct sweep *sweep, size_t row)
{
    return rows[row].metric == METRIC_JAIN ? sweep->fairness : rows[row].metric;
}

static const char *row_name(const struct sweep *sweep, size_t row)
{
    return rows[row].metric == METRIC_JAIN ? sweep->fairness_name : rows[row].what;
}

/* Keys with more than one value: the first is the x axis, the others make the series. */
struct layout {
    size_t varied[SWEEP_KEYS_MAX];
    size_t varied_count;
    size_t series_count; /* combinations of the others, at most SERIES_MAX */
    size_t series_all;
};

static struct layout make_layout(const struct sweep *sweep)
{
    struct layout layout = {.series_all = 1};

    for (size_t k = 0; k < sweep->key_count; k++)
        if (sweep->keys[k].count > 1)
            layout.varied[layout.varied_count++] = k;
    for (size_t i = 1; i < layout.varied_count; i++)
        layout.series_all *= sweep->keys[layout.varied[i]].count;
    layout.series_count = layout.series_all < SERIES_MAX ? layout.series_all : SERIES_MAX;
    return layout;
}

static struct sweep_cell any_cell(size_t trace)
{
    struct sweep_cell cell = {.trace = trace};

    for (size_t k = 0; k < SWEEP_KEYS_MAX; k++)
        cell.values[k] = SWEEP_ANY;
    return cell;
}

/* Series number -> the other keys' values, and their name. */
static struct sweep_cell series_cell(const struct sweep *sweep, const struct layout *layout,
                                     size_t trace, size_t series, char name[FIGURE_TEXT_BYTES])
{
    struct sweep_cell cell = any_cell(trace);

    name[0] = '\0';
    for (size_t i = 1; i < layout->varied_count; i++) {
        size_t k = layout->varied[i], used = strlen(name);
        cell.values[k] = series % sweep->keys[k].count;
        series /= sweep->keys[k].count;
        snprintf(name + used, FIGURE_TEXT_BYTES - used, "%s%s %s", used ? ", " : "",
                 sweep->keys[k].name, sweep->keys[k].values[cell.values[k]]);
    }
    return cell;
}

static double highest(const struct sweep *sweep, const struct layout *layout, size_t metric)
{
    double most = 0;
    char name[FIGURE_TEXT_BYTES];

    for (size_t t = 0; t < sweep->trace_count; t++) {
        for (size_t s = 0; s < layout->series_count; s++) {
            struct sweep_cell cell = series_cell(sweep, layout, t, s, name);
            for (size_t v = 0; v < sweep->keys[layout->varied[0]].count; v++) {
                cell.values[layout->varied[0]] = v;
                struct sweep_mean mean = sweep_mean(sweep, &cell, metric);
                if (mean.count > 0)
                    most = fmax(most, mean.mean + mean.half_width);
            }
        }
    }
    return most;
}

/* Names of values on an axis; where there are many, only every n-th is shown. */
static void name_tics(struct figure_scale *scale, const struct sweep_key *key, size_t room)
{
    size_t every = (key->count + room - 1) / room;

    for (size_t v = 0; v < key->count; v += every)
        figure_tic(scale, (double)v, key->values[v]);
}

static size_t put_points(const struct sweep *sweep, const struct layout *layout, size_t trace,
                         size_t row, struct figure *figure)
{
    FILE *out = figure_data(figure, "series,x,mean,low,high");
    size_t points = 0, x_key = layout->varied[0];
    char name[FIGURE_TEXT_BYTES];

    for (size_t s = 0; s < layout->series_count; s++) {
        struct sweep_cell cell = series_cell(sweep, layout, trace, s, name);
        /* Series are drawn next to each other, so that their intervals do not overlap. */
        double aside = layout->series_count > 1
                           ? 0.16 * ((double)s / (double)(layout->series_count - 1) - 0.5)
                           : 0;
        for (size_t v = 0; v < sweep->keys[x_key].count; v++) {
            cell.values[x_key] = v;
            struct sweep_mean mean = sweep_mean(sweep, &cell, row_metric(sweep, row));
            if (mean.count == 0)
                continue;
            points++;
            fprintf(out, "%zu,%.10g,%.10g,%.10g,%.10g\n", s + 1, (double)v + aside,
                    figure_y(figure, mean.mean), figure_y(figure, mean.mean - mean.half_width),
                    figure_y(figure, mean.mean + mean.half_width));
        }
    }
    return points;
}

static void add_panel(const struct sweep *sweep, const struct layout *layout, size_t trace,
                      size_t row, struct figure *figure)
{
    static const char *const styles[SERIES_MAX] = {"SERIES_1", "SERIES_2", "SERIES_3", "SERIES_4",
                                                   "SERIES_5", "SERIES_6", "SERIES_7", "SERIES_8"};
    const struct sweep_key *key = &sweep->keys[layout->varied[0]];
    double most = highest(sweep, layout, row_metric(sweep, row));
    struct figure_axis x = {.kind = AXIS_NUMBER,
                            .what = key->name,
                            .min = -0.4,
                            .max = (double)key->count - 0.6,
                            .is_named = true};
    struct figure_axis y = {.kind = rows[row].kind,
                            .what = row_name(sweep, row),
                            .max =
                                rows[row].is_share ? 1.04 * fmax(1, most) : figure_ceiling(most)};
    struct figure_panel *panel = figure_add_panel(figure, &x, &y, "READ");
    char name[FIGURE_TEXT_BYTES];

    if (!panel)
        return;
    panel->series = layout->series_count;
    panel->height_mm = 32;
    name_tics(&panel->x, key, sweep->trace_count > 1 ? 5 : 10);
    if (row == 0)
        snprintf(panel->title, sizeof(panel->title), "%s", sweep->traces[trace]);
    for (size_t s = 0; row == 0 && layout->varied_count > 1 && s < layout->series_count; s++) {
        series_cell(sweep, layout, trace, s, name);
        figure_key(figure, KEY_LINE, styles[s], "%s", name);
    }
    put_points(sweep, layout, trace, row, figure);
}

static void caption_sweep(const struct sweep *sweep, const struct layout *layout,
                          struct figure *figure)
{
    const struct sweep_key *key = &sweep->keys[layout->varied[0]];
    char name[FIGURE_TEXT_BYTES];
    struct sweep_cell cell = series_cell(sweep, layout, 0, 0, name);

    cell.values[layout->varied[0]] = 0;
    struct sweep_mean first = sweep_mean(sweep, &cell, sweep->fairness);
    cell.values[layout->varied[0]] = key->count - 1;
    struct sweep_mean last = sweep_mean(sweep, &cell, sweep->fairness);
    report_caption(figure, "%zu runs; points are means over seeds, bars their 95 %% interval",
                   sweep->run_count);
    if (first.count > 0 && last.count > 0)
        report_caption(figure, "; from %s %s to %s the fairness of %s goes from %.4f to %.4f",
                       key->name, key->values[0], key->values[key->count - 1], sweep->window,
                       first.mean, last.mean);
    if (layout->series_count < layout->series_all)
        report_caption(figure, "; the first %zu of %zu combinations of the other keys are shown",
                       layout->series_count, layout->series_all);
    report_caption(figure, ".");
}

static int add_curves(struct report *report, const struct sweep *sweep, const struct layout *layout,
                      char *error)
{
    struct figure *figure;
    int status = report_figure(report, "sweep", "Settings compared", &figure, error);

    if (status != SIM_OK)
        return status;
    figure->columns = sweep->trace_count;
    for (size_t row = 0; row < ROWS; row++)
        for (size_t t = 0; t < sweep->trace_count; t++)
            add_panel(sweep, layout, t, row, figure);
    caption_sweep(sweep, layout, figure);
    return figure_finish(figure, error);
}

/* --- the heat map ------------------------------------------------------------------------ */

/* A cell for each pair of values, its shade from the least of the panel, 0, to the most, 1. */
static void put_cells(const struct sweep *sweep, const struct layout *layout, size_t metric,
                      struct figure *figure)
{
    FILE *out = figure_data(figure, "x,y,left,right,bottom,top,shade,value");
    const struct sweep_key *across = &sweep->keys[layout->varied[0]];
    const struct sweep_key *up = &sweep->keys[layout->varied[1]];
    double least = INFINITY, most = -INFINITY;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t x = 0; x < across->count; x++) {
            for (size_t y = 0; y < up->count; y++) {
                struct sweep_cell cell = any_cell(0);
                cell.values[layout->varied[0]] = x;
                cell.values[layout->varied[1]] = y;
                struct sweep_mean mean = sweep_mean(sweep, &cell, metric);
                if (mean.count == 0)
                    continue;
                least = fmin(least, mean.mean);
                most = fmax(most, mean.mean);
                if (pass == 1)
                    fprintf(out, "%zu,%zu,%.1f,%.1f,%.1f,%.1f,%.10g,%.3f\n", x, y, (double)x - 0.5,
                            (double)x + 0.5, (double)y - 0.5, (double)y + 0.5,
                            most > least ? (mean.mean - least) / (most - least) : 0.5, mean.mean);
            }
        }
    }
    report_caption(figure, "%s from %.4f to %.4f",
                   figure->panel_count > 1 ? "; utilisation" : "J goes", least, most);
}

static void add_map(const struct sweep *sweep, const struct layout *layout, size_t row,
                    struct figure *figure)
{
    const struct sweep_key *across = &sweep->keys[layout->varied[0]];
    const struct sweep_key *up = &sweep->keys[layout->varied[1]];
    struct figure_axis x = {.kind = AXIS_NUMBER,
                            .what = across->name,
                            .min = -0.5,
                            .max = (double)across->count - 0.5,
                            .is_named = true};
    struct figure_axis y = {.kind = AXIS_NUMBER,
                            .what = up->name,
                            .min = -0.5,
                            .max = (double)up->count - 0.5,
                            .is_named = true};
    struct figure_panel *panel = figure_add_panel(figure, &x, &y, "READ");

    /* Numbers are printed in the cells only if they fit. */
    panel->series = across->count <= 10;
    panel->height_mm = fmax(20, 6.5 * (double)up->count);
    snprintf(panel->title, sizeof(panel->title), "%s: %s", sweep->traces[0], row_name(sweep, row));
    name_tics(&panel->x, across, 10);
    name_tics(&panel->y, up, 12);
    put_cells(sweep, layout, row_metric(sweep, row), figure);
}

static int add_heat(struct report *report, const struct sweep *sweep, const struct layout *layout,
                    char *error)
{
    struct figure *figure;
    int status =
        report_figure(report, "heat", "Two keys at once, the darker the higher", &figure, error);

    if (status != SIM_OK)
        return status;
    add_map(sweep, layout, 0, figure);
    add_map(sweep, layout, 1, figure);
    report_caption(figure, ", as means over all runs of %s with these two values.",
                   sweep->traces[0]);
    return figure_finish(figure, error);
}

int report_sweep(struct report *report, const char *directory, char *error)
{
    struct sweep sweep = {0};
    int status = sweep_read(&sweep, directory, error);

    report->directory = directory;
    if (status == SIM_OK && sweep.run_count == 0)
        status = sim_fail(error, SIM_FAILED,
                          "%s/sweep.csv: no run succeeded; see its status column", directory);
    if (status == SIM_OK) {
        struct layout layout = make_layout(&sweep);
        snprintf(report->sweep_note, sizeof(report->sweep_note),
                 "%zu runs, %zu of them failed. Figures are those of %.*s.", sweep.rows,
                 sweep.failed, (int)strlen(sweep.prefix) - 1, sweep.prefix);
        if (layout.varied_count > 0)
            status = add_curves(report, &sweep, &layout, error);
        if (status == SIM_OK && layout.varied_count > 1)
            status = add_heat(report, &sweep, &layout, error);
    }
    sweep_fini(&sweep);
    return status;
}

/* --- its part of the page ---------------------------------------------------------------- */

/* The runs as in sweep-summary.csv, which contains means, or else in sweep.csv. */
static int put_table(struct html *html, const char *directory, char *error)
{
    struct csv_reader *reader;
    int status = csv_reader_open(directory, sweep_file_names[SWEEP_BY_RUN], &reader, error);

    if (status != SIM_OK)
        return status;
    int width = csv_reader_width(reader) < 8 ? csv_reader_width(reader) : 8;
    html_markup(html, "<table><thead><tr>");
    for (int i = 0; i < width; i++) {
        html_markup(html, "<th>");
        html_text(html, csv_reader_column_name(reader, i));
        html_markup(html, "</th>");
    }
    html_markup(html, "</tr></thead><tbody>\n");
    for (int row = 0; row < 100 && csv_reader_next(reader); row++) {
        html_markup(html, "<tr>");
        for (int i = 0; i < width; i++) {
            html_markup(html, "<td data-label=\"");
            html_text(html, csv_reader_column_name(reader, i));
            html_markup(html, "\">");
            html_text(html, csv_reader_text(reader, i));
            html_markup(html, "</td>");
        }
        html_markup(html, "</tr>\n");
    }
    html_markup(
        html,
        "</tbody></table>\n<p>At most the first 100 rows and 8 columns; sweep.csv has all.</p>\n");
    return csv_reader_finish(reader, SIM_OK, error);
}

int report_sweep_page(struct html *html, const struct report *report, char *error)
{
    html_markup(html, "<p>");
    html_text(html, report->sweep_note);
    html_markup(html, "</p>\n<h2>Runs</h2>\n");
    return put_table(html, report->directory, error);
}
