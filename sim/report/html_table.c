#include "sim/report/html_table.h"

#include <math.h>

void html_table_begin(struct html_table *table, struct html *html,
                      const struct html_column *columns, size_t count, size_t shown)
{
    *table = (struct html_table){.html = html, .columns = columns, .count = count};
    html_markup(html, "<table data-shown=\"");
    html_print(html, "%zu", shown);
    html_markup(html, "\"><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        if (columns[i].is_text)
            html_markup(html, "<th scope=\"col\" class=\"text\">");
        else
            html_markup(html, "<th scope=\"col\">");
        html_text(html, columns[i].name);
        html_markup(html, "</th>");
    }
    html_markup(html, "</tr></thead><tbody>\n");
}

/* The cell's tag up to where its value may follow. */
static void begin_cell(struct html_table *table)
{
    const struct html_column *column = &table->columns[table->next];

    if (table->next == 0)
        html_markup(table->html, "<tr>");
    if (column->is_text)
        html_markup(table->html, "<td class=\"text\" data-label=\"");
    else
        html_markup(table->html, "<td data-label=\"");
    html_text(table->html, column->name);
    html_markup(table->html, "\"");
}

static void end_cell(struct html_table *table, const char *text)
{
    html_markup(table->html, ">");
    html_text(table->html, *text ? text : "-");
    html_markup(table->html, "</td>");
    if (++table->next < table->count)
        return;
    table->next = 0;
    html_markup(table->html, "</tr>\n");
}

void html_table_text(struct html_table *table, const char *text)
{
    begin_cell(table);
    end_cell(table, text);
}

void html_table_value(struct html_table *table, double value, const char *text)
{
    begin_cell(table);
    if (!isnan(value)) {
        html_markup(table->html, " data-sort=\"");
        html_print(table->html, "%.9g", isinf(value) ? copysign(1e300, value) : value);
        html_markup(table->html, "\"");
    }
    end_cell(table, text);
}

void html_table_end(struct html_table *table)
{
    html_markup(table->html, "</tbody></table>\n");
}
