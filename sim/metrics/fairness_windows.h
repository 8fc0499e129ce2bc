/* Jain's index over windows of ticks, for fairness.c. */
#ifndef SHAPESIM_SIM_METRICS_FAIRNESS_WINDOWS_H
#define SHAPESIM_SIM_METRICS_FAIRNESS_WINDOWS_H

#include "sim/metrics/fairness_state.h"

/* Makes room for `count` claims; false on allocation failure. */
bool fairness_make_room(struct fairness *fairness, size_t claims);

/* The windows that end with the tick before this one, shorter ones first; and the window of the
 * run. */
void fairness_close_windows(struct fairness *fairness);
void fairness_close_run(struct fairness *fairness);

#endif
