/*
 * One table of columns for each CSV file: its header and rows are written from it, a reader finds
 * the columns by it, and the manual is generated from it.
 *
 * A row is a struct; a column has the offset and type of its value in it, and says when the field
 * is empty. Of two columns that exist for both directions, the one for read bytes refers to the one
 * for written bytes.
 *
 *     int bytes[SHAPER_DIRECTIONS];
 *
 *     for (int d = 0; d < SHAPER_DIRECTIONS; d++)
 *         bytes[d] = csv_table_find(&ticks_table, TICKS_READ_BYTES, d, reader);
 */
#ifndef SHAPESIM_SIM_OUTPUT_CSV_TABLE_H
#define SHAPESIM_SIM_OUTPUT_CSV_TABLE_H

#include <stddef.h>

#include "shaper/shaper.h"

struct csv;
struct csv_reader;

/* The type of the value at a column's offset, and its form in the file. */
enum csv_type {
    CSV_U64,
    CSV_U32,
    CSV_U16,
    CSV_I64,
    CSV_TIME_US,   /* int64_t; seconds with six places */
    CSV_RATIO,     /* double; nine places */
    CSV_CRC32,     /* uint32_t; eight hexadecimal digits */
    CSV_TEXT,      /* const char * */
    CSV_DIRECTION, /* enum shaper_direction; its name */
    CSV_STREAM,    /* enum burst_stream; its name */
};

enum csv_empty_rule {
    CSV_NEVER_EMPTY,
    CSV_EMPTY_UNLESS,      /* the bool at flag_offset */
    CSV_EMPTY_IF_ZERO,     /* of a CSV_U64 */
    CSV_EMPTY_IF_NEGATIVE, /* of a CSV_TIME_US */
};

struct csv_column {
    const char *name;
    enum csv_type type;
    const char *unit;    /* "B", "s", "ticks", ...; empty: it has none */
    const char *meaning; /* NULL: that of the column which refers to it as its write_column */
    size_t offset;
    enum csv_empty_rule empty;
    size_t flag_offset;
    int write_column; /* the one for the other direction; 0: none */
};

struct csv_table {
    const struct csv_column *columns;
    size_t count;
};

/* The longest header row of a table, with its final zero. */
#define CSV_TABLE_HEADER_BYTES 1024

/* The header row: the names, separated by commas. */
void csv_table_header(const struct csv_table *table, char header[CSV_TABLE_HEADER_BYTES]);

/* Writes a row, a struct of the type that the table's offsets refer to. */
void csv_table_write(const struct csv_table *table, const void *row, struct csv *csv);

/* The index of a column that exists for each direction; `read_column` is that of SHAPER_READ. */
int csv_table_column(const struct csv_table *table, int read_column, int direction);

/* The column that refers to this one as its write_column; -1: there is none. */
int csv_table_read_column(const struct csv_table *table, int write_column);

/* The index of that column in a file; -1 if the file lacks it, which is a fault of the reader. */
int csv_table_find(const struct csv_table *table, int read_column, int direction,
                   struct csv_reader *reader);

/* Finds all columns of the table: at[c] is for column c. A missing one is a fault of the reader. */
void csv_table_find_each(const struct csv_table *table, struct csv_reader *reader, int *at);

/* Finds `count` columns, which must all be there: at[i] is for columns[i], in this direction where
 * it exists for each. SIM_OK or SIM_FAILED. */
int csv_table_find_all(const struct csv_table *table, const int *columns, size_t count,
                       int direction, struct csv_reader *reader, int *at, char *error);

#endif
