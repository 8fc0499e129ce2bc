/*
 * Compares the files of two runs: CSV files row by row and column by column, shaped.pcap packet by
 * packet. They agree if all rows and packets are the same; summary.json, which contains the
 * command, is ignored.
 */
#ifndef SHAPESIM_SIM_VERIFY_COMPARE_H
#define SHAPESIM_SIM_VERIFY_COMPARE_H

#include "sim/base/sim.h"
#include "sim/verify/checks.h"

/* Makes the check --against: it holds if the runs agree, with the number of rows (and packets)
 * compared; it fails if they do not, or if a file cannot be read, and then names the first
 * difference by file, row and column, with both values. SIM_OK, or SIM_FAILED on allocation
 * failure. */
int compare_runs(const char *directory, const char *other, struct checks *checks, char *error);

#endif
