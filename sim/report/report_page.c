#include "sim/report/report_page.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/report/comparison_page.h"
#include "sim/report/html_page.h"
#include "sim/report/html_svg.h"
#include "sim/report/report_answer.h"
#include "sim/report/report_figures.h"
#include "sim/report/report_flows.h"
#include "sim/report/report_groups.h"
#include "sim/report/report_responses.h"
#include "sim/report/report_settings.h"
#include "sim/report/report_sweep_page.h"
#include "sim/report/report_value.h"
#include "sim/report/report_verdicts.h"

/* What a page is made from; the rest is the run's. */
struct page {
    const struct report *report;
    const char *directory; /* of the figures */
    const char *gnuplot_version;
};

/* --- the run ----------------------------------------------------------------------------- */

static void put_count(struct html *html, const json_t *object, const char *key, const char *what)
{
    double count = report_number(object, NULL, key);

    html_print(html, "%.0f %s%s", count, what, count == 1 ? "" : "s");
}

static void put_lead(struct html *html, const struct report *report)
{
    const json_t *trace = json_object_get(report->summary, "trace");
    char value[REPORT_VALUE_BYTES];

    html_markup(html, "<p class=\"note\">");
    put_count(html, trace, "replayed_packets", "packet");
    html_text(html, " of ");
    put_count(html, trace, "flows", "flow");
    html_print(html, ", %s", report_bytes(value, report_number(trace, NULL, "bytes")));
    html_print(html, " in %s", report_seconds(value, report_number(trace, NULL, "duration_s")));
    html_print(html, "; the run ended (%s) at %s.", json_text_of(report->summary, "end"),
               report_seconds(value, report->end_s));
    html_markup(html, "</p>\n");
}

static void put_warnings(struct html *html, const struct report *report)
{
    const json_t *warning, *warnings = json_object_get(report->summary, "warnings");
    size_t i;

    if (json_array_size(warnings) == 0)
        return;
    html_markup(html, "<ul class=\"warns\">\n");
    json_array_foreach(warnings, i, warning)
    {
        html_markup(html, "<li>");
        html_text(html, json_string_value(warning) ? json_string_value(warning) : "");
        html_markup(html, "</li>\n");
    }
    html_markup(html, "</ul>\n");
}

static void put_repeat(struct html *html, const struct report *report, const char *gnuplot_version)
{
    const json_t *version, *versions = json_object_get(report->summary, "versions");
    const json_t *trace = json_object_get(report->summary, "trace");
    const char *name;

    html_section(html, "repeat", "How to repeat it");
    html_markup(html, "<pre>");
    html_text(html, json_text_of(report->summary, "command"));
    html_markup(html, " -o DIR\nshapesim report DIR</pre>\n<dl>\n");
    html_definition(html, "trace", json_text_of(trace, "name"));
    html_definition(html, "its XXH3-128", json_text_of(trace, "xxh3_128"));
    json_object_foreach((json_t *)(uintptr_t)versions, name, version)
        html_definition(html, name, json_string_value(version) ? json_string_value(version) : "");
    html_definition(html, "gnuplot", gnuplot_version);
    html_definition(html, "page made by shapesim", SHAPESIM_VERSION);
    html_markup(html, "</dl>\n");
}

/* --- figures ----------------------------------------------------------------------------- */

/* A figure is there if gnuplot has drawn it. */
static bool find_drawing(const struct page *page, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s.svg", page->directory, name);

    return length < PATH_MAX && access(path, F_OK) == 0;
}

/* Links to the figures from this one on. */
static size_t put_links(struct html *html, const struct page *page,
                        const struct report_figure *figure)
{
    char path[PATH_MAX];
    size_t drawn = 0;

    html_markup(html, "<nav class=\"note\" aria-label=\"Figures\">");
    for (; figure->name; figure++) {
        if (!find_drawing(page, figure->name, path))
            continue;
        drawn++;
        html_markup(html, "<a href=\"#");
        html_text(html, figure->name);
        html_markup(html, "\">");
        html_text(html, figure->name);
        html_markup(html, "</a>\n");
    }
    html_markup(html, "</nav>\n");
    return drawn;
}

static int put_figure(struct html *html, const struct page *page,
                      const struct report_figure *figure, char *error)
{
    char path[PATH_MAX];

    if (!find_drawing(page, figure->name, path))
        return SIM_OK;
    int status = html_figure_begin(html, figure->name, path, error);
    report_figure_caption(html, page->report, figure);
    html_figure_end(html);
    return status;
}

/* The section of all from this one on. */
static int put_figures(struct html *html, const struct page *page,
                       const struct report_figure *figure, char *error)
{
    int status = SIM_OK;

    html_section(html, "figures", "Figures");
    if (put_links(html, page, figure) == 0)
        html_markup(html, "<p>Nothing was delayed or limited, so there is nothing to draw.</p>\n");
    for (; figure->name && status == SIM_OK; figure++)
        status = put_figure(html, page, figure, error);
    return status;
}

/* --- pages ------------------------------------------------------------------------------- */

static int put_run(struct html *html, const struct page *page, const struct report_flows *flows,
                   char *error)
{
    const struct report *report = page->report;

    report_answer_put(html, report, flows);
    report_losses_put(html, report);
    put_lead(html, report);
    put_warnings(html, report);
    report_flows_put(html, report, flows);
    report_groups_put(html, report);
    report_responses_put(html, report);
    int status = put_figures(html, page, report_figures(report), error);
    report_verdicts_put(html, report);
    put_repeat(html, report, page->gnuplot_version);
    return status;
}

static int put_run_page(struct html *html, const void *context, char *error)
{
    const struct page *page = context;
    struct report_flows *flows = calloc(1, sizeof(*flows));

    int status = flows ? report_flows_load(flows, page->report, error)
                       : sim_fail(error, SIM_FAILED, "report: out of memory");
    if (status == SIM_OK)
        status = put_run(html, page, flows, error);
    free(flows);
    return status;
}

static int put_sweep_page(struct html *html, const void *context, char *error)
{
    const struct page *page = context;
    const struct report *report = page->report;
    const struct report_figure *figures = report_figures(report);

    if (!report->sweep) { /* tables alone */
        int status = report_sweep_page(html, report->directory, error);
        return status == SIM_OK ? put_figures(html, page, figures, error) : status;
    }
    int status = report_settings_answer_put(html, report->sweep, error);
    if (status == SIM_OK)
        status = put_figure(html, page, figures, error);
    if (status == SIM_OK)
        status = report_settings_table_put(html, report->sweep, error);
    if (status == SIM_OK)
        status = put_figures(html, page, figures + 1, error);
    if (status == SIM_OK)
        status = report_settings_runs_put(html, report->sweep, error);
    if (status == SIM_OK)
        status = report_settings_repeat_put(html, report->sweep, page->gnuplot_version, error);
    return status;
}

static int put_comparison_page(struct html *html, const void *context, char *error)
{
    const struct page *page = context;
    const struct comparison *comparison = page->report->comparison;
    int status = comparison_page_head(html, comparison, error);

    if (status == SIM_OK)
        status = put_figures(html, page, report_figures(page->report), error);
    if (status == SIM_OK)
        comparison_page_foot(html, comparison, page->gnuplot_version);
    return status;
}

int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error)
{
    const struct page page = {report, directory, gnuplot_version};
    const json_t *trace = json_object_get(report->summary, "trace");

    if (report->comparison) {
        char title[COMPARISON_TITLE_BYTES];
        comparison_title(report->comparison, title);
        return html_page_write(directory, title, put_comparison_page, &page, error);
    }
    if (!report->summary) {
        char title[SETTINGS_TITLE_BYTES] = "Comparison of settings";
        if (report->sweep)
            report_settings_title(report->sweep, title);
        return html_page_write(directory, title, put_sweep_page, &page, error);
    }
    return html_page_write(directory, json_text_of(trace, "name"), put_run_page, &page, error);
}
