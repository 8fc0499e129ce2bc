/*
 * The commands, each from parsed options to an exit status. They print results to standard output
 * and warnings to standard error; an error's text is returned to the caller.
 */
#ifndef SHAPESIM_SIM_COMMANDS_COMMANDS_H
#define SHAPESIM_SIM_COMMANDS_COMMANDS_H

#include "sim/cli/options.h"

struct flow_recording;

int command_run(const struct run_config *config, char *error);

/* Instead of a run: writes the events that it would read of its trace as a recording
 * (flow_recording.h) into an empty file. */
int command_record(const struct run_config *config, int fd, char *error);

/* The recording in that file; NULL: it has none of the events that the run would read. The caller
 * frees it with flow_recording_free(). */
struct flow_recording *command_take_recording(const struct run_config *config, int fd);

int command_verify(const struct verify_config *config, char *error);
int command_sweep(const struct sweep_config *config, char *error);
int command_advise(const struct advise_config *config, const struct sweep_config *sweep,
                   char *error);
int command_report(const struct report_config *config, char *error);
int command_trace_info(const struct info_config *config, char *error);
int command_trace_synth(const struct synth_config *config, char *error);

#endif
