#include "sim/report/report_sweep_page.h"

#include <string.h>

#include "sim/output/csv_reader.h"
#include "sim/output/file_names.h"
#include "sim/output/sweep_columns.h"
#include "sim/report/html_table.h"

#define ROWS_MAX    100
#define COLUMNS_MAX 8

static int put_count(struct html *html, const char *directory, char *error)
{
    struct csv_reader *reader;
    int rows = 0, failed = 0;
    int status = csv_reader_open(directory, sweep_file_names[SWEEP_BY_RUN], &reader, error);

    if (status != SIM_OK)
        return status;
    int at = csv_reader_column(reader, sweep_column_names[SWEEP_COLUMN_STATUS]);
    while (at >= 0 && csv_reader_next(reader)) {
        rows++;
        failed += strcmp(csv_reader_text(reader, at), "ok") != 0;
    }
    html_markup(html, "<p>");
    html_print(html, "%d runs, %d of them failed.", rows, failed);
    html_markup(html, "</p>\n");
    if (rows == failed && !csv_reader_fault(reader))
        status = sim_fail(error, SIM_FAILED,
                          "%s/sweep.csv: no run succeeded; see its status column", directory);
    return csv_reader_finish(reader, status, error);
}

static int put_table(struct html *html, const char *directory, char *error)
{
    struct html_column columns[COLUMNS_MAX];
    struct html_table table;
    struct csv_reader *reader;
    int status = csv_reader_open(directory, sweep_file_names[SWEEP_BY_RUN], &reader, error);

    if (status != SIM_OK)
        return status;
    int width = csv_reader_width(reader) < COLUMNS_MAX ? csv_reader_width(reader) : COLUMNS_MAX;
    for (int i = 0; i < width; i++)
        columns[i] = (struct html_column){csv_reader_column_name(reader, i), true};
    html_section(html, "runs", "Runs");
    html_table_begin(&table, html, columns, (size_t)width, 0);
    for (int row = 0; row < ROWS_MAX && csv_reader_next(reader); row++)
        for (int i = 0; i < width; i++)
            html_table_text(&table, csv_reader_text(reader, i));
    html_table_end(&table);
    html_markup(html, "<p class=\"note\">");
    html_print(html, "At most the first %d rows and %d columns; sweep.csv has all.", ROWS_MAX,
               COLUMNS_MAX);
    html_markup(html, "</p>\n");
    return csv_reader_finish(reader, SIM_OK, error);
}

int report_sweep_page(struct html *html, const char *directory, char *error)
{
    int status = put_count(html, directory, error);

    return status == SIM_OK ? put_table(html, directory, error) : status;
}
