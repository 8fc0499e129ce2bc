/*
 * A CSV file (RFC 4180: one header row, no comment lines), written under a temporary name and
 * renamed when it is whole.
 *
 * Rows are made field by field, in order, and written in large blocks that end with a whole row. A
 * text that a spreadsheet would read as a formula gets an apostrophe in front, which
 * csv_reader_text() removes again: =1+1 is written as '=1+1, and '=1+1 as ''=1+1.
 *
 * A file whose name ends in .zst is compressed (compressor.h).
 *
 * Errors persist: fields can be written without checks, csv_commit() reports the first error.
 */
#ifndef SHAPESIM_SIM_OUTPUT_CSV_H
#define SHAPESIM_SIM_OUTPUT_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/file_hash.h"
#include "sim/base/sim.h"

struct csv;
struct owned_directory;

/* Creates `name`.part in the directory with the header row; both are borrowed. The caller owns *csv
 * and ends it with csv_commit(), csv_keep_partial() or csv_discard(). */
int csv_open(struct owned_directory *directory, const char *name, const char *header,
             struct csv **csv, char *error);

/* The same onto an open stream, which `name` calls in errors, both borrowed: csv_commit() writes
 * what is left and does not close it. Without a header (NULL) the first row is the caller's. */
int csv_to_stream(FILE *stream, const char *name, const char *header, struct csv **csv,
                  char *error);

void csv_i64(struct csv *csv, int64_t value);
void csv_u64(struct csv *csv, uint64_t value);
void csv_time_us(struct csv *csv, int64_t us);    /* seconds with six places */
void csv_ratio(struct csv *csv, double value);    /* from 0 on, with nine places */
void csv_text(struct csv *csv, const char *text); /* quoted, and with an apostrophe, where
                                                   * necessary */
void csv_empty(struct csv *csv);
void csv_end_row(struct csv *csv);

/* Whether a spreadsheet would read the text, without leading apostrophes, as a formula: it begins
 * with = + - @, a tab or a carriage return. Not so a number, like -5, nor - alone, the group
 * without limits. */
bool csv_is_formula(const char *text);

/* Whether a write has failed so far. */
bool csv_failed(const struct csv *csv);

/* The hash of the stored file as it will be when its whole rows so far are committed, after which
 * none is added to one that is compressed; empty on a borrowed stream. */
void csv_print_hash(struct csv *csv, char hex[FILE_HASH_BYTES]);

/* Writes what is left, closes, and gives the file its final name; frees `csv` in any case. On an
 * error the temporary file is removed. */
int csv_commit(struct csv *csv, char *error);

/* Writes the whole rows there are and closes, under the temporary name; frees `csv`. */
void csv_keep_partial(struct csv *csv);

/* Removes the temporary file; frees `csv`. NULL is allowed. */
void csv_discard(struct csv *csv);

#endif
