#include "sim/report/report_verdicts.h"

#include "sim/report/html_table.h"

static const struct html_column columns[] = {
    {"check", true}, {"figure", true}, {"bound", true}, {"verdict", true}, {"message", true},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* A row for each check, with the failure if there is one. */
static void put_row(struct html_table *table, const struct report *report, enum check check)
{
    const struct checks *checks = report->checks;
    char figure[CHECK_TEXT_BYTES];

    if (!check_is_shown(checks, check))
        return;
    check_figure(checks, check, figure);
    html_table_text(table, check_name(checks, check));
    html_table_text(table, figure);
    html_table_text(table, checks->results[check].bound);
    html_table_text(table, check_verdict(checks, check));
    html_table_text(table, checks->results[check].message);
}

static size_t shown_checks(const struct checks *checks)
{
    size_t shown = 0;

    for (int i = 0; i < CHECKS; i++)
        shown += check_is_shown(checks, (enum check)i);
    return shown;
}

void report_verdicts_put(struct html *html, const struct report *report)
{
    struct html_table table;

    html_section(html, "checks", "Checks");
    if (checks_hold(report->checks)) {
        html_markup(html, "<details><summary><code>shapesim verify</code>: every check holds");
        html_print(html, " (%zu)", shown_checks(report->checks));
    } else {
        html_markup(html, "<details open class=\"fails\"><summary><code>shapesim verify</code>: "
                          "<strong>a check fails</strong>");
    }
    html_markup(html, "</summary>\n");
    html_table_begin(&table, html, columns, COLUMNS, 0);
    for (int i = 0; i < CHECKS; i++)
        put_row(&table, report, (enum check)i);
    html_table_end(&table);
    html_markup(html, "</details>\n");
}
