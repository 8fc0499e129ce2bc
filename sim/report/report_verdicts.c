#include "sim/report/report_verdicts.h"

static void put_cell(struct html *html, const char *label, const char *text)
{
    html_markup(html, "<td data-label=\"");
    html_text(html, label);
    html_markup(html, "\">");
    html_text(html, *text ? text : "-");
    html_markup(html, "</td>");
}

/* A row for each check, with the failure if there is one. */
static void put_row(struct html *html, const struct checks *checks, enum check check)
{
    char figure[CHECK_TEXT_BYTES];

    if (!check_is_shown(checks, check))
        return;
    check_figure(checks, check, figure);
    html_markup(html, "<tr>");
    put_cell(html, "check", check_name(checks, check));
    put_cell(html, "figure", figure);
    put_cell(html, "bound", checks->results[check].bound);
    put_cell(html, "verdict", check_verdict(checks, check));
    put_cell(html, "message", checks->results[check].message);
    html_markup(html, "</tr>\n");
}

void report_verdicts_put(struct html *html, const struct report *report)
{
    html_markup(html, "<h2>Checks</h2>\n<p><code>shapesim verify</code>: ");
    if (checks_hold(report->checks))
        html_markup(html, "every check holds.</p>\n");
    else
        html_markup(html, "<strong>a check fails.</strong></p>\n");
    html_markup(html,
                "<table><thead><tr><th>check</th><th>figure</th><th>bound</th><th>verdict</th>"
                "<th>message</th></tr></thead><tbody>\n");
    for (int i = 0; i < CHECKS; i++)
        put_row(html, report->checks, (enum check)i);
    html_markup(html, "</tbody></table>\n");
}
