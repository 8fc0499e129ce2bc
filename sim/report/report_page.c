#include "sim/report/report_page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/report/html_svg.h"
#include "sim/report/report_figures.h"
#include "sim/report/report_jain.h"
#include "sim/report/report_responses.h"
#include "sim/report/report_sweep_page.h"
#include "sim/report/report_value.h"
#include "sim/report/report_verdicts.h"
#include "traces/file_stream.h"

/* The figures' colours and their replacements on black: gnuplot writes colours as attributes, in
 * exactly this form. */
#define STYLE                                                                                      \
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#ccc;--soft:#f4f4f4}\n"       \
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--line:#444;"           \
    "--soft:#222}}\n"                                                                              \
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;"   \
    "overflow-wrap:anywhere}\n"                                                                    \
    "main{max-width:56rem;margin:0 auto;padding:1rem}\n"                                           \
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2.2rem;"                   \
    "border-bottom:1px solid var(--line)}\n"                                                       \
    "figure{margin:1.5rem 0 "                                                                      \
    "2rem;break-inside:avoid;position:relative}figcaption{font-size:.95rem}\n"                     \
    "svg{display:block;width:100%;height:auto}\n"                                                  \
    "svg>g>rect[fill='#ffffff']{fill:none}\n"                                                      \
    "pre,.note{background:var(--soft);padding:.6rem .8rem;white-space:pre-wrap}\n"                 \
    "table{border-collapse:collapse;width:100%;font-size:.9rem}\n"                                 \
    "th,td{overflow-wrap:break-word;padding:.25rem .4rem;text-align:right;border-bottom:1px "      \
    "solid "                                                                                       \
    "var(--line)}\n"                                                                               \
    "th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}\n"             \
    "dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem "                   \
    "1rem}dd{margin:0}\n"                                                                          \
    "@media(max-width:56rem){main{padding:.6rem}thead{display:none}tr{display:block;"              \
    "border-bottom:2px solid var(--line);padding:.4rem 0}\n"                                       \
    "td,td:first-child,td:nth-child(2){display:flex;overflow-wrap:anywhere;justify-content:space-" \
    "between;gap:1rem;"                                                                            \
    "border:0;padding:0 .2rem;text-align:right}td::before{content:attr(data-label);"               \
    "text-align:left}dl{display:block}dd{margin:0 0 .4rem}}\n"                                     \
    "@media screen and (prefers-color-scheme:dark){"                                               \
    "svg [fill='black'],svg [fill='rgb(0,0,0)']{fill:#e8e8e8}"                                     \
    "svg [stroke='black'],svg [color='black']"                                                     \
    "{stroke:#e8e8e8;color:#e8e8e8}\n"                                                             \
    "svg [stroke='rgb(  0,   0,   0)']{stroke:#e8e8e8}"                                            \
    "svg [stroke='rgb(  0, 114, 178)']{stroke:#4da6e0}"                                            \
    "svg [stroke='rgb(213,  94,   0)']{stroke:#ff8a3d}"                                            \
    "svg [stroke='rgb(221, 221, 221)']{stroke:#3a3a3a}\n"                                          \
    "svg [stroke='rgb(102, 102, 102)']{stroke:#999}"                                               \
    "svg [fill='rgb(168, 207, 230)'],svg [fill ='rgb(168, 207, 230)']{fill:#1f4e6b}"               \
    "svg [fill='rgb(245, 201, 166)']{fill:#6b3c17}}\n"                                             \
    "@media print{:root{--ink:#000;--paper:#fff;--line:#999;--soft:#eee}main{max-width:none}}\n"

/* No scripts, no network; only styles of the page itself and gnuplot's attributes. */
#define POLICY                                                                    \
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; " \
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"

/* --- the run ----------------------------------------------------------------------------- */

static void put_definition(struct html *html, const char *term, const char *text)
{
    html_markup(html, "<dt>");
    html_text(html, term);
    html_markup(html, "</dt><dd>");
    html_text(html, text);
    html_markup(html, "</dd>\n");
}

static void put_count(struct html *html, const json_t *object, const char *key, const char *what)
{
    double count = report_number(object, NULL, key);

    html_print(html, "%.0f %s%s", count, what, count == 1 ? "" : "s");
}

static void put_lead(struct html *html, const struct report *report)
{
    const json_t *trace = json_object_get(report->summary, "trace");
    char value[REPORT_VALUE_BYTES];

    html_markup(html, "<p>");
    put_count(html, trace, "replayed_packets", "packet");
    html_text(html, " of ");
    put_count(html, trace, "flows", "flow");
    html_print(html, ", %s", report_bytes(value, report_number(trace, NULL, "bytes")));
    html_print(html, " in %s", report_seconds(value, report_number(trace, NULL, "duration_s")));
    html_print(html, "; the run ended (%s) at %s.", json_text_of(report->summary, "end"),
               report_seconds(value, report->end_s));
    html_markup(html, "</p>\n");
}

static void put_cell(struct html *html, const char *label, const char *text)
{
    html_markup(html, "<td data-label=\"");
    html_text(html, label);
    html_markup(html, "\">");
    html_text(html, text);
    html_markup(html, "</td>");
}

static void put_bytes_cell(struct html *html, const char *label, double bytes)
{
    char text[REPORT_VALUE_BYTES];

    put_cell(html, label, report_bytes(text, bytes));
}

static void put_time_cell(struct html *html, const char *label, double seconds)
{
    char text[REPORT_VALUE_BYTES];

    put_cell(html, label, report_seconds(text, seconds));
}

static void put_share_cell(struct html *html, const char *label, double share)
{
    char text[REPORT_VALUE_BYTES] = "-";

    if (!isnan(share))
        snprintf(text, sizeof(text), "%.1f %%", 100 * share);
    put_cell(html, label, text);
}

static void put_row(struct html *html, const struct report *report, size_t index, int d)
{
    const struct report_group *group = &report->groups[index];
    enum shaper_direction direction = (enum shaper_direction)d;
    const json_t *json = report_direction_json(group, direction);
    bool is_limited = report_is_limited(group, direction);
    char jain[REPORT_JAIN_BYTES];
    char rate[UNIT_TEXT_BYTES] = "-";

    html_markup(html, "<tr>");
    put_cell(html, "group", group->name);
    put_cell(html, "direction", shaper_direction_name(direction));
    if (is_limited && group->tick_s > 0)
        unit_print_rate(rate, group->rate_bytes_per_tick[d], lround(group->tick_s * 1000),
                        group->rate_units[d]);
    put_cell(html, "rate", rate);
    put_bytes_cell(html, "burst", is_limited ? (double)group->burst_bytes[d] : NAN);
    put_bytes_cell(html, "delivered", report_number(json, NULL, "delivered_bytes"));
    put_share_cell(html, "used", is_limited ? report_number(json, NULL, "utilisation") : NAN);
    report_jain(json, jain);
    put_cell(html, "fairness J", jain);
    put_time_cell(html, "delay p50", report_number(json, NULL, "delay_p50_s"));
    put_time_cell(html, "p99", report_number(json, NULL, "delay_p99_s"));
    put_time_cell(html, "max", report_number(json, NULL, "delay_max_s"));
    put_bytes_cell(html, "lost tokens", report_number(json, "throughput", "lost_tokens_bytes"));
    html_markup(html, "</tr>\n");
}

static void put_summary(struct html *html, const struct report *report)
{
    html_markup(html,
                "<h2>Summary</h2>\n<table><thead><tr><th>group</th><th>direction</th><th>rate</th>"
                "<th>burst</th><th>delivered</th><th>used</th><th>fairness J</th><th>delay p50</th>"
                "<th>p99</th><th>max</th><th>lost tokens</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < report->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            put_row(html, report, i, d);
    html_markup(html, "</tbody></table>\n");
}

/* A direction of a group that did not get all of the trace. */
static void put_loss(struct html *html, const struct report_group *group, const json_t *json,
                     enum shaper_direction direction)
{
    double undelivered = report_number(json, NULL, "undelivered_bytes");
    double unoffered = report_number(json, NULL, "unoffered_bytes");
    double percent = report_number(json, NULL, "delivered_percent");
    char value[REPORT_VALUE_BYTES];

    if (!(undelivered > 0) && unoffered == 0)
        return;
    html_markup(html, "<li>");
    html_text(html, group->name);
    html_print(html, ", %s: %s not delivered, ", shaper_direction_name(direction),
               report_bytes(value, isnan(undelivered) ? 0 : undelivered));
    if (isnan(unoffered))
        html_text(html, "and what of the trace was not offered is not known");
    else
        html_print(html, "%s of the trace not offered", report_bytes(value, unoffered));
    if (!isnan(percent))
        html_print(html, "; %.1f %% of the trace was delivered", floor(percent * 10) / 10);
    html_markup(html, "</li>\n");
}

/* What --max-time cut off, or broken flows lost. */
static void put_losses(struct html *html, const struct report *report)
{
    bool is_cut = strcmp(json_text_of(report->summary, "end"), "max-time") == 0;
    bool is_broken = false;

    for (size_t i = 0; i < report->group_count; i++)
        is_broken |= report_number(report->groups[i].json, NULL, "false_end_of_file_flows") > 0;
    if (!is_cut && !is_broken)
        return;
    html_markup(html, "<p>");
    html_text(html, is_cut ? "The run was cut: --max-time came before everything was delivered."
                           : "Flows broke, and what waited of them was lost.");
    html_markup(html, "</p>\n<ul>\n");
    for (size_t i = 0; i < report->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            enum shaper_direction direction = (enum shaper_direction)d;
            put_loss(html, &report->groups[i], report_direction_json(&report->groups[i], direction),
                     direction);
        }
    html_markup(html, "</ul>\n");
}

static void put_warnings(struct html *html, const struct report *report)
{
    const json_t *warning, *warnings = json_object_get(report->summary, "warnings");
    size_t i;

    html_markup(html, "<h2>Warnings</h2>\n");
    if (json_array_size(warnings) == 0) {
        html_markup(html, "<p>None.</p>\n");
        return;
    }
    html_markup(html, "<ul>\n");
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

    html_markup(html, "<h2>To repeat it</h2>\n<pre>");
    html_text(html, json_text_of(report->summary, "command"));
    html_markup(html, " -o DIR\nshapesim report DIR</pre>\n<dl>\n");
    put_definition(html, "trace", json_text_of(trace, "name"));
    put_definition(html, "its XXH3-128", json_text_of(trace, "xxh3_128"));
    json_object_foreach((json_t *)(uintptr_t)versions, name, version)
        put_definition(html, name, json_string_value(version) ? json_string_value(version) : "");
    put_definition(html, "gnuplot", gnuplot_version);
    put_definition(html, "page made by shapesim", SHAPESIM_VERSION);
    html_markup(html, "</dl>\n");
}

/* --- figures ----------------------------------------------------------------------------- */

/* A figure is there if gnuplot has drawn it. */
static int put_figure(struct html *html, const struct report *report,
                      const struct report_figure *figure, const char *directory, size_t *drawn,
                      char *error)
{
    char path[4096];

    if (snprintf(path, sizeof(path), "%s/%s.svg", directory, figure->name) >= (int)sizeof(path) ||
        access(path, F_OK) != 0)
        return SIM_OK;
    ++*drawn;
    html_markup(html, "<figure id=\"");
    html_text(html, figure->name);
    html_markup(html, "\">\n");
    int status = html_svg(html, figure->name, path, error);
    html_markup(html, "<figcaption id=\"");
    html_print(html, "%s-title", figure->name);
    html_markup(html, "\">");
    report_figure_caption(html, report, figure);
    html_markup(html, "</figcaption>\n</figure>\n");
    return status;
}

static int put_figures(struct html *html, const struct report *report, const char *directory,
                       char *error)
{
    const struct report_figure *figures = report_figures(report);
    size_t drawn = 0;
    int status = SIM_OK;

    html_markup(html, "<h2>Figures</h2>\n");
    for (; figures->name && status == SIM_OK; figures++)
        status = put_figure(html, report, figures, directory, &drawn, error);
    if (drawn == 0)
        html_markup(html, "<p>Nothing was delayed or limited, so there is nothing to draw.</p>\n");
    return status;
}

static int put_page(struct html *html, const struct report *report, const char *directory,
                    const char *gnuplot_version, char *error)
{
    const char *name = report->summary
                           ? json_text_of(json_object_get(report->summary, "trace"), "name")
                           : "Comparison of settings";
    int status = SIM_OK;

    html_markup(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n" POLICY
                      "<meta name=\"viewport\" content=\"width=device-width, "
                      "initial-scale=1\">\n<title>");
    html_text(html, name);
    html_markup(html, " - shapesim</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n" STYLE
                      "</style></head><body><main>\n<h1>");
    html_text(html, name);
    html_markup(html, "</h1>\n");
    if (report->summary) {
        put_lead(html, report);
        put_summary(html, report);
        put_losses(html, report);
        report_responses_put(html, report);
        put_warnings(html, report);
        report_verdicts_put(html, report);
    } else {
        status = report_sweep_page(html, report->directory, error);
    }
    if (status == SIM_OK)
        status = put_figures(html, report, directory, error);
    if (report->summary)
        put_repeat(html, report, gnuplot_version);
    html_markup(html, "</main></body></html>\n");
    return status;
}

int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error)
{
    char *path;

    if (asprintf(&path, "%s/index.html", directory) < 0)
        return sim_fail(error, SIM_FAILED, "index.html: out of memory");
    FILE *out = file_stream_open(path, "wx");
    struct html html = {.out = out};
    int status = out ? put_page(&html, report, directory, gnuplot_version, error) : SIM_FAILED;
    if (!out || ((ferror(out) | fclose(out)) != 0 && status == SIM_OK))
        status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                          strerror(errno));
    free(path);
    return status;
}
