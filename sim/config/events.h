/*
 * Reads the events of a run (run_event.h): --at, --background, --initial-tokens.
 */
#ifndef SHAPESIM_SIM_CONFIG_EVENTS_H
#define SHAPESIM_SIM_CONFIG_EVENTS_H

#include "sim/config/config.h"

/* Reads the texts of --at and --background against the run's groups, whose limits are resolved, and
 * checks every limit that will be in force. SIM_OK or SIM_MISUSE. */
int events_resolve(struct run_config *config, char *error);

/* Reads the value of --initial-tokens. */
int initial_tokens_parse(const char *what, const char *text, struct initial_tokens *tokens,
                         char *error);

#endif
