/*
 * The tables of a sweep (sweep_columns.h). sweep.csv has a row per run in the plan's order,
 * sweep-summary.csv a row per setting, with each figure over the seeds: _n (runs that have it),
 * _mean, _sd and _ci95 (sweep_results.h). sweep-long.csv has a row for each value of a run, and
 * Jain's index over every window that it measured.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_TABLES_H
#define SHAPESIM_SIM_SWEEP_SWEEP_TABLES_H

#include "sim/output/owned_directory.h"
#include "sim/sweep/sweep_results.h"

/* Writes them into the directory. SIM_OK or SIM_FAILED. */
int sweep_tables_write(const struct sweep_results *results, struct owned_directory *directory,
                       char *error);

#endif
