/*
 * Reads a CSV file (RFC 4180, one header row) row by row in memory that does not grow with the
 * file; columns are found by name, so that additional ones are ignored.
 *
 * Strict: a field too few or too many, a quote out of place, a zero byte, an empty file, a last row
 * without its end and a number written otherwise than csv.h writes it are faults. A fault ends the
 * reading and persists: rows can be read without checks, csv_reader_fault() reports it. Rows count
 * from 1, the header not counted. The apostrophe that csv.h puts before what looks like a formula
 * is removed from texts and column names.
 *
 *     while (csv_reader_next(reader)) {
 *         int64_t tick = csv_reader_i64(reader, tick_column);
 *         if (csv_reader_fault(reader))
 *             break;
 *         ...
 *     }
 */
#ifndef SHAPESIM_SIM_OUTPUT_CSV_READER_H
#define SHAPESIM_SIM_OUTPUT_CSV_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/shaper.h"
#include "sim/base/sim.h"

#define CSV_READER_COLUMNS_MAX   4096
#define CSV_READER_ROW_BYTES_MAX (1024 * 1024)
/* Up to 10^16 bytes and 300 years: no run has more, and 900 of them add up within 63 bits. */
#define CSV_READER_NUMBER_MAX INT64_C(9999999999999999)

struct csv_reader;

/* Opens `directory`/`name`, or that name with .zst after it if it is not there, and reads the
 * header. On success the caller owns *reader and frees it with csv_reader_free() or
 * csv_reader_finish(); `name` is borrowed until then. Else *reader is NULL. SIM_OK, or SIM_FAILED:
 * errno is then ENOMEM where there was no memory, and 0 otherwise. */
int csv_reader_open(const char *directory, const char *name, struct csv_reader **reader,
                    char *error);
void csv_reader_free(struct csv_reader *reader); /* NULL is allowed */

/* Also frees it, and returns `status`; but if that is SIM_OK and the reader found a fault,
 * SIM_FAILED, with the fault in `error`. */
int csv_reader_finish(struct csv_reader *reader, int status, char *error);

/* The index of the column called `name`, -1 if there is none. */
int csv_reader_find(const struct csv_reader *reader, const char *name);

/* Likewise, but a missing column is a fault. */
int csv_reader_column(struct csv_reader *reader, const char *name);

/* Finds several: columns[i] is for names[i], up to a NULL. SIM_FAILED if one is missing. */
int csv_reader_columns(struct csv_reader *reader, const char *const *names, int *columns,
                       char *error);

int csv_reader_width(const struct csv_reader *reader); /* how many columns there are */

/* Advances to the next row; false at the file's end and after a fault. */
bool csv_reader_next(struct csv_reader *reader);

const char *csv_reader_file(const struct csv_reader *reader); /* its name */
uint64_t csv_reader_row(const struct csv_reader *reader);     /* 0: the header */
const char *csv_reader_column_name(const struct csv_reader *reader, int column);

/* Fields of the current row. A text is valid until the next row. A field in any other form than
 * asked for is a fault, and 0 is returned. */
const char *csv_reader_text(const struct csv_reader *reader, int column);
bool csv_reader_is_empty(const struct csv_reader *reader, int column);
int64_t csv_reader_i64(struct csv_reader *reader, int column);
int64_t csv_reader_i64_or(struct csv_reader *reader, int column, int64_t if_empty);
double csv_reader_real(struct csv_reader *reader, int column);     /* finite; an empty field is 0 */
int64_t csv_reader_count(struct csv_reader *reader, int column);   /* 0 or more */
int64_t csv_reader_time_us(struct csv_reader *reader, int column); /* of seconds, six places */
enum shaper_direction csv_reader_direction(struct csv_reader *reader, int column);

/* The fault, naming file, row and column; NULL if there is none. */
const char *csv_reader_fault(const struct csv_reader *reader);

/* Whether the fault is an allocation failure: it says nothing about the file. */
bool csv_reader_out_of_memory(const struct csv_reader *reader);

#endif
