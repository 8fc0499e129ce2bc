#include "sim/verify/verify_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *verify_direction(int direction)
{
    return shaper_direction_name((enum shaper_direction)direction);
}

const char *verify_byte_column(int direction)
{
    return flows_table.columns[csv_table_column(&flows_table, FLOWS_READ_BYTES, direction)].name;
}

struct csv_reader *verify_open(struct verification *v, const char *name)
{
    struct csv_reader *reader;
    char error[SIM_ERROR_BYTES];

    if (csv_reader_open(v->config->directory, name, &reader, error) == SIM_OK)
        return reader;
    if (errno == ENOMEM)
        sim_fail(v->error, SIM_FAILED, "%s", error);
    else
        check_fails(v->checks, CHECK_FILES, "%s", error);
    return NULL;
}

void verify_row_fails(struct verification *verification, enum check check,
                      const struct csv_reader *reader, int column, const char *format, ...)
{
    char text[SIM_ERROR_BYTES / 2];
    va_list arguments;

    if (csv_reader_fault(
            reader)) /* fields that could not be read are 0: the fault is reported instead */
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check_fails(verification->checks, check, "%s: row %" PRIu64 "%s%s: %s", csv_reader_file(reader),
                csv_reader_row(reader), column >= 0 ? ", " : "",
                csv_reader_column_name(reader, column), text);
}

void verify_equal(struct verification *verification, enum check check,
                  const struct csv_reader *reader, int column, int64_t found, int64_t expected,
                  const char *why)
{
    if (found == expected)
        check_holds(verification->checks, check);
    else
        verify_row_fails(verification, check, reader, column,
                         "%" PRId64 ", but %" PRId64 " expected: %s", found, expected, why);
}

void verify_true(struct verification *verification, enum check check,
                 const struct csv_reader *reader, int column, bool holds, const char *why)
{
    if (holds)
        check_holds(verification->checks, check);
    else
        verify_row_fails(verification, check, reader, column, "'%.60s' does not fit: %s",
                         csv_reader_text(reader, column), why);
}

bool verify_read_well(struct verification *verification, const struct csv_reader *reader)
{
    const char *fault = csv_reader_fault(reader);

    if (!fault)
        return true;
    if (csv_reader_out_of_memory(reader))
        sim_fail(verification->error, SIM_FAILED, "%s", fault);
    else if (!verification->is_broken)
        check_fails(verification->checks, CHECK_FILES, "%s", fault);
    verification->is_broken = true;
    return false;
}

int verify_read_direction(struct verification *v, enum check check, struct csv_reader *reader,
                          int column)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (strcmp(csv_reader_text(reader, column), verify_direction(d)) == 0)
            return d;
    verify_row_fails(v, check, reader, column, "'%.40s' is neither read nor write",
                     csv_reader_text(reader, column));
    return -1;
}

bool verify_flow_rows_end(struct verification *verification, enum check check,
                          struct csv_reader *reader, int flow_column, bool good)
{
    if (good && csv_reader_next(reader))
        verify_row_fails(verification, check, reader, flow_column, "flows.csv has no more flows");
    good = verify_read_well(verification, reader) && good;
    if (good)
        check_holds(verification->checks, CHECK_FILES);
    csv_reader_free(reader);
    return good;
}
