#include "sim/report/comparison_page.h"

#include <math.h>
#include <string.h>

#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/report/differences.h"
#include "sim/report/html_table.h"
#include "sim/report/report_value.h"

#define TOLD_MAX 4 /* differences in a sentence; the table has all */

void comparison_title(const struct comparison *comparison, char title[COMPARISON_TITLE_BYTES])
{
    if (comparison->count == 2)
        snprintf(title, COMPARISON_TITLE_BYTES, "%s against %s", comparison->runs[0].name,
                 comparison->runs[1].name);
    else
        snprintf(title, COMPARISON_TITLE_BYTES, "%s and %zu other runs", comparison->runs[0].name,
                 comparison->count - 1);
}

/* --- a sentence ------------------------------------------------------------------------------ */

struct sentence {
    struct html *html;
    size_t run, told, more;
    bool is_of_one_group; /* which need not be named */
};

/* Figures that the first group's busier direction, or the group, has, of those that decide. */
static bool is_telling(const struct difference *difference)
{
    return difference->metric == DEMAND_RESPONSE_P99 ||
           difference->metric == DEMAND_COMPLETION_P99 || difference->metric == DEMAND_DELAY_P99 ||
           difference->metric == DEMAND_JAIN || difference->metric == DEMAND_GRANTS ||
           difference->metric == DEMAND_DELIVERED;
}

static void tell(void *arg, const struct difference *difference)
{
    struct sentence *sentence = arg;
    char name[DIFFERENCE_TEXT_BYTES], against[DIFFERENCE_TEXT_BYTES];

    if (!difference_is(difference, sentence->run))
        return;
    if (!is_telling(difference) || sentence->told == TOLD_MAX) {
        sentence->more++;
        return;
    }
    difference_name(difference, name);
    difference_against(difference, sentence->run, against);
    const char *what = sentence->is_of_one_group ? strstr(name, ": ") + 2 : name;
    html_print(sentence->html, "%s%s %s", sentence->told++ > 0 ? ", " : "", what, against);
}

static void put_sentence(struct html *html, const struct comparison *comparison, size_t run)
{
    struct sentence sentence = {
        .html = html,
        .run = run,
        .is_of_one_group = comparison->runs[0].report.group_count == 1,
    };

    html_markup(html, "<p>");
    html_print(html, "%s against A: ", comparison->runs[run].letter);
    size_t compared = differences_of_figures(comparison, tell, &sentence);
    if (sentence.told == 0 && sentence.more == 0)
        html_print(html, "none of %zu figures differs", compared);
    else if (sentence.told == 0)
        html_print(html, "%zu of %zu figures differ, but none that decides", sentence.more,
                   compared);
    else if (sentence.more > 0)
        html_print(html, ", and %zu more of %zu figures", sentence.more, compared);
    html_markup(html, ".</p>\n");
}

/* --- runs ------------------------------------------------------------------------------------ */

static void put_runs(struct html *html, const struct comparison *comparison)
{
    html_section(html, "runs", "Runs");
    html_markup(html, "<dl>\n");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_run *run = &comparison->runs[i];
        html_markup(html, "<dt>");
        html_text(html, run->label);
        html_markup(html, "</dt><dd><code>");
        html_text(html, json_text_of(run->report.summary, "command"));
        html_markup(html, "</code>");
        if (!checks_hold(run->report.checks))
            html_markup(html, "; <strong>a check of shapesim verify fails</strong>");
        if (strcmp(json_text_of(run->report.summary, "end"), "max-time") == 0)
            html_markup(html, "; cut by --max-time");
        html_markup(html, "</dd>\n");
    }
    html_markup(html, "</dl>\n");
    if (!comparison->have_one_trace)
        html_markup(html, "<p class=\"warns\">The runs are not of one trace: what differs may be "
                          "the traffic.</p>\n");
}

/* --- tables ---------------------------------------------------------------------------------- */

struct put {
    struct html_table table;
    const struct comparison *comparison;
    size_t rows;
};

static void begin_table(struct put *put, struct html *html, const struct comparison *comparison,
                        struct html_column columns[REPORT_RUNS_MAX + 1], const char *first,
                        bool are_texts)
{
    columns[0] = (struct html_column){first, true};
    for (size_t i = 0; i < comparison->count; i++)
        columns[i + 1] = (struct html_column){comparison->runs[i].letter, are_texts};
    *put = (struct put){.comparison = comparison};
    html_table_begin(&put->table, html, columns, comparison->count + 1, 0);
}

static void put_setting(void *arg, const char *name, char *const texts[REPORT_RUNS_MAX])
{
    struct put *put = arg;

    put->rows++;
    html_table_text(&put->table, name);
    for (size_t i = 0; i < put->comparison->count; i++)
        html_table_text(&put->table, texts[i]);
}

static int put_settings(struct html *html, const struct comparison *comparison, char *error)
{
    struct html_column columns[REPORT_RUNS_MAX + 1];
    struct put put;

    html_section(html, "settings", "Settings that differ");
    begin_table(&put, html, comparison, columns, "setting", true);
    int status = differences_of_settings(comparison, put_setting, &put, error);
    html_table_end(&put.table);
    if (put.rows == 0)
        html_markup(html, "<p>None.</p>\n");
    return status;
}

static void put_figure(void *arg, const struct difference *difference)
{
    struct put *put = arg;
    char text[DIFFERENCE_TEXT_BYTES];

    put->rows++;
    difference_name(difference, text);
    html_table_text(&put->table, text);
    for (size_t i = 0; i < put->comparison->count; i++) {
        char value[DIFFERENCE_TEXT_BYTES], factor[REPORT_VALUE_BYTES] = "", both[96];
        difference_value(difference, i, value);
        double quotient = i > 0 ? difference_quotient(difference, i) : NAN;
        if (!isnan(quotient))
            report_times(factor, quotient);
        snprintf(both, sizeof(both), "%.40s%s%s%s", value, *factor ? " (" : "", factor,
                 *factor ? ")" : "");
        html_table_value(&put->table, difference->values[i], both);
    }
}

static void put_differences(struct html *html, const struct comparison *comparison)
{
    struct html_column columns[REPORT_RUNS_MAX + 1];
    struct put put;

    html_section(html, "differences", "Differences");
    begin_table(&put, html, comparison, columns, "figure", false);
    size_t compared = differences_of_figures(comparison, put_figure, &put);
    html_table_end(&put.table);
    html_markup(html, "<p class=\"note\">");
    html_print(html,
               "%zu of %zu figures differ; the others are within 0.8 %%, or 0.005 of Jain's index, "
               "and left out. In brackets: how many times A's. Figures as shapesim verify names "
               "them; jain over 100 ms, or one tick "
               "if that is longer.",
               put.rows, compared);
    html_markup(html, "</p>\n");
}

/* --- all ------------------------------------------------------------------------------------- */

int comparison_page_head(struct html *html, const struct comparison *comparison, char *error)
{
    html_markup(html, "<div class=\"answer\">\n");
    for (size_t i = 1; i < comparison->count; i++)
        put_sentence(html, comparison, i);
    html_markup(html, "</div>\n");
    put_runs(html, comparison);
    int status = put_settings(html, comparison, error);
    if (status == SIM_OK)
        put_differences(html, comparison);
    return status;
}

void comparison_page_foot(struct html *html, const struct comparison *comparison,
                          const char *gnuplot_version)
{
    html_section(html, "repeat", "How to repeat it");
    html_markup(html, "<pre>");
    for (size_t i = 0; i < comparison->count; i++) {
        html_text(html, json_text_of(comparison->runs[i].report.summary, "command"));
        html_print(html, " -o %s\n", comparison->runs[i].letter);
    }
    html_text(html, "shapesim report");
    for (size_t i = 0; i < comparison->count; i++)
        html_print(html, " %s", comparison->runs[i].letter);
    html_markup(html, " -o DIR</pre>\n<dl>\n");
    html_definition(html, "gnuplot", gnuplot_version);
    html_definition(html, "page made by shapesim", SHAPESIM_VERSION);
    html_markup(html, "</dl>\n");
}
