/* A command's result on standard output, as JSON. */
#ifndef SHAPESIM_SIM_COMMANDS_PRINT_JSON_H
#define SHAPESIM_SIM_COMMANDS_PRINT_JSON_H

#include <jansson.h>

/* Prints `root`, which it frees; NULL and what is incomplete by lack of memory is an error. SIM_OK
 * or SIM_FAILED. */
int print_json(json_t *root, char *error);

#endif
