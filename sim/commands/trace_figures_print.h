/* The figures of a trace (trace_figures.h) as text for people and as JSON. */
#ifndef SHAPESIM_SIM_COMMANDS_TRACE_FIGURES_PRINT_H
#define SHAPESIM_SIM_COMMANDS_TRACE_FIGURES_PRINT_H

#include <jansson.h>

#include "sim/commands/trace_figures.h"

/* To standard output. */
void trace_figures_print(const struct trace_figures *figures);

/* Adds them to an object, borrowed. */
void trace_figures_set(const struct trace_figures *figures, json_t *object);

#endif
