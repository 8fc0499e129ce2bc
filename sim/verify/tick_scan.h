/* Reads ticks.csv a second time, to compare files with its sums. verify_ticks.c has checked its
 * rows. */
#ifndef SHAPESIM_SIM_VERIFY_TICK_SCAN_H
#define SHAPESIM_SIM_VERIFY_TICK_SCAN_H

#include "sim/verify/tick.h"

struct tick_scan;

/* NULL where it cannot be read, which is a failure, or on allocation failure. */
struct tick_scan *tick_scan_open(struct verification *verification);

/* The next row: group, tick, flows that wait, bytes and backlogs; false where there is none. */
bool tick_scan_next(struct tick_scan *scan, struct verified_tick *tick);

void tick_scan_free(struct tick_scan *scan); /* NULL is fine */

#endif
