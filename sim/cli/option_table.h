/*
 * The table behind the command line: every option with its effect. options.h is the interface for
 * other modules.
 */
#ifndef SHAPESIM_SIM_CLI_OPTION_TABLE_H
#define SHAPESIM_SIM_CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/sim.h"
#include "sim/cli/parsed_options.h"

#define OPTIONS_MAX       128
#define OPTION_WORD_BYTES 32
#define OPTION_WORDS_MAX  16

/* One use of an option on a command line. */
struct option_use {
    const char *name;     /* the option's, without dashes */
    const char *what;     /* how errors name it */
    const char *argument; /* the table's name for the value */
    const char *value;    /* NULL without an argument; borrowed from argv */
    char *error;          /* SIM_ERROR_BYTES */
};

struct option_row {
    const char *name;     /* without the dashes */
    char letter;          /* the short form's letter, or 0 */
    const char *argument; /* the value's name in --help, or NULL */
    unsigned commands;    /* enum command bits */
    const char *section;  /* --help prints options by section, in the table's order */
    const char *help;
};

/* Bits; without any, an option determines the result and is given once. */
enum option_trait {
    OPTION_INCIDENTAL = 1, /* does not determine the result: omitted from the recorded command */
    OPTION_REPEATABLE = 2, /* each use adds something; of the others, a second value is refused */
    OPTION_LISTED = 4,     /* in a sweep it may have several values, like an axis of --vary */
    OPTION_OPTIONAL = 8, /* the value, one of the words that its argument lists, may be left out */
};

struct option_entry {
    struct option_row row;
    int (*set)(struct parsed_options *parsed, const struct option_use *use); /* SIM_OK or
                                                                              * SIM_MISUSE */
    unsigned traits; /* enum option_trait bits */
};

/* Entry `index`, from 0; NULL after the last. */
const struct option_entry *option_entry(size_t index);

/* Word `index` of the possible values, as an argument's name lists them: of "all|none|N" these are
 * all and none; a word that begins with a capital stands for a value. Versions are words, too.
 * False after the last. */
bool option_word(const char *argument, size_t index, char word[OPTION_WORD_BYTES]);

#endif
