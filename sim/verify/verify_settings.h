/* The command in summary.json, its groups and limits, and the run's end. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_SETTINGS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_SETTINGS_H

#include "sim/verify/verification.h"

/* Fills in the settings and the groups; false where the rest cannot be checked. */
bool verify_settings(struct verification *verification);

#endif
