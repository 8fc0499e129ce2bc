/*
 * Copies of a run's files that are too long to draw, with the same columns and as many rows as a
 * picture shows. The scripts of plots/ draw either to the same picture (plots/ticks.gp,
 * plots/flow_rates.gp): they join the same ticks to steps and bins as it is done here.
 *
 * - ticks.csv: a group's first tick as it is. Then, of each step of ticks: a row with the highest
 *   start and the lowest end of the buckets, the sum of the bytes and the largest backlog; and one
 *   with the lowest start and the highest end, no bytes and the last backlog.
 * - flow_ticks.csv: the recorded flows of a group with most bytes in each direction. Of each bin of
 *   ticks: a row with the sum of the bytes and the lowest bucket; and one with no bytes and the
 *   highest bucket, where flows have buckets; max_read_bytes and max_write_bytes are the bin's
 * last.
 * - delays.csv: delays from 100 us on rounded up to a 50th of a decade.
 * - delays_time.csv: of each bin of seconds a row with the sum of the packets and the largest of
 *   each delay.
 * - exchanges.csv: of each group, how many exchanges (a column of its own) were answered within a
 *   50th of a decade; rows as captured, and rows as shaped. Absent where the run has none.
 * - burst.csv: sigma of whole groups.
 *
 * A group of 100,000 ticks has steps of 334 ticks, so 600 rows, and bins of 1336, at most 75 for a
 * flow. Memory does not grow with the files.
 */
#ifndef SHAPESIM_SIM_REPORT_THINNING_H
#define SHAPESIM_SIM_REPORT_THINNING_H

#include "sim/report/report.h"

#define THINNING_STEPS  300
#define THINNING_BINS   120
#define THINNING_FLOWS  7
#define THINNING_DECADE 50

/* The names of the files, separated by spaces, that thinning_run() writes. */
#define THINNING_FILES "ticks.csv flow_ticks.csv delays.csv delays_time.csv exchanges.csv burst.csv"

/* The length in ticks of a step of ticks.csv and of a bin of flow_ticks.csv in a group of so many
 * ticks: 1 for up to 300 and 120 ticks. */
int64_t thinning_step_ticks(int64_t ticks);
int64_t thinning_bin_ticks(int64_t ticks);

/* The length in seconds of a bin of delays_time.csv in a run, or a group's ticks, of that length: 1
 * up to 300 s. */
int64_t thinning_bin_seconds(double span_s);

/* Writes the copies into `data_directory`. SIM_OK, or SIM_FAILED if a file cannot be read or
 * written. */
int thinning_run(const struct report *report, const char *data_directory, char *error);

/* A sweep's sweep-summary.csv is not too long, but gnuplot does not read a quote within a quoted
 * field: writes a copy with an apostrophe for each. SIM_OK or SIM_FAILED. */
#define THINNING_SWEEP_FILES "sweep-summary.csv"
int thinning_sweep(const char *directory, const char *data_directory, char *error);

#endif
