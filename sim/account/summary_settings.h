/*
 * Every setting of a run that is no limit of a group, as an object of summary.json: those that were
 * given and the defaults of the others, so that a default which changes later is known to have.
 * Null is "none". Limits are with their groups.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_SETTINGS_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_SETTINGS_H

#include <jansson.h>

#include "sim/config/config.h"

/* The caller owns the result; it is incomplete on allocation failure. */
json_t *summary_settings(const struct run_config *config);

#endif
