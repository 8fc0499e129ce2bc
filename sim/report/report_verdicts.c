#include "sim/report/report_verdicts.h"

#include <stdlib.h>
#include <string.h>

#include "sim/report/html_table.h"
#include "sim/report/report_flows.h"

#define FLOW "flow "

static const struct html_column columns[] = {
    {"check", true}, {"figure", true}, {"bound", true}, {"verdict", true}, {"message", true},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* The message of a failure with a flow's address after its number: "flow 3 (192.0.2.1:80)". */
static void print_message(char text[SIM_ERROR_BYTES], const struct report *report,
                          const char *message)
{
    char initiator[REPORT_ENDPOINT_BYTES];
    const char *flow = strstr(message, FLOW);
    const char *number = flow ? flow + strlen(FLOW) : message;
    size_t digits = strspn(number, "0123456789");

    snprintf(text, SIM_ERROR_BYTES, "%s", message);
    if (!flow || digits == 0 || !report_flow_find(report, strtoll(number, NULL, 10), initiator))
        return;
    snprintf(text, SIM_ERROR_BYTES, "%.*s (%s)%s", (int)(number + digits - message), message,
             initiator, number + digits);
}

/* A row for each check, with the failure if there is one. */
static void put_row(struct html_table *table, const struct report *report, enum check check)
{
    const struct checks *checks = report->checks;
    char figure[CHECK_TEXT_BYTES], message[SIM_ERROR_BYTES];

    if (!check_is_shown(checks, check))
        return;
    check_figure(checks, check, figure);
    html_table_text(table, check_name(checks, check));
    html_table_text(table, figure);
    html_table_text(table, checks->results[check].bound);
    html_table_text(table, check_verdict(checks, check));
    print_message(message, report, checks->results[check].message);
    html_table_text(table, message);
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
