/* Checks a run's options against each other. */
#ifndef SHAPESIM_SIM_CONFIG_CONFIG_CHECK_H
#define SHAPESIM_SIM_CONFIG_CONFIG_CHECK_H

#include "sim/config/config.h"

/* Checks the options against each other and resolves limits and events. SIM_OK or SIM_MISUSE. */
int run_config_check(struct run_config *config, char *error);

#endif
