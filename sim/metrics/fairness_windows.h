/* Jain's index over windows of ticks, for fairness.c. */
#ifndef SHAPESIM_SIM_METRICS_FAIRNESS_WINDOWS_H
#define SHAPESIM_SIM_METRICS_FAIRNESS_WINDOWS_H

#include "sim/metrics/fairness_state.h"

/* Makes room for `count` claims; false on allocation failure. */
bool fairness_make_room(struct fairness *fairness, size_t claims);

/* The windows that end with the tick before this one, shorter ones first. Of each of these lengths
 * the window that contains `next_tick` is opened: those in between hold nothing. */
void fairness_close_windows(struct fairness *fairness, int64_t next_tick);

/* The window of the run. */
void fairness_close_run(struct fairness *fairness);

#endif
