/*
 * Macros for modules that define tables of columns.
 */
#ifndef SHAPESIM_SIM_OUTPUT_CSV_TABLE_ROWS_H
#define SHAPESIM_SIM_OUTPUT_CSV_TABLE_ROWS_H

#include <stddef.h>

/* Members of struct csv_column for the `member` of a struct `row`. */
#define COLUMN(row, member, its_name, its_type, its_unit, its_meaning)                    \
    .name = (its_name), .type = (its_type), .unit = (its_unit), .meaning = (its_meaning), \
    .offset = offsetof(struct row, member)

/* The field is empty if that `flag` of the row is not set. */
#define EMPTY_UNLESS(row, flag) .empty = CSV_EMPTY_UNLESS, .flag_offset = offsetof(struct row, flag)

#endif
