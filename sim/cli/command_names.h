/* The commands and their words on the command line. */
#ifndef SHAPESIM_SIM_CLI_COMMAND_NAMES_H
#define SHAPESIM_SIM_CLI_COMMAND_NAMES_H

#include "sim/cli/parsed_options.h"

/* "trace info" */
const char *command_name(enum command command);

/* The command that the words begin with, and how many words that takes. SIM_OK, or SIM_MISUSE with
 * what may have been meant. */
int command_find(int count, char *const *words, enum command *command, int *taken, char *error);

#endif
