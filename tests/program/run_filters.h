/*
 * What a checker of a run reads from filters.csv and application.csv. Reading checks each flow's
 * chain:
 *
 *   what one filter passes on is what the next is given, on the way down and on the way up; in a
 * run that drained all that was sent has been received, and came out with the bytes that went in.
 */
#ifndef SHAPESIM_TESTS_PROGRAM_RUN_FILTERS_H
#define SHAPESIM_TESTS_PROGRAM_RUN_FILTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one flow; read before write. */
struct flow_bytes {
    bool is_filtered;
    int64_t sent[2], received[2]; /* above all filters */
    int64_t below[2];             /* received below them */
    int64_t flushed[2];
};

/* Reads what there is of DIR's two files, with `filters` filters in each chain; ends the program
 * with what is wrong in them. */
void run_filters_read(const char *directory, size_t filters, bool drained);
void run_filters_free(void);

/* All 0 for a flow without rows in these files. */
const struct flow_bytes *run_filters_of(int64_t flow);

#endif
