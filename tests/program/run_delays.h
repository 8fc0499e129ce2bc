/*
 * What a checker of a run finds in delays.csv and delays_time.csv:
 *
 *   a row         its delays are in order; seconds ascend, are the run's, and have packets
 *   together      the seconds of a group and direction have as many packets as delays.csv, and the
 *                 same longest delay
 *   summary.json  each group's longest delay, and its percentiles, counted in delays.csv
 */
#ifndef SHAPESIM_TESTS_PROGRAM_RUN_DELAYS_H
#define SHAPESIM_TESTS_PROGRAM_RUN_DELAYS_H

#include <stdint.h>

#include <jansson.h>

/* Ends the program with what is wrong. `end_us`: of the run. */
void run_delays_check(const char *directory, json_t *summary, int64_t end_us);

#endif
