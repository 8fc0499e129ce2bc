/*
 * Compares the files of two runs: CSV files row by row and column by column, shaped.pcap packet by
 * packet. They agree when every row and packet is the same; summary.json, which names the command,
 * is not looked at.
 */
#ifndef SHAPESIM_SIM_VERIFY_COMPARE_H
#define SHAPESIM_SIM_VERIFY_COMPARE_H

#include "sim/base/sim.h"
#include "sim/verify/checks.h"

/* Enters the check --against: it holds where the runs agree, on a number of rows (and packets) in
 * all; it fails where they do not or where a file cannot be read, and then names the first
 * difference by file, row and column, with both values. SIM_OK, or SIM_FAILED where it could not be
 * checked for want of memory. */
int compare_runs(const char *directory, const char *other, struct checks *checks, char *error);

#endif
