/*
 * How the options are told of in the languages of option_texts.c. Everything is printed on standard
 * output, and all of it comes from the tables that the program itself reads.
 */
#ifndef SHAPESIM_SIM_CLI_OPTION_TEXTS_H
#define SHAPESIM_SIM_CLI_OPTION_TEXTS_H

#include "sim/cli/options.h"

/* troff: an option as a tagged paragraph, with the name of its section before the first; the
 * columns of a file of a run. */
void man_option(const struct option_row *row);
void man_columns(const char *file);

/* bash: the names of the options of a command, and the beginning of a case; a branch of it, where
 * the option takes something; the case's end. */
void bash_begin(unsigned commands);
void bash_option(const struct option_row *row);
void bash_end(void);

/* zsh: an option in each of its spellings, as _arguments wants them. */
void zsh_option(const struct option_row *row);

#endif
