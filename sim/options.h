/*
 * The command line. One table describes every option: parsing and --help read it.
 */
#ifndef SHAPESIM_SIM_OPTIONS_H
#define SHAPESIM_SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/config.h"
#include "sim/sim.h"
#include "sim/sweep_config.h"
#include "traces/synth.h"

/* Which commands an option belongs to. */
enum command {
    COMMAND_RUN = 1,
    COMMAND_TRACE_INFO = 2,
    COMMAND_TRACE_SYNTH = 4,
    COMMAND_VERIFY = 8,
    COMMAND_SWEEP = 16,
    COMMAND_REPORT = 32,
};

struct option_row {
    const char *name;     /* without the dashes */
    char letter;          /* of the short form, or 0 */
    const char *argument; /* what --help calls it, or NULL */
    unsigned commands;    /* enum command bits */
    const char *section;  /* --help prints options by section, in the table's order */
    const char *help;
};

/* Row `index` of the table, from 0; NULL behind the last. */
const struct option_row *options_table(size_t index);

/* What `trace info` and `trace synth` were asked for. */
struct info_config {
    const char *trace;
    struct flow_source_options source;
    int64_t flows; /* how many to list, the largest */
    bool csv;
};

struct synth_config {
    struct synth_spec spec;
    const char *output;
};

/* What `verify` was asked for. */
struct verify_config {
    const char *directory; /* of a finished run */
    const char *against;   /* of another one; NULL: none */
    bool json;
    bool no_hashes;
    bool has_min_jain, has_max_p99_delay, has_max_burst, has_min_utilisation;
    int64_t min_jain_millionths;
    int64_t max_p99_delay_us;
    int64_t max_burst_bytes;
    int64_t min_utilisation_millionths; /* of a per cent */
};

enum report_format { REPORT_SVG = 1, REPORT_PNG = 2, REPORT_PDF = 4 };

/* What `report` was asked for. */
struct report_config {
    const char *directory; /* of a finished run or sweep */
    unsigned formats;      /* enum report_format bits */
    bool is_terminal;      /* one figure as characters, and no files */
    const char *figure;    /* which one; NULL: the first */
    bool is_quiet;
};

/* What came out of parsing: exactly one command's. */
struct parsed_options {
    enum command command;
    bool wants_help;
    struct run_config run;
    struct info_config info;
    struct synth_config synth;
    struct verify_config verify;
    struct sweep_config sweep; /* output, force and quiet are in `run` */
    struct report_config report;
};

/* Reads the arguments behind the command's name(s); argv[0] is skipped. SIM_OK or SIM_MISUSE. The
 * caller frees with parsed_options_fini() in any case; texts are borrowed from argv. */
int options_parse(enum command command, int argc, char **argv, struct parsed_options *parsed,
                  char *error);
void parsed_options_fini(struct parsed_options *parsed);

/* Prints a command as a line that a shell would read: a program, and words ended by NULL. */
void options_print_words(FILE *out, const char *program, char *const *words);

/* Prints a command's help. */
void options_print_help(enum command command, FILE *out);

#endif
