/* burst.csv: checks each row against ranges. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_BURST_H
#define SHAPESIM_SIM_VERIFY_VERIFY_BURST_H

#include "sim/verify/verification.h"

void verify_burst(struct verification *verification);

#endif
