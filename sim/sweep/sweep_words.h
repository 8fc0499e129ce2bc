/*
 * What a run of a sweep is called, and the words of its command line.
 *
 * The ID of a run contains its setting: web.pcap_min-share=64_tick=10ms_seed=3. Bytes other than
 * letters, digits and "+-.=" are written %XX ('_' in a trace's name stays); an ID of more than 200
 * bytes is cut, and ends with ~ and the XXH3-64 of the whole.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_WORDS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/sweep/sweep_plan.h"

#define SWEEP_ID_MAX 200

/* Which files the runs keep where the command line does not say it. */
#define SWEEP_FILES_DEFAULT RUN_FILES_TABLES

/* Whether the sweep's command line has the option, or varies it. */
bool sweep_plan_gives(const struct sweep_plan *plan, const char *name);

/* The ID of a run and its command as summary.json has it. Freed by the caller; NULL on allocation
 * failure. */
char *sweep_plan_id(const struct sweep_plan *plan, size_t run);
char *sweep_plan_command(const struct sweep_plan *plan, size_t run);

/* The words of a run's command line after the program's name, ended by NULL; it writes to `output`.
 * Freed with sweep_words_free(); NULL on allocation failure. */
char **sweep_plan_words(const struct sweep_plan *plan, size_t run, const char *output);
void sweep_words_free(char **words);

/* Likewise `count` words of a setting's command line, from "run" on: the trace, and what is given
 * and varied. */
char **sweep_setting_words(const struct sweep_plan *plan, const struct sweep_setting *setting,
                           size_t *count);

#endif
