/* fairness.csv, each window held to ranges. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FAIRNESS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FAIRNESS_H

#include "sim/verify/verification.h"

void verify_fairness(struct verification *verification);

#endif
