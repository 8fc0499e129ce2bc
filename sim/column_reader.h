/*
 * Reads a CSV file (RFC 4180, one header row) row by row, columns by name. Memory is that of the
 * longest row.
 */
#ifndef SHAPESIM_SIM_COLUMN_READER_H
#define SHAPESIM_SIM_COLUMN_READER_H

#include <stddef.h>
#include <stdint.h>

#include "sim/sim.h"

struct column_reader;

/* Opens `directory`/`name` and reads its header. The caller owns *reader and frees it with
 * column_reader_free(). SIM_OK or SIM_FAILED. */
int column_reader_open(const char *directory, const char *name, struct column_reader **reader,
                       char *error);

/* Finds columns by name: places[i] is for names[i], up to a NULL. SIM_FAILED where one is missing.
 */
int column_reader_columns(const struct column_reader *reader, const char *const *names,
                          size_t *places, char *error);

/* How many columns there are, and what they are called. */
size_t column_reader_width(const struct column_reader *reader);
const char *column_reader_name(const struct column_reader *reader, size_t place);

/* The next row: 1, 0 behind the last, -1 with `error` filled where a row has more or fewer fields
 * than the header, or cannot be read. */
int column_reader_next(struct column_reader *reader, char *error);

/* Fields of the row; the text is lent until the next row. An empty field is 0 as a number. */
const char *column_reader_text(const struct column_reader *reader, size_t place);
int64_t column_reader_i64(const struct column_reader *reader, size_t place);
double column_reader_real(const struct column_reader *reader, size_t place);

void column_reader_free(struct column_reader *reader);

#endif
