/* The manual's text about the options and about the columns of files: option_texts.c fills the
 * frame. */
#ifndef SHAPESIM_SIM_CLI_OPTION_TEXTS_MAN_H
#define SHAPESIM_SIM_CLI_OPTION_TEXTS_MAN_H

#include <stdbool.h>

#include "sim/cli/options.h"

/* troff: an option as a tagged paragraph, with the name of its section before the first; the
 * columns of a file of a run; those of a sweep's tables: figures, parameters or windows, and false
 * if `kind` is none of them. */
void man_option(const struct option_row *row);
void man_columns(const char *file);
bool man_sweep_columns(const char *kind);

#endif
