/* ticks.csv, read in step with events.csv, flow_ticks.csv, fairness.csv and burst.csv. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_TICKS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_TICKS_H

#include "sim/verify/verification.h"

/* False where the rest cannot be checked. */
bool verify_ticks(struct verification *verification);

#endif
