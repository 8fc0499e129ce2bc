/*
 * The command line. One table describes every option: parsing and --help read it.
 */
#ifndef SHAPESIM_SIM_CLI_OPTIONS_H
#define SHAPESIM_SIM_CLI_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/suggestion.h"
#include "sim/cli/option_table.h"
#include "sim/cli/parsed_options.h"

/* Row `index` of the table, from 0; NULL after the last. */
const struct option_row *options_table(size_t index);

/* Reads the arguments after the command's name(s); argv[0] is skipped. SIM_OK or SIM_MISUSE. The
 * caller frees with parsed_options_fini() in any case; texts are borrowed from argv. */
int options_parse(enum command command, int argc, char **argv, struct parsed_options *parsed,
                  char *error);
void parsed_options_fini(struct parsed_options *parsed);

/* "; did you mean --burst?", or "": the option of a command that is close to what was typed, with
 * `before` ("--") in front; for the end of an error. Returns `text`. */
const char *options_suggest(enum command command, const char *typed, const char *before,
                            char text[SUGGESTION_TEXT_BYTES]);

/* Prints a command quoted for a shell: a program, and words ended by NULL. */
void options_print_words(FILE *out, const char *program, char *const *words);

/* Prints a command's help. */
void options_print_help(enum command command, FILE *out);

#endif
