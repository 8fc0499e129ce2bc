/* Common to the parts that read a CSV file: opening it, and failures that name file, row and
 * column. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_ROWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_ROWS_H

#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"
#include "sim/verify/verification.h"

/* The word for a direction, and its column in most files: read, written. */
const char *verify_direction(int direction);
const char *verify_byte_column(int direction);

/* NULL, with a failure recorded, if it cannot be read. The caller frees with csv_reader_free(). */
struct csv_reader *verify_open(struct verification *verification, const char *name);

/* "FILE: row N, COLUMN: text"; column -1 is the row as a whole. */
void verify_row_fails(struct verification *verification, enum check check,
                      const struct csv_reader *reader, int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts a comparison, or a failure if `found` is not `expected`: `why` it should be. */
void verify_equal(struct verification *verification, enum check check,
                  const struct csv_reader *reader, int column, int64_t found, int64_t expected,
                  const char *why);

/* Counts a comparison, or a failure if it does not hold: `why` it should. */
void verify_true(struct verification *verification, enum check check,
                 const struct csv_reader *reader, int column, bool holds, const char *why);

/* Records the error of a reader, if it has one; returns whether it has none. */
bool verify_read_well(struct verification *verification, const struct csv_reader *reader);

/* SHAPER_READ or SHAPER_WRITE, -1 where the column has neither, which is a failure. */
int verify_read_direction(struct verification *verification, enum check check,
                          struct csv_reader *reader, int column);

/* Ends the reading of a file with rows for each flow, which were `good` so far: no row may follow.
 * Frees the reader; returns whether there was no error. */
bool verify_flow_rows_end(struct verification *verification, enum check check,
                          struct csv_reader *reader, int flow_column, bool good);

#endif
