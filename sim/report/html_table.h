/*
 * A table of a page. With the page's script its columns can be sorted by their headings, and rows
 * beyond the first are folded away until they are asked for; without it, and on paper, all are
 * there. On a narrow screen each row is a card, in which the headings stand beside the values.
 *
 *     static const struct html_column columns[] = {{"flow", true}, {"bytes", false}};
 *     struct html_table table;
 *     html_table_begin(&table, html, columns, 2, 12);
 *     html_table_text(&table, "192.0.2.1:80");
 *     html_table_value(&table, 1500, "1.5 kB");
 *     html_table_end(&table);
 */
#ifndef SHAPESIM_SIM_REPORT_HTML_TABLE_H
#define SHAPESIM_SIM_REPORT_HTML_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/report/html.h"

struct html_column {
    const char *name;
    bool is_text; /* on the left, and sorted as text; others are numbers, and on the right */
};

/* Embedded by value; begun by html_table_begin(). */
struct html_table {
    struct html *html;                 /* borrowed until html_table_end() */
    const struct html_column *columns; /* likewise */
    size_t count;
    size_t next; /* column of the next cell; a row ends with its last */
};

/* Begins a table; `shown` rows are not folded away, 0: all. */
void html_table_begin(struct html_table *table, struct html *html,
                      const struct html_column *columns, size_t count, size_t shown);

/* The next cell of the row: a text, "-" where it is empty; or a value as a text, by which the
 * column is sorted: NAN is after all others, INFINITY the largest. */
void html_table_text(struct html_table *table, const char *text);
void html_table_value(struct html_table *table, double value, const char *text);

void html_table_end(struct html_table *table);

#endif
