/*
 * Reads CSV files as RFC 4180 describes them: one header row, columns found by name, fields quoted
 * where they must be. Strict: a field too few or too many, a quote out of place, an empty file or a
 * last line without its end is an error, and so is a number written in an unexpected way.
 */
#ifndef SHAPESIM_TESTS_PROGRAM_CSV_READER_H
#define SHAPESIM_TESTS_PROGRAM_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_COLUMNS_MAX 64

struct csv_reader;

/* Opens directory/name and reads the header. The caller frees with csv_reader_free(). Every
 * function here that fails prints one line that names the file, the row and the fault, and exits
 * with 1. */
struct csv_reader *csv_reader_open(const char *directory, const char *name);
void csv_reader_free(struct csv_reader *reader);

/* The next row's fields are there to be asked for; false at the end of the file. */
bool csv_reader_next(struct csv_reader *reader);

/* The row read last, from 1, the header not counted. */
int64_t csv_reader_row(const struct csv_reader *reader);

/* A field of the present row. A text dies at the next row. */
const char *csv_reader_text(const struct csv_reader *reader, const char *column);
bool csv_reader_is_empty(const struct csv_reader *reader, const char *column);
int64_t csv_reader_integer(const struct csv_reader *reader, const char *column);

/* Seconds with exactly six places, in microseconds. */
int64_t csv_reader_time_us(const struct csv_reader *reader, const char *column);

/* Prints "name: row N: " and the text, ends the program with 1. */
_Noreturn void csv_reader_fail(const struct csv_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An array of entries of `bytes` each, by flow number, with one for `number`, which must count from
 * 1: `entries`, of *count, or a larger copy, new ones zeroed. The caller frees it with free(). */
void *csv_reader_room_for_flow(const struct csv_reader *reader, int64_t number, void *entries,
                               int64_t *count, size_t bytes);

#endif
