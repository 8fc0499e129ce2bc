/* What the caller demands of the run's figures, held against summary.json, which other parts hold
 * against the CSV files. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_DEMANDS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_DEMANDS_H

#include "sim/verify/verification.h"

void verify_demands(struct verification *verification);

#endif
