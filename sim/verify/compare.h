/*
 * Compares the files of two runs: CSV files row by row and column by column, shaped.pcap packet by
 * packet. They agree when every row and packet is the same; summary.json, which names the command,
 * is not looked at.
 */
#ifndef SHAPESIM_SIM_VERIFY_COMPARE_H
#define SHAPESIM_SIM_VERIFY_COMPARE_H

#include <stdint.h>

#include "sim/base/sim.h"

/* SIM_OK where the runs agree, *rows then says on how many rows (and packets) in all. SIM_FAILED
 * where they do not or where a file cannot be read: `error` names the first difference by file, row
 * and column, with both values. */
int compare_runs(const char *directory, const char *other, uint64_t *rows, char *error);

#endif
