/* The options in the form that shells need to complete them: option_texts.c fills the frame. */
#ifndef SHAPESIM_SIM_CLI_OPTION_TEXTS_SHELL_H
#define SHAPESIM_SIM_CLI_OPTION_TEXTS_SHELL_H

#include "sim/cli/options.h"

/* bash: the names of a command's options, and the beginning of a case; a branch of it, for an
 * option with a value; the end of the case. */
void bash_begin(unsigned commands);
void bash_option(const struct option_row *row);
void bash_end(void);

/* zsh: an option in each of its spellings, as _arguments wants them. */
void zsh_option(const struct option_row *row);

#endif
