#include "sim/report_page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/json_text.h"
#include "sim/version.h"
#include "traces/file_stream.h"

/* What figures are drawn in turns into what can be read on black: gnuplot writes colours as
 * attributes, in these very words. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#ccc;--soft:#f4f4f4}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--line:#444;"
    "--soft:#222}}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "main{max-width:56rem;margin:0 auto;padding:1rem}\n"
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2.2rem;"
    "border-bottom:1px solid var(--line)}\n"
    "h3{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;margin:0}"
    "figure{margin:1.5rem 0 "
    "2rem;break-inside:avoid;position:relative}figcaption{font-size:.95rem}\n"
    "svg{display:block;width:100%;height:auto}\n"
    "svg>g>rect[fill='#ffffff']{fill:none}\n"
    "pre,.note{background:var(--soft);padding:.6rem .8rem;white-space:pre-wrap}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{overflow-wrap:break-word;padding:.25rem .4rem;text-align:right;border-bottom:1px solid "
    "var(--line)}\n"
    "th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}\n"
    "dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem 1rem}dd{margin:0}\n"
    "@media(max-width:56rem){main{padding:.6rem}thead{display:none}tr{display:block;"
    "border-bottom:2px solid var(--line);padding:.4rem 0}\n"
    "td,td:first-child,td:nth-child(2){display:flex;overflow-wrap:anywhere;justify-content:space-"
    "between;gap:1rem;"
    "border:0;padding:0 .2rem;text-align:right}td::before{content:attr(data-label);"
    "text-align:left}dl{display:block}dd{margin:0 0 .4rem}}\n"
    "@media screen and (prefers-color-scheme:dark){"
    "svg [fill='black'],svg [fill='rgb(0,0,0)']{fill:#e8e8e8}"
    "svg [stroke='black'],svg [color='black']"
    "{stroke:#e8e8e8;color:#e8e8e8}\n"
    "svg [stroke='rgb(  0,   0,   0)']{stroke:#e8e8e8}"
    "svg [stroke='rgb(  0, 114, 178)']{stroke:#4da6e0}"
    "svg [stroke='rgb(213,  94,   0)']{stroke:#ff8a3d}"
    "svg [stroke='rgb(221, 221, 221)']{stroke:#3a3a3a}\n"
    "svg [stroke='rgb(102, 102, 102)']{stroke:#999}"
    "svg [fill='rgb(168, 207, 230)'],svg [fill ='rgb(168, 207, 230)']{fill:#1f4e6b}"
    "svg [fill='rgb(245, 201, 166)']{fill:#6b3c17}}\n"
    "@media print{:root{--ink:#000;--paper:#fff;--line:#999;--soft:#eee}main{max-width:none}}\n";

void report_page_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

/* --- the run ------------------------------------------------------------------------------------
 */

static void put_definition(FILE *out, const char *term, const char *text)
{
    fprintf(out, "<dt>%s</dt><dd>", term);
    report_page_text(out, text);
    fputs("</dd>\n", out);
}

static void put_count(FILE *out, const json_t *object, const char *key, const char *what)
{
    double count = report_number(object, NULL, key);

    fprintf(out, "%.0f %s%s", count, what, count == 1 ? "" : "s");
}

static void put_lead(FILE *out, const struct report *report)
{
    const json_t *trace = json_object_get(report->summary, "trace");
    char value[FIGURE_VALUE_BYTES];

    fputs("<p>", out);
    put_count(out, trace, "replayed_packets", "packet");
    fputs(" of ", out);
    put_count(out, trace, "flows", "flow");
    fprintf(out, ", %s", figure_value(value, AXIS_BYTES, report_number(trace, NULL, "bytes")));
    fprintf(out, " in %s",
            figure_value(value, AXIS_SECONDS, report_number(trace, NULL, "duration_s")));
    fprintf(out, "; the run ended (%s) at %s.</p>\n", json_text_of(report->summary, "end"),
            figure_value(value, AXIS_SECONDS, report->end_s));
}

static void put_cell(FILE *out, const char *label, const char *text)
{
    fprintf(out, "<td data-label=\"%s\">", label);
    report_page_text(out, text);
    fputs("</td>", out);
}

static void put_value_cell(FILE *out, const char *label, enum axis_kind kind, double value)
{
    char text[FIGURE_VALUE_BYTES] = "-";

    if (!isnan(value))
        figure_value(text, kind, value);
    put_cell(out, label, text);
}

static void put_share_cell(FILE *out, const char *label, double share)
{
    char text[FIGURE_VALUE_BYTES] = "-";

    if (!isnan(share))
        snprintf(text, sizeof(text), "%.1f %%", 100 * share);
    put_cell(out, label, text);
}

static void put_row(FILE *out, const struct report *report, size_t index, int d)
{
    const struct report_class *class = &report->classes[index];
    const struct report_view view = {.class = index, .direction = (enum shaper_direction)d};
    const json_t *json = report_view_json(report, &view);
    bool is_limited = report_is_limited(report, &view);

    fputs("<tr>", out);
    put_cell(out, "group", class->name);
    put_cell(out, "direction", report_direction(view.direction));
    put_value_cell(out, "rate", AXIS_BYTES_PER_S,
                   is_limited ? (double)class->rate_bytes_per_tick[d] / class->tick_s : NAN);
    put_value_cell(out, "burst", AXIS_BYTES, is_limited ? (double)class->burst_bytes[d] : NAN);
    put_value_cell(out, "delivered", AXIS_BYTES, report_number(json, NULL, "delivered_bytes"));
    put_share_cell(out, "used", is_limited ? report_number(json, NULL, "utilisation") : NAN);
    put_value_cell(out, "fairness J, run", AXIS_NUMBER,
                   report_number(json, "fairness", "jain_run"));
    put_value_cell(out, "delay p50", AXIS_SECONDS, report_number(json, NULL, "delay_p50_s"));
    put_value_cell(out, "p99", AXIS_SECONDS, report_number(json, NULL, "delay_p99_s"));
    put_value_cell(out, "max", AXIS_SECONDS, report_number(json, NULL, "delay_max_s"));
    put_value_cell(out, "lost tokens", AXIS_BYTES,
                   report_number(json, "throughput", "lost_tokens_bytes"));
    fputs("</tr>\n", out);
}

static void put_summary(FILE *out, const struct report *report)
{
    fputs("<h2>Summary</h2>\n<table><thead><tr><th>group</th><th>direction</th><th>rate</th>"
          "<th>burst</th><th>delivered</th><th>used</th><th>fairness J</th><th>delay p50</th>"
          "<th>p99</th><th>max</th><th>lost tokens</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < report->class_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            put_row(out, report, i, d);
    fputs("</tbody></table>\n", out);
}

static void put_warnings(FILE *out, const struct report *report)
{
    const json_t *warning, *warnings = json_object_get(report->summary, "warnings");
    size_t i;

    fputs("<h2>Warnings</h2>\n", out);
    if (json_array_size(warnings) == 0) {
        fputs("<p>None.</p>\n", out);
        return;
    }
    fputs("<ul>\n", out);
    json_array_foreach(warnings, i, warning)
    {
        fputs("<li>", out);
        report_page_text(out, json_string_value(warning) ? json_string_value(warning) : "");
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_repeat(FILE *out, const struct report *report, const char *gnuplot_version)
{
    const json_t *version, *versions = json_object_get(report->summary, "versions");
    const json_t *trace = json_object_get(report->summary, "trace");
    const char *name;

    fputs("<h2>To repeat it</h2>\n<pre>", out);
    report_page_text(out, json_text_of(report->summary, "command"));
    fputs(" -o DIR\nshapesim report DIR</pre>\n<dl>\n", out);
    put_definition(out, "trace", json_text_of(trace, "name"));
    put_definition(out, "its XXH3-128", json_text_of(trace, "xxh3_128"));
    json_object_foreach((json_t *)(uintptr_t)versions, name, version)
        put_definition(out, name, json_string_value(version) ? json_string_value(version) : "");
    put_definition(out, "gnuplot", gnuplot_version);
    put_definition(out, "page made by shapesim", SHAPESIM_VERSION);
    fputs("</dl>\n", out);
}

/* --- figures ------------------------------------------------------------------------------------
 */

/* Ids of one figure's SVG are also those of the next: each gets the figure's name before it. */
static void put_svg_line(FILE *out, const char *line, const char *name)
{
    static const char *const ids[] = {"'gpPt",     "#gpPt",      "'gpDot", "'textbox'",
                                      "'greybox'", "\"gnuplot_", NULL};

    while (*line) {
        size_t i = 0;
        while (ids[i] && strncmp(line, ids[i], strlen(ids[i])) != 0)
            i++;
        fputc(*line++, out);
        if (ids[i])
            fprintf(out, "%s-", name);
    }
}

static void put_without_titles(FILE *out, char *line, const char *name)
{
    char *title;

    while ((title = strstr(line, "<title>"))) {
        const char *end = strstr(title, "</title>");
        if (!end)
            break;
        memmove(title, end + 8, strlen(end + 8) + 1);
    }
    put_svg_line(out, line, name);
}

static int put_svg(FILE *out, const struct figure *figure, const char *directory, char *error)
{
    char path[sizeof(figure->directory) + 64];
    char *line = NULL;
    size_t room = 0;
    bool has_begun = false;

    snprintf(path, sizeof(path), "%s/%s.svg", directory, figure->name);
    FILE *in = file_stream_open(path, "r");
    if (!in)
        return sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(errno));
    while (getline(&line, &room, in) >= 0) {
        bool is_root = !has_begun && strncmp(line, "<svg", 4) == 0;
        has_begun = has_begun || is_root;
        if (is_root)
            fprintf(out, "<svg role=\"img\" aria-labelledby=\"%s-title\"\n", figure->name);
        else if (has_begun && strncmp(line, "<desc>", 6) != 0)
            put_without_titles(out, line, figure->name);
    }
    bool is_whole = feof(in) != 0;
    free(line);
    fclose(in);
    if (is_whole)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s: cannot be read to its end (%s)", path, strerror(errno));
}

static int put_figure(FILE *out, const struct report *report, const struct figure *figure,
                      const char *directory, char *error)
{
    fprintf(out, "<figure id=\"%s\">\n<h3 id=\"%s-title\">", figure->name, figure->name);
    report_page_text(out, figure->title);
    fputs("</h3>\n", out);
    int status = put_svg(out, figure, directory, error);
    fputs("<figcaption>", out);
    report_page_text(out, figure->caption);
    if (report->views_left_out > 0)
        fprintf(out, " (The %d groups and directions with most bytes; %zu more are left out.)",
                REPORT_VIEWS_MAX, report->views_left_out);
    fputs("</figcaption>\n</figure>\n", out);
    return status;
}

static int put_figures(FILE *out, const struct report *report, const char *directory, char *error)
{
    int status = SIM_OK;
    size_t drawn = 0;

    fputs("<h2>Figures</h2>\n", out);
    for (size_t i = 0; i < report->figure_count && status == SIM_OK; i++) {
        if (report->figures[i]->panel_count == 0)
            continue;
        drawn++;
        status = put_figure(out, report, report->figures[i], directory, error);
    }
    if (drawn == 0)
        fputs("<p>Nothing was offered to a group with limits, so there is nothing to draw.</p>\n",
              out);
    return status;
}

static int put_page(FILE *out, const struct report *report, const char *directory,
                    const char *gnuplot_version, char *error)
{
    const char *name = report->summary
                           ? json_text_of(json_object_get(report->summary, "trace"), "name")
                           : "Comparison of settings";
    int status = SIM_OK;

    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    report_page_text(out, name);
    fprintf(out,
            " - shapesim</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style>"
            "</head><body><main>\n<h1>",
            style);
    report_page_text(out, name);
    fputs("</h1>\n", out);
    if (report->summary) {
        put_lead(out, report);
        put_summary(out, report);
        put_warnings(out, report);
        fputs("<h2>Checks</h2>\n", out);
        fputs(report->verdicts ? report->verdicts : "", out);
    } else {
        status = report_sweep_page(out, report, error);
    }
    if (status == SIM_OK)
        status = put_figures(out, report, directory, error);
    if (report->summary)
        put_repeat(out, report, gnuplot_version);
    fputs("</main></body></html>\n", out);
    return status;
}

int report_page_write(const struct report *report, const char *directory,
                      const char *gnuplot_version, char *error)
{
    char *path;

    if (asprintf(&path, "%s/index.html", directory) < 0)
        return sim_fail(error, SIM_FAILED, "index.html: out of memory");
    FILE *out = file_stream_open(path, "w");
    int status = out ? put_page(out, report, directory, gnuplot_version, error) : SIM_FAILED;
    if (!out || ((ferror(out) | fclose(out)) != 0 && status == SIM_OK))
        status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                          strerror(errno));
    free(path);
    return status;
}
