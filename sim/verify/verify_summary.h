/* The totals in summary.json, recomputed from the other files. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_H
#define SHAPESIM_SIM_VERIFY_VERIFY_SUMMARY_H

#include "sim/verify/verification.h"

void verify_summary(struct verification *verification);

#endif
