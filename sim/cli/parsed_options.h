/* The result of parsing a command line. */
#ifndef SHAPESIM_SIM_CLI_PARSED_OPTIONS_H
#define SHAPESIM_SIM_CLI_PARSED_OPTIONS_H

#include <stdbool.h>

#include "sim/config/advise_config.h"
#include "sim/config/config.h"
#include "sim/config/report_config.h"
#include "sim/config/sweep_config.h"
#include "sim/config/trace_config.h"
#include "sim/config/verify_config.h"

/* Which commands an option belongs to. */
enum command {
    COMMAND_RUN = 1,
    COMMAND_TRACE_INFO = 2,
    COMMAND_TRACE_SYNTH = 4,
    COMMAND_VERIFY = 8,
    COMMAND_SWEEP = 16,
    COMMAND_REPORT = 32,
    COMMAND_ADVISE = 64,
};

/* Exactly one command's. */
struct parsed_options {
    enum command command;
    bool wants_help;
    struct run_config run;
    struct info_config info;
    struct synth_config synth;
    struct verify_config verify;
    struct sweep_config sweep;    /* output, force and quiet are in `run`; advise has one, too */
    char *listed[SWEEP_AXES_MAX]; /* limits with several values, as --vary has them; owned */
    size_t listed_count;
    struct advise_config advise;
    struct report_config report;
};

#endif
