/*
 * Compares the files of two runs: CSV files row by row and column by column, shaped.pcap packet by
 * packet. They agree if all rows and packets are the same; summary.json, which contains the
 * command, is ignored.
 */
#ifndef SHAPESIM_SIM_VERIFY_COMPARE_H
#define SHAPESIM_SIM_VERIFY_COMPARE_H

#include <stdint.h>

#include "sim/base/sim.h"

/* SIM_OK if the runs agree; *rows is then the number of rows (and packets) compared. SIM_FAILED if
 * they do not, or if a file cannot be read: `error` names the first difference by file, row and
 * column, with both values. */
int compare_runs(const char *directory, const char *other, uint64_t *rows, char *error);

#endif
