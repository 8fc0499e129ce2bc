/*
 * The commands, each from parsed options to an exit status. They print results to standard output
 * and warnings to standard error; an error's text is returned to the caller.
 */
#ifndef SHAPESIM_SIM_COMMANDS_COMMANDS_H
#define SHAPESIM_SIM_COMMANDS_COMMANDS_H

#include "sim/cli/options.h"

int command_run(const struct run_config *config, char *error);
int command_verify(const struct verify_config *config, char *error);
int command_sweep(const struct sweep_config *config, char *error);
int command_advise(const struct advise_config *config, const struct sweep_config *sweep,
                   char *error);
int command_report(const struct report_config *config, char *error);
int command_trace_info(const struct info_config *config, char *error);
int command_trace_synth(const struct synth_config *config, char *error);

#endif
