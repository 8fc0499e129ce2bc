#include "sim/output/csv_table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sim/metrics/burst.h"
#include "sim/output/csv.h"
#include "sim/output/csv_reader.h"

void csv_table_header(const struct csv_table *table, char header[CSV_TABLE_HEADER_BYTES])
{
    size_t used = 0;

    for (size_t i = 0; i < table->count; i++) {
        used += (size_t)snprintf(header + used, CSV_TABLE_HEADER_BYTES - used, "%s%s",
                                 i > 0 ? "," : "", table->columns[i].name);
        assert(used < CSV_TABLE_HEADER_BYTES);
    }
}

static bool is_empty(const struct csv_column *column, const char *row)
{
    switch (column->empty) {
    case CSV_NEVER_EMPTY:
        return false;
    case CSV_EMPTY_UNLESS:
        return !*(const bool *)(row + column->flag_offset);
    case CSV_EMPTY_IF_ZERO:
        return *(const uint64_t *)(const void *)(row + column->offset) == 0;
    case CSV_EMPTY_IF_NEGATIVE:
        return *(const int64_t *)(const void *)(row + column->offset) < 0;
    }
    return false;
}

static void write_crc32(struct csv *csv, uint32_t crc)
{
    char text[9];

    snprintf(text, sizeof(text), "%08x", (unsigned)crc);
    csv_text(csv, text);
}

static void write_value(struct csv *csv, enum csv_type type, const void *value)
{
    switch (type) {
    case CSV_U64:
        csv_u64(csv, *(const uint64_t *)value);
        break;
    case CSV_U32:
        csv_u64(csv, *(const uint32_t *)value);
        break;
    case CSV_U16:
        csv_u64(csv, *(const uint16_t *)value);
        break;
    case CSV_I64:
        csv_i64(csv, *(const int64_t *)value);
        break;
    case CSV_TIME_US:
        csv_time_us(csv, *(const int64_t *)value);
        break;
    case CSV_RATIO:
        csv_ratio(csv, *(const double *)value);
        break;
    case CSV_CRC32:
        write_crc32(csv, *(const uint32_t *)value);
        break;
    case CSV_TEXT:
        csv_text(csv, *(const char *const *)value);
        break;
    case CSV_DIRECTION:
        csv_text(csv, shaper_direction_name(*(const enum shaper_direction *)value));
        break;
    case CSV_STREAM:
        csv_text(csv, burst_stream_name(*(const enum burst_stream *)value));
        break;
    }
}

void csv_table_write(const struct csv_table *table, const void *row, struct csv *csv)
{
    const struct csv_column *end = table->columns + table->count;

    for (const struct csv_column *column = table->columns; column < end; column++) {
        if (column->empty != CSV_NEVER_EMPTY && is_empty(column, row))
            csv_empty(csv);
        else
            write_value(csv, column->type, (const char *)row + column->offset);
    }
    csv_end_row(csv);
}

int csv_table_column(const struct csv_table *table, int read_column, int direction)
{
    int write_column = table->columns[read_column].write_column;

    return direction == SHAPER_WRITE && write_column > 0 ? write_column : read_column;
}

int csv_table_read_column(const struct csv_table *table, int write_column)
{
    for (size_t i = 0; i < table->count && write_column > 0; i++)
        if (table->columns[i].write_column == write_column)
            return (int)i;
    return -1;
}

int csv_table_find(const struct csv_table *table, int read_column, int direction,
                   struct csv_reader *reader)
{
    int column = csv_table_column(table, read_column, direction);

    return csv_reader_column(reader, table->columns[column].name);
}

void csv_table_find_each(const struct csv_table *table, struct csv_reader *reader, int *at)
{
    for (size_t i = 0; i < table->count; i++)
        at[i] = csv_reader_column(reader, table->columns[i].name);
}

int csv_table_find_all(const struct csv_table *table, const int *columns, size_t count,
                       int direction, struct csv_reader *reader, int *at, char *error)
{
    for (size_t i = 0; i < count; i++)
        at[i] = csv_table_find(table, columns[i], direction, reader);
    if (!csv_reader_fault(reader))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s", csv_reader_fault(reader));
}
